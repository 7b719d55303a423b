// Holds the kernel to the wanted link. One loop: the link as it is wanted now, with the addresses
// that were acquired for it, is applied; the loop then waits until the kernel or an address source
// has changed, and looks again. A link that is applied and has an address is in use: link-use.ts.
import { found } from '../../codes/codes.ts';
import type { Link } from '../../connection/connection.ts';
import { sameLink } from '../../connection/link/link-for.ts';
import type { Applied } from '../../network/link/apply.ts';
import { LinkError, type WantedLink } from '../../network/link/wanted-link.ts';
import { type ChildSignal, childSignal } from '../../system/child-signal.ts';
import { Latch } from '../../system/latch.ts';
import { type AddressSourcePorts, AddressSources } from './address-sources.ts';
import { Contest } from './contest.ts';
import { CorrectionBackoff } from './correction-backoff.ts';
import { type Emit, LinkUse, type LinkUsePorts } from './link-use.ts';
import { faultWords, type RemoveLinkPorts, removeLink } from './remove-link.ts';
import type { SlaacInterface } from './slaac-interface.ts';

export interface LinkKeeperPorts extends AddressSourcePorts, LinkUsePorts, RemoveLinkPorts {
  /** Makes the kernel hold the link; see network/link/apply.ts. @throws LinkError */
  readonly apply: (wanted: WantedLink, signal: AbortSignal) => Promise<Applied>;
  readonly slaac: Pick<SlaacInterface, 'follow'>;
}

/** Between tries to configure a link that the kernel refused. */
const RETRY_MS = 2_000;

/** Lines that a warning quotes: with a thousand it would be longer than journald takes. */
const MOST_TOLD = 10;

/** An interface that is renamed, or whose driver is loaded anew, is back within this. */
const GONE_MS = 30_000;

/**
 * The link task of the runner: holds `link` until `signal` aborts; for undefined removes what is
 * ours and ends. `inUse` is called when routes and name servers are as they shall be. Rejects only
 * on a fault of the program.
 */
export async function keepLink(
  ports: LinkKeeperPorts,
  link: Link | undefined,
  emit: Emit,
  signal: AbortSignal,
  inUse: () => void = () => {},
): Promise<void> {
  if (link === undefined) {
    await removeLink(ports, signal);
    // Without a link nothing is taken over: the next one that is closes what was opened meanwhile.
    await ports.flows.follow({ takenOver: [], own: [] }, signal);
    await ports.slaac.follow(undefined, signal);
    return;
  }
  await ports.slaac.follow(link, signal);
  const own = childSignal(signal);
  try {
    await new LinkKeeper(ports, link, emit, own.signal, inUse).run();
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    own.end();
  }
}

class LinkKeeper {
  readonly #ports: LinkKeeperPorts;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;
  readonly #inUse: () => void;
  readonly #changed = new Latch();
  readonly #sources: AddressSources;
  readonly #backoff = new CorrectionBackoff();
  readonly #contest: Contest;
  /** The first fault of the program in what runs beside the loop; the loop throws it. */
  #fault: { readonly error: unknown } | undefined;
  /** The link that is held. */
  #link: Link;
  /** Whether `#link` has been applied once; a failure before that is told. */
  #isApplied = false;
  #following: Promise<void> | undefined;
  #listening: ChildSignal | undefined;
  #use: LinkUse | undefined;
  #goneSinceMs: number | undefined;

  constructor(ports: LinkKeeperPorts, link: Link, emit: Emit, signal: AbortSignal, inUse: () => void) {
    this.#ports = ports;
    this.#emit = emit;
    this.#signal = signal;
    this.#inUse = inUse;
    this.#contest = new Contest(ports, signal);
    this.#sources = new AddressSources(ports, link, () => this.#changed.raise(), emit);
    this.#link = link;
  }

  async run(): Promise<void> {
    const { clock } = this.#ports;
    await this.#sources.recall(this.#signal);
    this.#listen();
    while (!this.#signal.aborted) {
      await this.#hold(this.#sources.link);
      const applied = await this.#apply();
      if (applied === undefined) {
        await clock.sleep(RETRY_MS, this.#signal).catch(() => {}); // aborted: the loop ends
      } else {
        // Clients and routers can be asked when the interface is up.
        this.#following ??= this.#guard(this.#sources.follow(this.#signal), this.#signal);
        if (this.#use === undefined && this.#sources.isUsable) await this.#beginUse(applied.link);
        else if (this.#use !== undefined && applied.changed.length > 0) await this.#corrected(applied.changed);
        await this.#changed.raised(this.#signal);
      }
      if (this.#fault !== undefined) throw this.#fault.error;
    }
    await this.#endUse();
    await this.#following;
  }

  /** The same `work`, which never rejects: a fault in it ends the loop. */
  #guard(work: Promise<void>, signal: AbortSignal): Promise<void> {
    return work.catch((error: unknown) => {
      // What is under way rejects with the signal's reason, which is no fault.
      if (signal.aborted) return;
      this.#fault ??= { error };
      this.#changed.raise();
    });
  }

  /**
   * Holds `link` from now on. With other addresses, or with none that can be relied on, it is
   * another use.
   */
  async #hold(link: Link): Promise<void> {
    const isSame = sameLink(link, this.#link);
    if (!isSame || !this.#sources.isUsable) await this.#endUse();
    this.#link = link;
    if (isSame) return;
    this.#isApplied = false;
    this.#listen();
  }

  #listen(): void {
    const { interface: name, addresses } = this.#link.wanted;
    this.#listening?.end();
    this.#listening = childSignal(this.#signal);
    const interest = { kind: 'link', interface: name, addresses: addresses.map(({ address }) => address) } as const;
    this.#ports.onKernelChange(interest, () => this.#changed.raise(), this.#listening.signal);
  }

  /**
   * Applies the link: what stands of it, or undefined when nothing could be had. Either way it is
   * said what does not.
   */
  async #apply(): Promise<Applied | undefined> {
    const { apply, failureOf, warn } = this.#ports;
    const { wanted } = this.#link;
    try {
      const applied = await apply(wanted, this.#signal);
      this.#isApplied = true;
      this.#goneSinceMs = undefined;
      warn('link', applied.warnings);
      return applied;
    } catch (error) {
      if (this.#signal.aborted) return undefined;
      const failure = failureOf(error);
      warn('link', [found('link-unconfigured', faultWords('the link could not be configured', error))]);
      if (!this.#isApplied) this.#emit({ kind: 'linkFailed', failure });
      else if (error instanceof LinkError && error.reason === 'no-interface') this.#miss(wanted.interface);
      return undefined;
    }
  }

  /**
   * Without its interface a link carries nothing, whatever ModemManager says of its bearer. Told
   * once.
   */
  #miss(name: string): void {
    const now = this.#ports.clock.now().monotonicMs;
    this.#goneSinceMs ??= now;
    if (now - this.#goneSinceMs < GONE_MS) return;
    this.#emit({
      kind: 'linkDead',
      reason: `there is no interface ${name} any more`,
      silentMs: now - this.#goneSinceMs,
    });
    this.#goneSinceMs = Number.POSITIVE_INFINITY;
  }

  /** Begins to use the link as far as it stands. */
  async #beginUse(wanted: WantedLink): Promise<void> {
    this.#use = new LinkUse({
      ports: this.#ports,
      link: { ...this.#link, wanted },
      acquired: this.#sources.acquired,
      emit: this.#emit,
      inUse: this.#inUse,
      beside: (work, signal) => this.#guard(work, signal),
      signal: this.#signal,
    });
    await this.#use.begin();
  }

  async #endUse(): Promise<void> {
    const use = this.#use;
    this.#use = undefined;
    await use?.end();
  }

  /** Says what was put right, and slows down when somebody keeps undoing it. */
  async #corrected(changed: readonly string[]): Promise<void> {
    const { checkConflicts, clock, log } = this.#ports;
    checkConflicts(this.#link, this.#signal);
    const more = changed.length > MOST_TOLD ? [`and ${changed.length - MOST_TOLD} more`] : [];
    const lines = [...changed.slice(0, MOST_TOLD), ...more].join('; ');
    const restMs = this.#backoff.corrected(clock.now().monotonicMs);
    this.#contest.corrected(this.#link.wanted.interface, restMs);
    log.warn({ lines, ...(restMs > 0 && { nextCheckMs: restMs }) }, 'link was changed by somebody else; put right');
    if (restMs === 0) return;
    await clock.sleep(restMs, this.#signal).catch(() => {}); // aborted: the loop ends
  }
}

// Keeps the link's name servers handed over for as long as the link is up: looks whenever something
// may have changed and at least once a minute, tries again what failed, and puts back what others
// take out.
import { type Found, found } from '../../codes/codes.ts';
import { BusLostError } from '../../dbus/errors.ts';
import type { Clock } from '../../system/clock.ts';
import type { Logger } from '../../system/log.ts';
import type { DnsHost } from './backend.ts';
import { DnsError } from './dns-error.ts';
import { fileSignature } from './file.ts';
import { FileWatch } from './file-watch.ts';
import { type HandedOver, type HandingOver, handOver, NOTHING_HANDED_OVER, takeBack } from './hand-over.ts';
import { followResolved } from './resolved.ts';
import { culpritOf, Undone } from './undone.ts';

export interface Servers {
  readonly interface: string;
  readonly servers: readonly string[];
  /** The link goes before other ways out for which the routes speak. */
  readonly isFirst?: boolean | undefined;
}

export interface NameServersPorts extends DnsHost {
  readonly clock: Clock;
  readonly log: Logger;
  /** What there is to say of name resolution from now on; none when all is well. */
  readonly warn: (found: readonly Found[]) => void;
  /** Whether no other link is a better way out than this one. */
  readonly isPreferred: (interfaceName: string, signal: AbortSignal) => Promise<boolean>;
  /** The interface of which to take back what an earlier life of the program may have left. */
  readonly lastInterface: () => string;
}

/**
 * Whoever rewrites the file leaves the host without names only so long: where changes cannot be
 * heard of, it is looked at this often, by its date.
 */
const GLANCE_MS = 2_000;

/** Whoever writes it has this long to finish. */
const WRITING_MS = 100;

/** The servers are looked for at least this often. */
const LOOK_MS = 60_000;

/**
 * Where they stand in the file, its date is looked at as often, and everything no more often than
 * this: who is in charge takes twenty calls and a program to find out.
 */
const LOOK_AT_ALL_MS = 5 * LOOK_MS;

/** Between tries of what failed: doubled from the first to the second. */
const RETRY_MS = { first: 1_000, last: LOOK_MS } as const;

/** Who waits for the servers waits no longer than this for a resolver or a disk that hangs. */
const PATIENCE_MS = 5_000;

/**
 * Routes of a busy host change many times a second; who is preferred is looked at no more often
 * than this.
 */
const PREFERENCE_REST_MS = 1_000;

/**
 * Name resolution of the host. One at a time; nothing rejects: a link without name resolution is
 * still a link.
 */
export class NameServers {
  readonly #ports: NameServersPorts;
  #handedOver: HandedOver = NOTHING_HANDED_OVER;
  #turn: Promise<unknown> = Promise.resolve();
  #follows = false;
  /** systemd-resolved has restarted since the servers were put last. */
  #hasRestarted = false;
  #said = '';
  readonly #undone = new Undone();
  /** Something happened after which everything, or only who is preferred, is to be looked at. */
  #due: 'everything' | 'preference' | undefined;
  #preferenceSeenMs = Number.NEGATIVE_INFINITY;
  #wake: () => void = () => {};
  /** What /etc/resolv.conf looked like before the last try. */
  #seen = '';

  constructor(ports: NameServersPorts) {
    this.#ports = ports;
  }

  /**
   * Keeps `wanted` handed over until `signal` aborts; for undefined takes back what was, also in an
   * earlier life of the program. Resolves after the first try; what failed is tried again until it
   * works.
   */
  async apply(wanted: Servers | undefined, signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    const first = this.#try(wanted, signal);
    void first.then((retryMs) => this.#keep(wanted, retryMs, signal));
    await Promise.race([first, this.#ports.clock.sleep(PATIENCE_MS, signal).catch(() => {})]);
  }

  /**
   * To be called when the host's routes have changed: another link may have become the better one.
   * Cheap.
   */
  reconsider(): void {
    this.#due ??= 'preference';
    this.#wake();
  }

  /** Goes on until `signal` aborts, or nothing is left to take back. */
  async #keep(wanted: Servers | undefined, firstRetryMs: number | undefined, signal: AbortSignal): Promise<void> {
    let retryMs = firstRetryMs;
    const file = new FileWatch(`${this.#ports.root}/etc/resolv.conf`, () => this.#wake());
    while (!signal.aborted && (wanted !== undefined || retryMs !== undefined)) {
      await this.#untilDue(retryMs, wanted, file, signal);
      if (!signal.aborted) retryMs = await this.#try(wanted, signal, retryMs);
    }
    file.close();
  }

  /** Resolves when there is a reason to look again. */
  async #untilDue(
    retryMs: number | undefined,
    wanted: Servers | undefined,
    file: FileWatch,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#ports;
    const { ways } = this.#handedOver;
    const isInFile = ways.size === 1 && ways.has('file');
    const until = clock.now().monotonicMs + (retryMs ?? (isInFile ? LOOK_AT_ALL_MS : LOOK_MS));
    let isHeard = await file.renew();
    // What happened before it was listened for is seen by a first glance.
    for (let glance = 0; !signal.aborted && clock.now().monotonicMs < until; glance += 1) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      const restMs = isHeard ? Math.min(until - clock.now().monotonicMs, LOOK_MS) : GLANCE_MS;
      if (this.#due === undefined && !file.isStale && glance > 0)
        await clock.sleep(restMs, woken.signal).catch(() => {});
      if (file.isStale) {
        await clock.sleep(WRITING_MS, signal).catch(() => {}); // aborted: the loop ends
        isHeard = await file.renew();
      }
      const due = this.#due;
      this.#due = undefined;
      if (due === 'everything' || (retryMs === undefined && (await this.#signature()) !== this.#seen)) return;
      if (due === 'preference') await this.#untilRested(signal);
      if (due === 'preference' && wanted !== undefined && (await this.#preferenceChanged(wanted, signal))) return;
    }
  }

  async #untilRested(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    const restMs = this.#preferenceSeenMs + PREFERENCE_REST_MS - clock.now().monotonicMs;
    if (restMs > 0) await clock.sleep(restMs, signal).catch(() => {});
    this.#preferenceSeenMs = clock.now().monotonicMs;
  }

  async #preferenceChanged(wanted: Servers, signal: AbortSignal): Promise<boolean> {
    const before = this.#handedOver.wanted?.preferred;
    const now = await this.#isPreferred(wanted, signal).catch(() => before); // looked at again in a minute
    return now !== before;
  }

  async #isPreferred({ interface: name, isFirst }: Servers, signal: AbortSignal): Promise<boolean> {
    return isFirst === true || (await this.#ports.isPreferred(name, signal));
  }

  /** One try, in turn. Resolves to when to try again, or to undefined when it worked. */
  #try(wanted: Servers | undefined, signal: AbortSignal, lastRetryMs = 0): Promise<number | undefined> {
    const work = this.#turn.then(async () => {
      if (signal.aborted) return undefined;
      // Before anything is written: what others write meanwhile is seen at the next glance, as is
      // what we do.
      this.#seen = await this.#signature();
      try {
        return await this.#reconcile(wanted, signal);
      } catch (error) {
        if (signal.aborted || error instanceof BusLostError) return undefined;
        if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) throw error;
        const text = error instanceof Error ? error.message : String(error);
        if (wanted === undefined && lastRetryMs === 0) this.#sayLeft(error, text);
        const what = wanted === undefined ? 'are still in use' : 'are not in use';
        const { remedy } = error instanceof DnsError ? error : {};
        const details = { text: `the name servers of the link ${what}: ${text}; this is tried again` };
        this.#ports.warn([found('name-servers-unused', { ...details, ...(remedy !== undefined && { remedy }) })]);
        return Math.min(Math.max(RETRY_MS.first, 2 * lastRetryMs), RETRY_MS.last);
      }
    });
    this.#turn = work.catch(() => {});
    return work;
  }

  /** At a stop nobody is left to try again, and the warning comes too late to be seen. */
  #sayLeft(error: unknown, text: string): void {
    const { what = '/etc/resolv.conf', remedy = LEFT_REMEDY } = error instanceof DnsError ? error : {};
    this.#ports.log.warn({ what, remedy }, `the name servers of the link are still in use: ${text}`);
  }

  #signature(): Promise<string> {
    return fileSignature(`${this.#ports.root}/etc/resolv.conf`);
  }

  /** Makes it so. Resolves to a rest before the next look, where somebody keeps undoing it. */
  async #reconcile(wanted: Servers | undefined, signal: AbortSignal): Promise<number | undefined> {
    const before = this.#handedOver;
    const device = before.wanted?.interface ?? this.#ports.lastInterface();
    if (device !== wanted?.interface) {
      await takeBack(this.#ports, device, before, signal);
      this.#handedOver = NOTHING_HANDED_OVER;
    }
    if (wanted === undefined) {
      this.#ports.warn([]);
      return undefined;
    }
    await this.#follow(signal);
    const preferred = await this.#isPreferred(wanted, signal);
    const { interface: name, servers } = wanted;
    const hadRestarted = this.#hasRestarted;
    this.#hasRestarted = false;
    const outcome = await handOver(this.#ports, { interface: name, servers, preferred }, this.#handedOver, signal);
    this.#handedOver = outcome;
    // One in the middle of this may count now, and the next time too.
    return this.#tell(outcome, wanted, hadRestarted || this.#hasRestarted);
  }

  #tell(
    { decision, changed, again }: HandingOver,
    { interface: name, servers }: Servers,
    hasRestarted: boolean,
  ): number | undefined {
    const { mode, trace, warning } = decision;
    const preferred = this.#handedOver.wanted?.preferred;
    const line = [trace, preferred, ...servers].join(' ');
    if (line !== this.#said && this.#handedOver.wanted !== undefined)
      this.#ports.log.info({ mode, servers: servers.join(' '), preferred, found: trace }, 'name servers handed over');
    this.#said = line;
    const { monotonicMs } = this.#ports.clock.now();
    if (changed && again) {
      const culprit = culpritOf(decision, name, hasRestarted);
      this.#undone.add(monotonicMs, culprit);
      this.#ports.log.info({ mode, writer: culprit.writer }, 'name servers were taken out; put back');
    }
    const undone = this.#undone.warning(monotonicMs);
    this.#ports.warn([warning, undone].filter((found) => found !== undefined));
    return changed ? this.#undone.restMs(monotonicMs) : undefined;
  }

  /** systemd-resolved forgets when it restarts. */
  async #follow(signal: AbortSignal): Promise<void> {
    if (this.#ports.bus === undefined || this.#follows) return;
    this.#follows = true;
    const onRestart = () => {
      this.#hasRestarted = true;
      this.#due = 'everything';
      this.#wake();
    };
    await followResolved(this.#ports.bus, onRestart, signal).catch((error: unknown) => {
      this.#follows = false;
      throw error;
    });
  }
}

const LEFT_REMEDY =
  'once the file can be written, start percept-lte, which takes out what was left, or delete the lines between "# percept-lte: begin" and "# percept-lte: end"';

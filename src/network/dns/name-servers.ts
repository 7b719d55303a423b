// Keeps the host's name servers in step with the link for as long as the program runs, and says in the log what was found and chosen.
import type { Logger } from '../../system/log.ts';
import { isPreferred, readUplinks } from '../uplinks.ts';
import { applyDns, clearDns, type DnsDecision, type DnsHost } from './dns.ts';
import { followResolved } from './resolved.ts';

interface Servers {
  readonly interface: string;
  readonly servers: readonly string[];
}

/** The lane of name resolution. Calls wait for each other; none rejects: a link without name resolution is still a link. */
export class NameServers {
  readonly #host: DnsHost;
  readonly #log: Logger;
  /** What was handed over last, and until when it is to be kept; undefined while nothing is. */
  #given: { readonly wanted: Servers; readonly preferred: boolean; readonly signal: AbortSignal } | undefined;
  /** The last interface that got servers; needed to take them back. */
  #lastInterface = 'wwan0';
  #said = '';
  #turn: Promise<void> = Promise.resolve();
  #looking = false;
  #following = false;

  constructor(host: DnsHost, log: Logger) {
    this.#host = host;
    this.#log = log;
  }

  /**
   * Hands `wanted` over and keeps it so until `signal` aborts (systemd-resolved forgets when it restarts), or takes back what was given, also in
   * an earlier life of the program, for undefined. Twice changes nothing.
   */
  apply(wanted: Servers | undefined, signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      await this.#follow(signal);
      const previous = this.#given?.wanted.interface;
      if (wanted === undefined || (previous !== undefined && previous !== wanted.interface)) {
        this.#given = undefined;
        await clearDns(this.#host, this.#lastInterface, signal);
      }
      if (wanted !== undefined) await this.#give(wanted, signal);
    }, signal);
  }

  /** Looks whether the link has become the best way out, or is it no longer, and hands the servers over accordingly. Cheap when neither. */
  reconsider(signal: AbortSignal): Promise<void> {
    // One look that is to come sees everything that has happened until then.
    if (this.#looking) return this.#turn;
    this.#looking = true;
    return this.#inTurn(async () => {
      this.#looking = false;
      const given = this.#given;
      if (given === undefined || signal.aborted) return;
      if ((await this.#isPreferred(given.wanted, signal)) !== given.preferred) await this.#give(given.wanted, signal);
    }, signal);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    if (this.#host.bus === undefined || this.#following) return;
    const again = () => {
      const given = this.#given;
      if (given !== undefined) void this.#inTurn(() => this.#give(given.wanted, given.signal), given.signal);
    };
    await followResolved(this.#host.bus, again, signal);
    this.#following = true;
  }

  #inTurn(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      if (!signal.aborted) this.#log.warn({ err: error }, 'name servers could not be changed');
    });
    return this.#turn;
  }

  async #isPreferred({ interface: name }: Servers, signal: AbortSignal): Promise<boolean> {
    return isPreferred(await readUplinks(this.#host.runner, signal), name);
  }

  async #give(wanted: Servers, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const preferred = await this.#isPreferred(wanted, signal);
    this.#lastInterface = wanted.interface;
    this.#given = { wanted, preferred, signal };
    this.#say(await applyDns(this.#host, { ...wanted, preferred }, signal), wanted, preferred);
  }

  /** One line for each decision that differs from the last. */
  #say({ mode, trace, warning }: DnsDecision, { servers }: Servers, preferred: boolean): void {
    const line = [mode, trace, preferred, ...servers].join(' ');
    if (line === this.#said || servers.length === 0) return;
    this.#said = line;
    this.#log.info({ mode, servers: servers.join(' '), preferred, found: trace }, 'name servers handed over');
    if (warning !== undefined) this.#log.warn(warning);
  }
}

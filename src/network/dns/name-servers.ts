// Keeps the host's name servers in step with the link for as long as the program runs, and says in the log what was found and chosen.
import type { Logger } from '../../system/log.ts';
import { readHeld } from '../held.ts';
import { isPreferred } from '../preferred.ts';
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
  /** What was handed over last; undefined while nothing is. */
  #given: Servers | undefined;
  /** The last interface that got servers, or may have got some in an earlier life: needed to take them back. */
  #lastInterface: string | undefined;
  #said = '';
  #turn: Promise<void> = Promise.resolve();

  constructor(host: DnsHost, log: Logger) {
    this.#host = host;
    this.#log = log;
  }

  /** Hands `wanted` over, or takes back what was given (also in an earlier life of the program) for undefined. Twice changes nothing. */
  apply(wanted: Servers | undefined, signal: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#apply(wanted, signal), signal);
  }

  /** Hands the same servers over again: another uplink came or went, or whoever is in charge has changed or forgotten. */
  refresh(signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#given !== undefined) await this.#apply(this.#given, signal);
    }, signal);
  }

  /** Refreshes whenever systemd-resolved comes back. Without a bus there is nothing to follow. */
  async follow(signal: AbortSignal): Promise<void> {
    if (this.#host.bus === undefined) return;
    await followResolved(this.#host.bus, () => void this.refresh(signal), signal);
  }

  #inTurn(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      if (!signal.aborted) this.#log.warn({ err: error }, 'name servers could not be changed');
    });
    return this.#turn;
  }

  async #apply(wanted: Servers | undefined, signal: AbortSignal): Promise<void> {
    const previous = this.#given;
    this.#given = wanted;
    if (wanted === undefined) await clearDns(this.#host, this.#lastInterface ?? 'wwan0', signal);
    else await this.#give(wanted, previous, signal);
  }

  async #give(wanted: Servers, previous: Servers | undefined, signal: AbortSignal): Promise<void> {
    if (previous !== undefined && previous.interface !== wanted.interface)
      await clearDns(this.#host, previous.interface, signal);
    this.#lastInterface = wanted.interface;
    const preferred = isPreferred(await readHeld(this.#host.runner, signal), wanted.interface);
    this.#say(await applyDns(this.#host, { ...wanted, preferred }, signal), wanted, preferred);
  }

  /** One line for each decision that differs from the last. */
  #say({ mode, trace, warning }: DnsDecision, { servers }: Servers, preferred: boolean): void {
    const line = [mode, trace, preferred, ...servers].join(' ');
    if (line === this.#said) return;
    this.#said = line;
    this.#log.info({ mode, servers: servers.join(' '), preferred, found: trace }, 'name servers handed over');
    if (warning !== undefined) this.#log.warn(warning);
  }
}

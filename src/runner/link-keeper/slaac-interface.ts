// The interface's IPv6 settings: readied before a link that hears router advertisements, given back
// after it.

import type { Link } from '../../connection/connection.ts';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { forgetAdvertised, prepareSlaac, restoreSlaac, type SlaacHost } from '../../network/ipv6/slaac.ts';
import type { Logger } from '../../system/log.ts';

interface Ready {
  readonly interface: string;
  readonly linkLocal: string | undefined;
  /** Path of the bearer whose routers were heard. */
  readonly bearer: string;
}

export class SlaacInterface {
  readonly #host: SlaacHost;
  readonly #log: Logger;
  #ready: Ready | undefined;

  constructor(host: SlaacHost, log: Logger) {
    this.#host = host;
    this.#log = log;
  }

  /**
   * Readies the interface of `link` where it needs that, else gives back what an earlier link
   * needed.
   */
  async follow(link: Link | undefined, signal: AbortSignal): Promise<void> {
    try {
      if (link?.wanted.slaac === undefined) await this.#giveBack(signal);
      else await this.#prepare(link, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** What the routers of a former session said is forgotten: their prefix is gone with it. */
  async #prepare({ wanted, bearer }: Link, signal: AbortSignal): Promise<void> {
    const before = this.#ready;
    // A name that makes no sense is refused, and told, when the link is applied.
    if (!isInterfaceName(wanted.interface)) return;
    const settings = (await prepareSlaac(this.#host, wanted.interface)).join(' ');
    if (settings !== '')
      this.#log.warn({ interface: wanted.interface, settings }, 'IPv6 settings of the interface cannot be changed');
    this.#ready = { interface: wanted.interface, linkLocal: wanted.slaac?.linkLocal, bearer: bearer.path };
    const isSameSession = before?.interface === wanted.interface && before.bearer === bearer.path;
    if (before !== undefined && !isSameSession) await forgetAdvertised(this.#host, before.interface, signal);
  }

  async #giveBack(signal: AbortSignal): Promise<void> {
    const ready = this.#ready;
    if (ready === undefined || signal.aborted) return;
    await restoreSlaac(this.#host, ready.interface, ready.linkLocal, signal);
    if (!signal.aborted) this.#ready = undefined;
  }
}

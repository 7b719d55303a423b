// Which of the two keepers holds a link, and the interface's IPv6 settings: made before a link that needs them, taken back after it.

import type { Link } from '../../connection/connection.ts';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { forgetAdvertised, prepareSlaac, restoreSlaac, type SlaacHost } from '../../network/ipv6/slaac.ts';
import type { Happening } from '../runner.ts';
import { type LearnLinkPorts, learnLink } from './acquire-addresses.ts';
import { keepLink } from './keep-link.ts';

export interface KeepAnyLinkPorts extends LearnLinkPorts {
  readonly slaac: Slaac;
}

/** The link lane's work (see runner.ts). */
export async function keepAnyLink(
  ports: KeepAnyLinkPorts,
  link: Link | undefined,
  happened: (what: Happening) => void,
  signal: AbortSignal,
): Promise<void> {
  const needsSlaac = link?.wanted.slaac !== undefined;
  if (link !== undefined && !needsSlaac) await ports.slaac.end(signal);
  if (needsSlaac) await ports.slaac.begin(link, ports, signal);
  if (signal.aborted) return;
  if (link?.dhcp !== undefined || needsSlaac) await learnLink(ports, link, happened, signal);
  else await keepLink(ports, link, happened, signal);
  if (link === undefined) await ports.slaac.end(signal);
}

/** The interface that was readied for router advertisements, until it is given back. */
export class Slaac {
  readonly #host: SlaacHost;
  #ready: { readonly interface: string; readonly linkLocal: string | undefined; readonly bearer: string } | undefined;

  constructor(host: SlaacHost) {
    this.#host = host;
  }

  /** Readies the interface of `link`. What the routers of a former session said is forgotten: their prefix is gone with it. */
  async begin({ wanted, bearer }: Link, { log }: Pick<LearnLinkPorts, 'log'>, signal: AbortSignal): Promise<void> {
    const ready = { interface: wanted.interface, linkLocal: wanted.slaac?.linkLocal, bearer: bearer.path };
    const before = this.#ready;
    // A name that makes no sense is refused, and told, when the link is applied.
    if (!isInterfaceName(wanted.interface)) return;
    const failed = await prepareSlaac(this.#host, wanted.interface);
    if (failed.length > 0)
      log.warn(
        { interface: wanted.interface, settings: failed.join(' ') },
        'IPv6 settings of the interface cannot be changed',
      );
    this.#ready = ready;
    const isSameSession = before?.interface === ready.interface && before.bearer === ready.bearer;
    if (before !== undefined && !isSameSession)
      await ignoringAbort(forgetAdvertised(this.#host, before.interface, signal), signal);
  }

  /** Leaves the interface as it was found, if it was readied. */
  async end(signal: AbortSignal): Promise<void> {
    const ready = this.#ready;
    if (ready === undefined || signal.aborted) return;
    await ignoringAbort(restoreSlaac(this.#host, ready.interface, ready.linkLocal, signal), signal);
    if (!signal.aborted) this.#ready = undefined;
  }
}

async function ignoringAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  await work.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

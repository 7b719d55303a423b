// A link in use: applied, and with an address. When its use begins, the sockets of former addresses
// are closed, its name servers handed over, other programs looked for, and its traffic watched;
// when traffic was first seen to pass, it is asked how far it gets, and the path's MTU is measured.
// Another address is another use.
import type { AcquiredAddresses, Link } from '../../connection/connection.ts';
import { withoutIpv4 } from '../../connection/link/ipv6-only.ts';
import type { Flows } from '../../network/flows.ts';
import type { KernelEvents } from '../../network/link/monitor.ts';
import { type ChildSignal, childSignal } from '../../system/child-signal.ts';
import type { Happening } from '../runner.ts';
import type { RemoveLinkPorts } from './remove-link.ts';

export type Emit = (what: Happening) => void;

export interface LinkUsePorts extends Pick<RemoveLinkPorts, 'nameServers' | 'staleSockets' | 'warn'> {
  readonly onKernelChange: KernelEvents['listen'];
  /** Looks, in its own time, for other programs that configure the link. */
  readonly checkConflicts: (link: Link, signal: AbortSignal) => void;
  /** Proves and watches traffic over the link until `signal` aborts. */
  readonly watchTraffic: (link: Link, emit: Emit, signal: AbortSignal) => Promise<void>;
  /** Asks how far traffic gets, over a link that is alive, until `signal` aborts. */
  readonly watchReach: (link: Link, emit: Emit, signal: AbortSignal) => Promise<void>;
  /** Measures how large a packet the link's path carries, unless that is known. */
  readonly measureMtu: (link: Link, emit: Emit, signal: AbortSignal) => Promise<void>;
  readonly flows: Pick<Flows, 'follow'>;
  readonly ipType: () => 'ipv4' | 'ipv6' | 'ipv4v6';
}

export interface LinkUseOptions {
  readonly ports: LinkUsePorts;
  /** As far as it stands in the kernel. */
  readonly link: Link;
  /** What was acquired for it; undefined where its bearer names all of it. */
  readonly acquired: AcquiredAddresses | undefined;
  readonly emit: Emit;
  /** Called when routes and name servers are as they shall be. */
  readonly inUse: () => void;
  /** The same work, which never rejects: a fault in it ends the keeper. */
  readonly beside: (work: Promise<void>, signal: AbortSignal) => Promise<void>;
  /** Ends with the link. */
  readonly signal: AbortSignal;
}

export class LinkUse {
  readonly #options: LinkUseOptions;
  readonly #child: ChildSignal;
  readonly #work: Promise<void>[] = [];

  constructor(options: LinkUseOptions) {
    this.#options = options;
    this.#child = childSignal(options.signal);
  }

  /** Hands the link over to those who use it; what watches it runs on until `end`. */
  async begin(): Promise<void> {
    const { acquired, emit, inUse, link, ports } = this.#options;
    const { checkConflicts, flows, ipType, nameServers, onKernelChange, staleSockets, warn } = ports;
    const { wanted } = link;
    const { signal } = this.#child;
    if (acquired !== undefined) emit({ kind: 'addressesAcquired', acquired });
    emit({ kind: 'linkApplied' });
    const addresses = wanted.addresses.map(({ address }) => address);
    await staleSockets.follow(addresses, signal);
    const takenOver = (wanted.takenOver ?? []).flatMap(({ source }) => source ?? []);
    this.#beside(flows.follow({ takenOver, own: addresses }, signal));
    const otherWays = () => {
      // Which of the host's name servers come first depends on which way out is the best.
      nameServers.reconsider();
      checkConflicts(link, signal);
    };
    onKernelChange({ kind: 'uplinks' }, otherWays, signal);
    const isFirst = wanted.takenOver !== undefined;
    await nameServers.apply({ interface: wanted.interface, servers: link.dns, isFirst }, signal);
    if (signal.aborted) return;
    inUse();
    checkConflicts(link, signal);
    warn('IPv4', withoutIpv4({ link, acquired: undefined }, { ipType: ipType() }));
    this.#watch();
  }

  /** Resolves when nothing of this use runs any more. */
  async end(): Promise<void> {
    this.#child.end(new Error('the link has other addresses'));
    await Promise.all(this.#work);
  }

  /** Watches the traffic; what asks more of the link begins with the first proof. */
  #watch(): void {
    const { emit, link, ports } = this.#options;
    const { signal } = this.#child;
    let isProven = false;
    const emitted: Emit = (what) => {
      if (signal.aborted) return;
      emit(what);
      // A dead link would answer nothing. What the emit led to may have ended this use.
      if (what.kind !== 'linkProven' || isProven || signal.aborted) return;
      isProven = true;
      this.#beside(ports.watchReach(link, emitted, signal));
      this.#beside(ports.measureMtu(link, emit, signal));
    };
    this.#beside(ports.watchTraffic(link, emitted, signal));
  }

  #beside(work: Promise<void>): void {
    this.#work.push(this.#options.beside(work, this.#child.signal));
  }
}

// Where a link gets the addresses that its bearer does not name: a DHCP server is asked, router
// advertisements are heard. What is there already is kept while their answers are awaited.

import type { AcquiredAddresses, Link } from '../../connection/connection.ts';
import { withAcquiredAddresses } from '../../connection/link/link-for.ts';
import type { Prefix } from '../../ip/address.ts';
import type { Failure } from '../../modem/errors/failure.ts';
import { DhcpError, type FollowDhcpOptions } from '../../network/dhcp/dhcp.ts';
import { type Lease, sameLease } from '../../network/dhcp/lease.ts';
import { advertisedAddress } from '../../network/ipv6/slaac.ts';
import type { KernelEvents } from '../../network/link/monitor.ts';
import { readKernelState } from '../../network/link/read-kernel-state.ts';
import { LinkError } from '../../network/link/wanted-link.ts';
import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';
import { Latch } from '../../system/latch.ts';
import type { Logger } from '../../system/log.ts';
import type { Happening } from '../runner.ts';
import type { Leases } from './leases.ts';

export interface AddressSourcePorts {
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly failureOf: (error: unknown) => Failure;
  readonly onKernelChange: KernelEvents['listen'];
  /** Asks for a lease until `signal` aborts. @throws DhcpError */
  readonly followDhcp: (
    options: Pick<FollowDhcpOptions, 'interface' | 'known' | 'onLease' | 'onLost' | 'signal'>,
  ) => Promise<void>;
  readonly leases: Pick<Leases, 'known' | 'put'>;
}

/**
 * Servers and routers answer within a second, clients ask again after two; the configuring phase
 * ends after 30 s.
 */
const ANSWER_MS = 20_000;

/**
 * Who flushes the interface takes the advertised address too: asked at once, the router gives it
 * again within a second.
 */
const ADVERTISED_GRACE_MS = 10_000;

/**
 * A server that refuses to renew (NAK) gives another address to a client that asks anew, which
 * takes it 3 s.
 */
const LEASE_GRACE_MS = 10_000;

/**
 * A host on which no client can run is looked at again this often: somebody may have installed one.
 */
const CLIENT_RETRY_MS = 10_000;

/** Between tries to read the kernel. */
const RETRY_MS = 2_000;

export class AddressSources {
  readonly #ports: AddressSourcePorts;
  readonly #link: Link;
  readonly #changed: () => void;
  readonly #emit: (what: Happening) => void;
  #lease: Lease | undefined;
  #address6: Prefix | undefined;
  /**
   * Whether the lease was given to this bearer; one found in the kernel may be a former session's.
   */
  #isConfirmed = true;
  /** Why no client can run on this host. */
  #dhcpError: DhcpError | undefined;

  /** `changed` is called whenever `link` or `isUsable` is another. */
  constructor(ports: AddressSourcePorts, link: Link, changed: () => void, emit: (what: Happening) => void) {
    this.#ports = ports;
    this.#link = link;
    this.#changed = changed;
    this.#emit = emit;
  }

  /** The link as far as its addresses are known. */
  get link(): Link {
    return withAcquiredAddresses(this.#link, { lease: this.#lease, address6: this.#address6 });
  }

  /** What was acquired; undefined for a link whose bearer names all of it. */
  get acquired(): AcquiredAddresses | undefined {
    if (!this.#isNeeded) return undefined;
    return { bearer: this.#link.bearer.path, lease: this.#lease, address6: this.#address6 };
  }

  /**
   * Whether the link has an address that can be relied on. One that does not is held, and used for
   * nothing yet.
   */
  get isUsable(): boolean {
    return !this.#isNeeded || (this.link.wanted.addresses.length > 0 && this.#isConfirmed);
  }

  get #isNeeded(): boolean {
    return this.#link.dhcp !== undefined || this.#link.wanted.slaac !== undefined;
  }

  /**
   * Finds what the interface has already, which must not be taken for addresses that nobody wants.
   */
  async recall(signal: AbortSignal): Promise<void> {
    if (this.#link.dhcp !== undefined) {
      const known = await this.#ports.leases.known(this.#link, signal).catch((error: unknown) => {
        if (!(error instanceof LinkError)) throw error;
        this.#ports.log.warn({ err: error }, 'what the interface has already could not be read');
        return undefined;
      });
      this.#lease = known?.lease;
      this.#isConfirmed = known?.confirmed ?? true;
    }
    if (this.#link.wanted.slaac !== undefined) this.#address6 = await this.#advertised(signal);
  }

  /** Asks and listens until `signal` aborts; to be called when the interface is up. */
  async follow(signal: AbortSignal): Promise<void> {
    if (!this.#isNeeded) return;
    await Promise.all([
      this.#link.dhcp && this.#followDhcp(signal),
      this.#link.wanted.slaac && this.#followAdvertisements(signal),
      this.#missAnswers(signal),
    ]);
  }

  async #followDhcp(signal: AbortSignal): Promise<void> {
    const { leases, followDhcp, log, failureOf } = this.#ports;
    const onLease = (lease: Lease) => {
      leases.put(this.#link, lease);
      const isSame = this.#isConfirmed && sameLease(lease, this.#lease);
      this.#lease = lease;
      this.#isConfirmed = true;
      if (!isSame) this.#changed();
    };
    const onLost = (why: string) => {
      leases.put(this.#link, undefined);
      const lost = this.#lease;
      void this.#ports.clock.sleep(LEASE_GRACE_MS, signal).then(
        () => {
          if (this.#lease !== lost) return;
          this.#lease = undefined;
          this.#lose(`the DHCP lease was lost (${why})`);
        },
        () => {}, // aborted
      );
    };
    while (!signal.aborted) {
      const options = { interface: this.#link.wanted.interface, known: this.#lease, onLease, onLost, signal };
      await followDhcp(options).catch((error: unknown) => {
        if (signal.aborted || !(error instanceof DhcpError)) throw error;
        log.error({ err: error }, 'no IPv4 address');
        this.#dhcpError = error;
        if (!this.#hasAddress) this.#emit({ kind: 'linkFailed', failure: failureOf(error) });
      });
      await this.#ports.clock.sleep(CLIENT_RETRY_MS, signal).catch(() => {}); // aborted: the loop ends
    }
  }

  async #followAdvertisements(signal: AbortSignal): Promise<void> {
    const dirty = new Latch();
    const interest = { kind: 'link', interface: this.#link.wanted.interface, addresses: [] } as const;
    this.#ports.onKernelChange(interest, () => dirty.raise(), signal);
    while (!signal.aborted) {
      const address = await this.#advertised(signal);
      if (address === undefined && this.#address6 !== undefined) {
        await this.#ports.clock.sleep(ADVERTISED_GRACE_MS, signal).catch(() => {}); // aborted: the loop ends
        if (signal.aborted || (await this.#advertised(signal)) !== undefined) continue;
        this.#address6 = undefined;
        this.#lose('the router advertises no prefix any more');
      } else if (address?.address !== this.#address6?.address) {
        this.#address6 = address;
        this.#changed();
      }
      await dirty.raised(signal);
    }
  }

  async #advertised(signal: AbortSignal): Promise<Prefix | undefined> {
    const { commands, clock, log } = this.#ports;
    const { wanted } = this.#link;
    while (!signal.aborted) {
      try {
        const state = await readKernelState(commands, signal);
        return advertisedAddress(state, wanted.interface, wanted.slaac?.linkLocal);
      } catch (error) {
        if (signal.aborted) return undefined;
        log.warn({ err: error }, 'the advertised address could not be read');
        await clock.sleep(RETRY_MS, signal).catch(() => {}); // aborted: the loop ends
      }
    }
    return undefined;
  }

  #lose(reason: string): void {
    this.#changed();
    if (!this.#hasAddress) this.#emit({ kind: 'linkDead', reason });
  }

  get #hasAddress(): boolean {
    const isNamed = this.#link.wanted.addresses.length > 0;
    return isNamed || (this.#lease !== undefined && this.#isConfirmed) || this.#address6 !== undefined;
  }

  async #missAnswers(signal: AbortSignal): Promise<void> {
    await this.#ports.clock.sleep(ANSWER_MS, signal).catch(() => {}); // aborted
    if (signal.aborted) return;
    const { wanted, dhcp } = this.#link;
    const missing = [
      ...(dhcp !== undefined && (this.#lease === undefined || !this.#isConfirmed) ? ['no DHCP server answers'] : []),
      ...(wanted.slaac !== undefined && this.#address6 === undefined ? ['no router advertises an IPv6 prefix'] : []),
    ];
    if (missing.length === 0) return;
    // That nobody answers to a client that cannot run is no news.
    const error =
      this.#dhcpError ??
      new DhcpError('no-answer', wanted.interface, `${missing.join(', and ')} on ${wanted.interface}`);
    if (this.#hasAddress) this.#ports.log.warn({ interface: wanted.interface }, missing.join(', and '));
    else this.#emit({ kind: 'linkFailed', failure: this.#ports.failureOf(error) });
  }
}

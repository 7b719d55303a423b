// Holds a link whose addresses its bearer does not name: a DHCP server is asked, router advertisements are heard, and the link that follows from what
// was acquired is held by keep-link.ts like any other. Addresses that are there already stay in place while the answers are waited for.

import type { Link } from '../../connection/connection.ts';
import { withAcquiredAddresses } from '../../connection/link/link-for.ts';
import { DhcpError, type FollowDhcpOptions } from '../../network/dhcp/dhcp.ts';
import { sameLease } from '../../network/dhcp/lease.ts';
import { advertisedAddress } from '../../network/ipv6/slaac.ts';
import { readKernelState } from '../../network/link/kernel-state.ts';
import { LinkError } from '../../network/link/wanted-link.ts';
import { childSignal } from '../../system/child-signal.ts';
import { Latch } from '../../system/latch.ts';
import type { Happening } from '../runner.ts';
import { type KeepLinkPorts, keepLink } from './keep-link.ts';
import type { Leases } from './leases.ts';

export interface LearnLinkPorts extends KeepLinkPorts {
  /** Asks for a lease until `signal` aborts. @throws DhcpError */
  readonly followDhcp: (
    options: Pick<FollowDhcpOptions, 'interface' | 'known' | 'onLease' | 'onLost' | 'signal'>,
  ) => Promise<void>;
  readonly leases: Pick<Leases, 'known' | 'put'>;
}

/** Servers and routers answer within a second, clients ask again after two; with this the phase's own deadline (30 s) is not met first. */
const ANSWER_MS = 20_000;

/** Somebody who flushes the interface takes the advertised address away: asked at once, the router gives it again within a second. */
const ADVERTISED_GRACE_MS = 10_000;

/** A server that refuses to renew (NAK) gives another address to the client that asks anew, which takes it 3 s; until then the old one stays. */
const LEASE_GRACE_MS = 10_000;

/** Between tries to read the kernel. */
const RETRY_MS = 2_000;

type Tell = (what: Happening) => void;

/** The link lane's work for a link with addresses to learn (see runner.ts), until `signal` aborts. */
export async function learnLink(ports: LearnLinkPorts, link: Link, happened: Tell, signal: AbortSignal): Promise<void> {
  const own = childSignal(signal);
  try {
    await new Learning(ports, link, happened, own.signal).run();
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    own.end();
  }
}

class Learning {
  readonly #ports: LearnLinkPorts;
  readonly #link: Link;
  readonly #happened: Tell;
  readonly #signal: AbortSignal;
  readonly #changed = new Latch();
  readonly #isUp = new Latch();
  /** What was acquired, with the link to hold now; `relied` on when it was confirmed. */
  #lease: FollowDhcpOptions['known'];
  #address6: ReturnType<typeof advertisedAddress>;
  #relied = true;

  constructor(ports: LearnLinkPorts, link: Link, happened: Tell, signal: AbortSignal) {
    this.#ports = ports;
    this.#link = link;
    this.#happened = happened;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    if (this.#link.dhcp !== undefined) {
      const known = await this.#ports.leases.known(this.#link, this.#signal).catch((error: unknown) => {
        if (!(error instanceof LinkError)) throw error;
        this.#ports.log.warn({ err: error }, 'what the interface has already could not be read');
        return undefined;
      });
      this.#lease = known?.lease;
      this.#relied = known?.confirmed ?? true;
    }
    // An address that is there already must not be taken for one that nobody wants.
    if (this.#link.wanted.slaac !== undefined) this.#address6 = await this.#advertised();
    // Clients and routers can be asked when the interface is up.
    const learning = this.#isUp.raised(this.#signal).then(() => this.#learn());
    const fault = new Promise<never>((_, reject) => {
      learning.catch(reject);
    });
    fault.catch(() => {}); // whoever waits for it below hears of it
    while (!this.#signal.aborted) {
      const keeping = new AbortController();
      const keeper = this.#keep(keeping.signal);
      await Promise.race([this.#changed.raised(this.#signal), keeper, fault]).finally(() =>
        keeping.abort(new Error('superseded')),
      );
      await keeper;
    }
    await learning;
  }

  /** Holds the link as far as it is known. Before it can be relied on nobody is told, and it is neither proven nor given name servers. */
  #keep(signal: AbortSignal): Promise<void> {
    const link = withAcquiredAddresses(this.#link, { lease: this.#lease, address6: this.#address6 });
    const isUsable = link.wanted.addresses.length > 0 && this.#relied;
    const acquired = { bearer: link.bearer.path, lease: this.#lease, address6: this.#address6 };
    if (isUsable) this.#happened({ kind: 'addressesAcquired', acquired });
    const tell: Tell = (what) => {
      if (signal.aborted) return;
      if (what.kind === 'linkApplied') this.#isUp.raise();
      if (isUsable || what.kind === 'linkFailed') this.#happened(what);
    };
    return keepLink(isUsable ? this.#ports : quiet(this.#ports), link, tell, signal);
  }

  async #learn(): Promise<void> {
    if (this.#signal.aborted) return;
    const { wanted, dhcp } = this.#link;
    await Promise.all([
      dhcp && this.#followDhcp(),
      wanted.slaac && this.#followAdvertisements(),
      this.#missAnswers().catch(() => {}), // aborted
    ]);
  }

  async #followDhcp(): Promise<void> {
    const { leases } = this.#ports;
    const options = {
      interface: this.#link.wanted.interface,
      known: this.#lease,
      onLease: (lease: NonNullable<FollowDhcpOptions['known']>) => {
        leases.put(this.#link, lease);
        const same = this.#relied && sameLease(lease, this.#lease);
        this.#lease = lease;
        this.#relied = true;
        if (!same) this.#changed.raise();
      },
      onLost: (why: string) => {
        leases.put(this.#link, undefined);
        const lost = this.#lease;
        this.#ports.clock.sleep(LEASE_GRACE_MS, this.#signal).then(
          () => {
            if (this.#lease !== lost) return;
            this.#lease = undefined;
            this.#lose(`the DHCP lease was lost (${why})`);
          },
          () => {}, // aborted
        );
      },
      signal: this.#signal,
    };
    await this.#ports.followDhcp(options).catch((error: unknown) => {
      if (this.#signal.aborted || !(error instanceof DhcpError)) throw error;
      this.#ports.log.error({ err: error }, 'no IPv4 address');
      if (!this.#hasAddress()) this.#happened({ kind: 'linkFailed', failure: this.#ports.failureOf(error) });
    });
  }

  async #followAdvertisements(): Promise<void> {
    const dirty = new Latch();
    const interest = { kind: 'link', interface: this.#link.wanted.interface, addresses: [] } as const;
    this.#ports.onKernelChange(interest, () => dirty.raise(), this.#signal);
    while (!this.#signal.aborted) {
      const address = await this.#advertised();
      if (address === undefined && this.#address6 !== undefined) {
        await this.#ports.clock.sleep(ADVERTISED_GRACE_MS, this.#signal).catch(() => {}); // aborted: the loop ends
        if (this.#signal.aborted || (await this.#advertised()) !== undefined) continue;
        this.#address6 = undefined;
        this.#lose('the router advertises no prefix any more');
      } else if (address?.address !== this.#address6?.address) {
        this.#address6 = address;
        this.#changed.raise();
      }
      await dirty.raised(this.#signal);
    }
  }

  async #advertised() {
    const { runner, clock, log } = this.#ports;
    const { wanted } = this.#link;
    for (;;) {
      try {
        return advertisedAddress(
          await readKernelState(runner, this.#signal),
          wanted.interface,
          wanted.slaac?.linkLocal,
        );
      } catch (error) {
        if (this.#signal.aborted) return undefined;
        log.warn({ err: error }, 'the advertised address could not be read');
        await clock.sleep(RETRY_MS, this.#signal);
      }
    }
  }

  #lose(why: string): void {
    this.#changed.raise();
    if (!this.#hasAddress()) this.#happened({ kind: 'linkDead', reason: why });
  }

  #hasAddress(): boolean {
    const named = this.#link.wanted.addresses.length > 0;
    return named || (this.#lease !== undefined && this.#relied) || this.#address6 !== undefined;
  }

  async #missAnswers(): Promise<void> {
    await this.#ports.clock.sleep(ANSWER_MS, this.#signal);
    const { wanted, dhcp } = this.#link;
    const missing = [
      ...(dhcp !== undefined && (this.#lease === undefined || !this.#relied) ? ['no DHCP server answers'] : []),
      ...(wanted.slaac !== undefined && this.#address6 === undefined ? ['no router advertises an IPv6 prefix'] : []),
    ];
    if (missing.length === 0) return;
    const error = new DhcpError('no-answer', wanted.interface, `${missing.join(', and ')} on ${wanted.interface}`);
    if (this.#hasAddress()) this.#ports.log.warn({ interface: wanted.interface }, missing.join(', and '));
    else this.#happened({ kind: 'linkFailed', failure: this.#ports.failureOf(error) });
  }
}

/** The ports of a link that is held and not used yet. */
function quiet(ports: KeepLinkPorts): KeepLinkPorts {
  return {
    ...ports,
    watchTraffic: async () => {},
    applyDns: async () => {},
    addressesAre: async () => {},
    lookAround: () => {},
  };
}

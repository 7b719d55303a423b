// What a link should look like, as a value, and the check that keeps absurd values away from `ip`.
// Reading, planning and applying are beside it.
import { bitsOf, type Family, familyOf, isHostAddress, isLinkLocal, type Prefix } from '../../ip/address.ts';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { OLDEST_IPROUTE2 } from '../../ip/ip-json.ts';
import { LEAST_MTU, MOST_MTU } from '../../ip/mtu.ts';

/**
 * How the interface should be. Built from a bearer's Ip4Config and Ip6Config by whoever knows
 * bearers.
 */
export interface WantedLink {
  readonly interface: string;
  /** Bytes; undefined leaves the interface's own. */
  readonly mtu?: number | undefined;
  /** IPv4 and IPv6 mixed; the first of each family is the source of what this host sends. */
  readonly addresses: readonly Prefix[];
  /** Undefined, unspecified or the link's own address: the routes go to the device itself. */
  readonly gateway4?: string | undefined;
  readonly gateway6?: string | undefined;
  /**
   * Whether the main table gets a default route. Our own table always has one, so that bound
   * sockets and probes work without.
   */
  readonly defaultRoute: boolean;
  readonly metric: number;
  /**
   * Default routes of others, at most one a family, that ours is put before. What is bound to their
   * own address goes on by them.
   */
  readonly takenOver?: readonly TakenOverWay[] | undefined;
  /**
   * IPv6 from router advertisements: addresses that the kernel makes of them get routes and a rule
   * too. `linkLocal` is the one link-local address that the interface may have, since the network
   * knows the modem by its interface identifier; undefined leaves that to the kernel.
   */
  readonly slaac?: { readonly linkLocal?: string | undefined } | undefined;
}

/** Somebody else's default route. */
export interface TakenOverWay {
  readonly family: Family;
  readonly interface: string;
  readonly metric: number;
  readonly gateway?: string | undefined;
  /** The address of this host that the kernel would send from. */
  readonly source?: string | undefined;
}

/** What a person can do about each reason of a LinkError. */
const REMEDIES = {
  invalid: 'see mmcli -b any: the modem or the carrier gave it',
  'no-interface': 'see ip link: was it renamed, or moved into another network namespace?',
  refused: 'see what `ip` says: ip link; ip address; ip route; ip rule',
  'ip-failed': `see ip -V: iproute2 ${OLDEST_IPROUTE2} or later is needed`,
} as const;

/** The link could not be brought to what is wanted. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  constructor(
    /**
     * `invalid`: what is wanted makes no sense (the network's or the modem's fault);
     * `no-interface`: it is not there; the rest is this host's fault: `refused` by the kernel, or
     * `ip-failed` to do its work.
     */
    readonly reason: keyof typeof REMEDIES,
    /** The interface, the value or the `ip` line that it is about. */
    readonly what: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get remedy(): string {
    return REMEDIES[this.reason];
  }
}

/**
 * Refuses what must not reach `ip`: everything here came from a modem.
 * @throws LinkError `invalid`, naming the value.
 */
export function validateWanted(wanted: WantedLink): void {
  if (!isInterfaceName(wanted.interface)) refuse(wanted.interface, 'is not the name of a network interface');
  for (const { address, prefixLength } of wanted.addresses) {
    const family = familyOf(address);
    if (!isHostAddress(address) || isLinkLocal(address)) refuse(address, 'is not an address that this host can have');
    if (!Number.isInteger(prefixLength) || prefixLength < 1 || prefixLength > bitsOf(family ?? 4)) {
      refuse(`${address}/${prefixLength}`, 'has no such prefix length');
    }
  }
  const linkLocal = wanted.slaac?.linkLocal;
  if (linkLocal !== undefined && !isLinkLocal(linkLocal)) refuse(linkLocal, 'is not an IPv6 link-local address');
  if (wanted.gateway4 !== undefined && familyOf(wanted.gateway4) !== 4)
    refuse(wanted.gateway4, 'is not an IPv4 gateway');
  if (wanted.gateway6 !== undefined && familyOf(wanted.gateway6) !== 6)
    refuse(wanted.gateway6, 'is not an IPv6 gateway');
  const { mtu, metric } = wanted;
  if (mtu !== undefined && !(Number.isInteger(mtu) && mtu >= LEAST_MTU[4] && mtu <= MOST_MTU))
    refuse(String(mtu), 'is not an MTU');
  if (!(Number.isInteger(metric) && metric > 0 && metric < 2 ** 32)) refuse(String(metric), 'is not a route metric');
}

function refuse(what: string, why: string): never {
  // JSON.stringify keeps control characters from a modem out of the journal.
  throw new LinkError('invalid', what, `${JSON.stringify(what)} ${why}; nothing of this link was applied`);
}

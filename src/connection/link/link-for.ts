// From a bearer to the link that it asks for. Pure: what the kernel holds is network/'s business.
import { isLinkLocal } from '../../ip/address.ts';
import { APPLIED_MTU } from '../../ip/mtu.ts';
import type { Bearer, IpConfig } from '../../modem/objects.ts';
import type { WantedLink } from '../../network/link/wanted-link.ts';
import type { Memory } from '../../state/memory.ts';
import type { AcquiredAddresses, Connection, Link, Reach } from '../connection.ts';
import type { Policy, Step } from '../policy.ts';

/**
 * Added to the metric of a link that is dead or does not get through, so that any other uplink
 * wins; NetworkManager's number.
 */
const DEAD_LINK_PENALTY = 20_000;

/** Said of a bearer that ModemManager calls connected and that there is no link for. */
export const NO_ADDRESS = 'the connected bearer has no address';

/** What a link is made from, beside its bearer. */
type LinkSources = Pick<Connection, 'link' | 'outage' | 'reach' | 'uplinks'> & {
  readonly memory: Pick<Memory, 'pathMtu'>;
};

/**
 * The link that `bearer` asks for now: the only way to one, so that nothing which bears on it is
 * forgotten. Undefined where the bearer names no interface or no address: then there is nothing to
 * configure. A link that comes after a dead one has to prove itself before it is preferred again.
 * @param apn By default that of the link at hand, or the one that the bearer names.
 */
export function linkFor(
  { link, outage, reach, memory, uplinks }: LinkSources,
  bearer: Bearer,
  { policy }: Pick<Step, 'policy'>,
  apn = link?.bearer.path === bearer.path ? link.apn : (bearer.properties.apn ?? ''),
): Link | undefined {
  if (bearer.interface === undefined) return undefined;
  const addresses = [bearer.ip4Config, bearer.ip6Config].flatMap(addressOf);
  const isDhcp = bearer.ip4Config.method === 'dhcp';
  const slaac = slaacOf(bearer.ip6Config);
  if (addresses.length === 0 && !isDhcp && slaac === undefined) return undefined;
  const { mtu, settled } = mtuOf(bearer, apn, policy, memory);
  const isLast = outage?.dead === true || isKeptOut(reach, apn);
  const gateway4 = gatewayOf(bearer.ip4Config);
  const gateway6 = gatewayOf(bearer.ip6Config);
  const wanted: WantedLink = {
    interface: bearer.interface,
    addresses,
    defaultRoute: policy.defaultRoute,
    metric: policy.metric + (isLast ? DEAD_LINK_PENALTY : 0),
    ...(policy.takeOver && takenOver(uplinks)),
    ...(mtu !== undefined && { mtu }),
    ...(gateway4 !== undefined && { gateway4 }),
    ...(gateway6 !== undefined && { gateway6 }),
    ...(slaac !== undefined && { slaac }),
  };
  const dhcp = isDhcp && { dns: policy.dns === 'auto', mtu: mtu === undefined && policy.mtu === 'auto' };
  const settledMtu = settled && { mtuSettled: true as const };
  const carrierDns = [...bearer.ip4Config.dns, ...bearer.ip6Config.dns];
  const dns = policy.dns === 'off' ? [] : policy.dns === 'auto' ? carrierDns : policy.dns;
  return { wanted, dns, carrierDns, bearer, apn, ...(dhcp && { dhcp }), ...settledMtu };
}

/** The ways that the link goes before; nothing where there are none. */
function takenOver(uplinks: Connection['uplinks']): Pick<WantedLink, 'takenOver'> {
  const ways = [uplinks[4], uplinks[6]].flatMap(({ taken }) => taken?.from ?? []);
  return ways.length === 0 ? {} : { takenOver: ways };
}

/** Whether traffic over `apn` was last seen not to get through where it should. */
export function isKeptOut(reach: Reach | undefined, apn: string): boolean {
  return reach?.verdict === 'not-through' && reach.isFault && reach.apn === apn;
}

/**
 * How the host gets its IPv6 address when the modem did not: ModemManager says dhcp then, and gives
 * the link-local address that the network wants to be asked from (mm-bearer-mbim.c). Up to 1.20 it
 * also says so where merely the gateway or the name servers are missing.
 */
function slaacOf({ method, address }: IpConfig): WantedLink['slaac'] {
  if (method !== 'dhcp') return undefined;
  return address !== undefined && isLinkLocal(address) ? { linkLocal: address } : {};
}

function addressOf({ method, address, prefix }: IpConfig): { address: string; prefixLength: number }[] {
  if (address === undefined || isLinkLocal(address) || (method !== 'static' && method !== 'dhcp')) return [];
  // A bearer without a prefix is a point-to-point link: this host, and nobody else on it.
  return [{ address, prefixLength: prefix ?? (address.includes(':') ? 128 : 32) }];
}

function gatewayOf(config: IpConfig): string | undefined {
  return config.method === 'static' || config.method === 'dhcp' ? config.gateway : undefined;
}

/**
 * A person's word, else the bearer's, lowered to what the path carries; undefined: the interface's.
 */
function mtuOf(
  bearer: Bearer,
  apn: string,
  policy: Policy,
  { pathMtu }: Pick<Memory, 'pathMtu'>,
): { mtu: number | undefined; settled: boolean } {
  const clamp = (mtu: number) => clampMtu(mtu, bearer);
  if (policy.mtu !== 'auto') return { mtu: clamp(policy.mtu), settled: true };
  const reported = bearer.ip4Config.mtu ?? bearer.ip6Config.mtu;
  const asked = reported === undefined ? undefined : clamp(reported);
  if (pathMtu === undefined || pathMtu.apn !== apn) return { mtu: asked, settled: false };
  // Measured for another MTU, it says nothing of this one. A bearer that names none was measured
  // at the interface's own.
  if (asked !== undefined && asked !== pathMtu.asked) return { mtu: asked, settled: false };
  return { mtu: pathMtu.mtu < pathMtu.asked ? clamp(pathMtu.mtu) : asked, settled: true };
}

function clampMtu(mtu: number, { ip6Config }: Bearer): number {
  const hasIpv6 = ip6Config.method !== 'unknown' || ip6Config.address !== undefined;
  return Math.min(Math.max(mtu, APPLIED_MTU.least[hasIpv6 ? 6 : 4]), APPLIED_MTU.most);
}

/** The connection with the link of its bearer as it should be now; unchanged where that is so. */
export function withFreshLink<C extends LinkSources>(connection: C, step: Pick<Step, 'policy'>): C {
  const { link } = connection;
  const next = link && linkFor(connection, link.bearer, step);
  return next === undefined || sameLink(next, link) ? connection : { ...connection, link: next };
}

/** Whether two links ask the kernel and the resolver for the same things. */
export function sameLink(one: Link | undefined, other: Link | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const essence = ({ wanted, dns, dhcp }: Link) => JSON.stringify([wanted, dns, dhcp]);
  return essence(one) === essence(other);
}

/** `link` with the addresses that were acquired for it, as if its bearer had named them. */
export function withAcquiredAddresses(link: Link, { lease, address6 }: Omit<AcquiredAddresses, 'bearer'>): Link {
  const { wanted, bearer, dhcp } = link;
  const addresses = [...wanted.addresses, ...(address6 === undefined ? [] : [address6])];
  if (lease === undefined) return { ...link, wanted: { ...wanted, addresses } };
  const carrierDns = [...(lease.dns.length > 0 ? lease.dns : bearer.ip4Config.dns), ...bearer.ip6Config.dns];
  const mtu = dhcp?.mtu === true && lease.mtu !== undefined ? clampMtu(lease.mtu, bearer) : wanted.mtu;
  return {
    ...link,
    wanted: {
      ...wanted,
      addresses: [{ address: lease.address, prefixLength: lease.prefixLength }, ...addresses],
      ...(mtu !== undefined && { mtu }),
      ...(lease.gateway !== undefined && { gateway4: lease.gateway }),
    },
    dns: dhcp?.dns === true ? carrierDns : link.dns,
    carrierDns,
  };
}

/** The link as it is in use: with the addresses that were acquired for it. */
export function linkInUse({ link, acquired }: Pick<Connection, 'link' | 'acquired'>): Link | undefined {
  return link !== undefined && acquired?.bearer === link.bearer.path ? withAcquiredAddresses(link, acquired) : link;
}

// From a bearer to the link that it asks for. Pure: what the kernel holds is network/'s business.
import { isLinkLocal } from '../../ip/address.ts';
import { APPLIED_MTU } from '../../ip/mtu.ts';
import type { Bearer, IpConfig } from '../../modem/objects.ts';
import type { WantedLink } from '../../network/link/wanted-link.ts';
import type { Memory } from '../../state/memory.ts';
import type { Connection, Learned, Link, Outage } from '../connection.ts';
import type { Policy } from '../policy.ts';

/** Added to the metric of a link that is found dead, so that any other uplink wins; NetworkManager's number (nm-device.c). */
export const DEAD_LINK_PENALTY = 20_000;

/**
 * The link that `bearer` asks for, or undefined where it names no interface or no address (then there is nothing to configure). `memory`: what is
 * known of the path's MTU.
 */
export function linkOf(bearer: Bearer, apn: string, policy: Policy, memory: Pick<Memory, 'pathMtu'>): Link | undefined {
  if (bearer.interface === undefined) return undefined;
  const addresses = [bearer.ip4Config, bearer.ip6Config].flatMap(addressOf);
  const isDhcp = bearer.ip4Config.method === 'dhcp';
  const slaac = slaacOf(bearer.ip6Config);
  if (addresses.length === 0 && !isDhcp && slaac === undefined) return undefined;
  const { mtu, settled } = mtuOf(bearer, apn, policy, memory);
  const gateway4 = gatewayOf(bearer.ip4Config);
  const gateway6 = gatewayOf(bearer.ip6Config);
  const wanted: WantedLink = {
    interface: bearer.interface,
    addresses,
    defaultRoute: policy.defaultRoute,
    metric: policy.metric,
    ...(mtu !== undefined && { mtu }),
    ...(gateway4 !== undefined && { gateway4 }),
    ...(gateway6 !== undefined && { gateway6 }),
    ...(slaac !== undefined && { slaac }),
  };
  const dhcp = isDhcp && { dns: policy.dns === 'auto', mtu: mtu === undefined && policy.mtu === 'auto' };
  const settledMtu = settled && { mtuSettled: true as const };
  return { wanted, dns: nameServersOf(bearer, policy), bearer, apn, ...(dhcp && { dhcp }), ...settledMtu };
}

/**
 * How the host gets its IPv6 address when the modem did not: ModemManager says dhcp then, and gives the link-local address that the network wants to be
 * asked from (mm-bearer-mbim.c). Before 1.16 it also says so where merely the gateway or the name servers are missing.
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

/** A person's word, else the bearer's, lowered to what its path was measured to carry; undefined is the interface's own. */
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
  // Measured for another MTU, it says nothing of this one. A bearer that names none was measured at the interface's own.
  if (asked !== undefined && asked !== pathMtu.asked) return { mtu: asked, settled: false };
  return { mtu: pathMtu.mtu < pathMtu.asked ? clamp(pathMtu.mtu) : asked, settled: true };
}

function clampMtu(mtu: number, { ip6Config }: Bearer): number {
  const hasIpv6 = ip6Config.method !== 'unknown' || ip6Config.address !== undefined;
  return Math.min(Math.max(mtu, APPLIED_MTU.least[hasIpv6 ? 6 : 4]), APPLIED_MTU.most);
}

function nameServersOf(bearer: Bearer, policy: Policy): readonly string[] {
  if (policy.dns === 'off') return [];
  return policy.dns === 'auto' ? [...bearer.ip4Config.dns, ...bearer.ip6Config.dns] : policy.dns;
}

/** The same link with a metric that loses against every other uplink. */
export function penalised(link: Link, policy: Policy): Link {
  return { ...link, wanted: { ...link.wanted, metric: policy.metric + DEAD_LINK_PENALTY } };
}

/** The link of a bearer that connected during `outage`: one that comes after a dead one has to prove itself before it is preferred again. */
export function cautious(link: Link, outage: Outage | undefined, policy: Policy): Link {
  return outage?.dead === true ? penalised(link, policy) : link;
}

/** The link of the same bearer under a changed policy or with other memories; the same object where nothing changes. */
export function relinked(link: Link, policy: Policy, memory: Pick<Memory, 'pathMtu'>): Link {
  const next = linkOf(link.bearer, link.apn, policy, memory);
  return next === undefined || sameLink(next, link) ? link : next;
}

/** Whether two links ask the kernel and the resolver for the same things. */
export function sameLink(one: Link | undefined, other: Link | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const essence = ({ wanted, dns, dhcp }: Link) => JSON.stringify([wanted, dns, dhcp]);
  return essence(one) === essence(other);
}

/** `link` with what was learned for it, as if its bearer had said so. */
export function learnedLink(link: Link, { lease, address6 }: Omit<Learned, 'bearer'>): Link {
  const { wanted, bearer, dhcp } = link;
  const addresses = [...wanted.addresses, ...(address6 === undefined ? [] : [address6])];
  if (lease === undefined) return { ...link, wanted: { ...wanted, addresses } };
  const dns = lease.dns.length > 0 ? lease.dns : bearer.ip4Config.dns;
  const mtu = dhcp?.mtu === true && lease.mtu !== undefined ? clampMtu(lease.mtu, bearer) : wanted.mtu;
  return {
    ...link,
    wanted: {
      ...wanted,
      addresses: [{ address: lease.address, prefixLength: lease.prefixLength }, ...addresses],
      ...(mtu !== undefined && { mtu }),
      ...(lease.gateway !== undefined && { gateway4: lease.gateway }),
    },
    dns: dhcp?.dns === true ? [...dns, ...bearer.ip6Config.dns] : link.dns,
    bearer: { ...bearer, ip4Config: { ...bearer.ip4Config, dns } },
  };
}

/** The link as it is in use: with what was learned for it. */
export function linkInUse({ link, learned }: Pick<Connection, 'link' | 'learned'>): Link | undefined {
  return link !== undefined && learned?.bearer === link.bearer.path ? learnedLink(link, learned) : link;
}

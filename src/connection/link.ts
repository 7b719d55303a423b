// From a bearer to the link that it asks for. Pure: what the kernel holds is network/'s business.
import type { Bearer, IpConfig } from '../modem/objects.ts';
import type { WantedLink } from '../network/link.ts';
import type { Link } from './connection.ts';
import type { Policy } from './policy.ts';

/** Added to the metric of a link that is found dead, so that any other uplink wins; NetworkManager's number (nm-device.c). */
export const DEAD_LINK_PENALTY = 20_000;

/** IPv4 hosts must accept 576 bytes (RFC 791), and IPv6 links carry 1280 (RFC 8200); beyond 9000 no modem is honest. */
const MTU_FLOOR_IPV4 = 576;
const MTU_FLOOR_IPV6 = 1280;
const MTU_CEILING = 9000;

/** The link that `bearer` asks for, or undefined where it names no interface or no address (then there is nothing to configure). */
export function linkOf(bearer: Bearer, apn: string, policy: Policy): Link | undefined {
  if (bearer.interface === undefined) return undefined;
  const configs = [bearer.ip4Config, bearer.ip6Config].filter((config) => config.method === 'static');
  const addresses = configs.flatMap(addressOf);
  if (addresses.length === 0) return undefined;
  const mtu = mtuOf(bearer, policy);
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
  };
  return { wanted, dns: nameServersOf(bearer, policy), bearer, apn };
}

function addressOf({ address, prefix }: IpConfig): { address: string; prefixLength: number }[] {
  if (address === undefined) return [];
  // A bearer without a prefix is a point-to-point link: this host, and nobody else on it.
  return [{ address, prefixLength: prefix ?? (address.includes(':') ? 128 : 32) }];
}

function gatewayOf(config: IpConfig): string | undefined {
  return config.method === 'static' ? config.gateway : undefined;
}

function mtuOf(bearer: Bearer, policy: Policy): number | undefined {
  const asked = policy.mtu === 'auto' ? (bearer.ip4Config.mtu ?? bearer.ip6Config.mtu) : policy.mtu;
  if (asked === undefined) return undefined;
  const floor = bearer.ip6Config.address === undefined ? MTU_FLOOR_IPV4 : MTU_FLOOR_IPV6;
  return Math.min(Math.max(asked, floor), MTU_CEILING);
}

function nameServersOf(bearer: Bearer, policy: Policy): readonly string[] {
  if (policy.dns === 'off') return [];
  return policy.dns === 'auto' ? [...bearer.ip4Config.dns, ...bearer.ip6Config.dns] : policy.dns;
}

/** The same link with a metric that loses against every other uplink. */
export function penalised(link: Link, policy: Policy): Link {
  return { ...link, wanted: { ...link.wanted, metric: policy.metric + DEAD_LINK_PENALTY } };
}

/** Whether two links ask the kernel and the resolver for the same things. */
export function sameLink(one: Link | undefined, other: Link | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return JSON.stringify([one.wanted, one.dns]) === JSON.stringify([other.wanted, other.dns]);
}

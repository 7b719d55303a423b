// From a wanted link to the addresses, routes and rules that make it work, in the terms in which
// the kernel holds them. Pure.
import {
  bitsOf,
  canonical,
  contains,
  type Family,
  familyOf,
  isBroadcast,
  isHostAddress,
  isLinkLocal,
  networkOf,
  type Prefix,
} from '../../ip/address.ts';
import type { KernelAddress, KernelLink, KernelState } from './kernel-state.ts';
import { OUR_RULE_PRIORITY, OUR_TABLE, TAKEN_OVER_PRIORITY, TAKEN_OVER_TABLE } from './marks.ts';
import type { TakenOverWay, WantedLink } from './wanted-link.ts';

export interface WantedRoute {
  readonly family: Family;
  readonly table: string;
  readonly destination: string;
  /** Undefined: the wanted link's own. */
  readonly device?: string | undefined;
  readonly gateway: string | undefined;
  /** Undefined only on somebody else's interface, whose address is not ours. */
  readonly source: string | undefined;
  readonly metric: number;
  readonly onlink: boolean;
}

export interface WantedRule {
  readonly family: Family;
  readonly from: string;
  readonly table: string;
  readonly priority: number;
  /** Routes of the table with a prefix of at most this length are passed over. */
  readonly suppress?: number | undefined;
}

/**
 * The link-local address that the wanted link must have, and as its only one. Routes and rules are
 * not for it.
 */
export function wantedLinkLocal(wanted: WantedLink): Prefix | undefined {
  const address = wanted.slaac?.linkLocal;
  return address === undefined ? undefined : { address: canonical(address), prefixLength: 64 };
}

/**
 * The addresses that the wanted link gets from us, in the kernel's spelling, with the networks that
 * they lie in.
 */
export function wantedAddresses(wanted: WantedLink): readonly Prefix[] {
  return wanted.addresses.map(({ address, prefixLength }) => ({ address: canonical(address), prefixLength }));
}

/**
 * The addresses that routes and rules are for: the wanted ones and, with SLAAC, those that the
 * kernel made from router advertisements.
 */
export function sourceAddresses(wanted: WantedLink, link: KernelLink): readonly Prefix[] {
  const own = wantedAddresses(wanted);
  if (!wanted.slaac) return own;
  // One address a network: with another identifier it would only be a second source for the same
  // routes.
  const made = link.addresses.filter((a) => isMadeByKernel(a) && !own.some((o) => contains(o, a.address)));
  return [...own, ...made];
}

/** A global IPv6 address that the kernel made from a router advertisement: it has a lifetime. */
export function isMadeByKernel(address: Pick<KernelAddress, 'family' | 'scope' | 'dynamic'>): boolean {
  return address.family === 6 && address.scope !== 'link' && address.dynamic;
}

/**
 * The interface besides the wanted one that has this address: there it belongs to somebody else.
 */
export function otherOwner(address: string, wanted: WantedLink, { links }: KernelState): string | undefined {
  const others = links.filter((link) => link.interface !== wanted.interface);
  return others.find((link) => link.addresses.some((held) => held.address === address))?.interface;
}

/**
 * The routes of a link with these source addresses: the network that each lies in, in the main
 * table, then for each family a default route, in the main table (if wanted) and in ours (if the
 * kernel has tables). Every route carries its source address: the kernel then chooses it.
 */
export function wantedRoutes(
  wanted: WantedLink,
  sources: readonly Prefix[],
  link: KernelLink,
  state: KernelState,
): readonly WantedRoute[] {
  const networks = sources.flatMap((prefix) => networkRoute(wanted, prefix));
  const first = (route: WantedRoute, index: number) =>
    networks.findIndex(({ destination }) => destination === route.destination) === index;
  const defaults = ([4, 6] as const).flatMap((family) => {
    const [source] = sources.filter(({ address }) => familyOf(address) === family);
    if (source === undefined) return [];
    const gateway = usableGateway(family, wanted, link, state);
    const onlink = gateway !== undefined && !isLinkLocal(gateway);
    const route = { family, destination: 'default', gateway, source: source.address, metric: wanted.metric, onlink };
    return [
      ...(wanted.defaultRoute ? inMain(wanted, route) : []),
      ...(state.policyRouting.includes(family) ? [{ ...route, table: String(OUR_TABLE) }] : []),
    ];
  });
  return [...networks.filter(first), ...defaults, ...waysTakenOver(wanted, state).map(routeOfWay)];
}

/** The two halves of a family's addresses: longer prefixes than a default route's, in its stead. */
const HALVES: Readonly<Record<Family, readonly string[]>> = {
  4: ['0.0.0.0/1', '128.0.0.0/1'],
  6: ['::/1', '8000::/1'],
};

/**
 * The default route in the main table: before that of a way that is taken over from, by a metric
 * one below its, so that what a VPN puts before that stays before ours. No metric is below 1 (to
 * IPv6 0 means 1024): there two halves go before it.
 */
function inMain({ takenOver }: WantedLink, route: Omit<WantedRoute, 'table'>): WantedRoute[] {
  const way = takenOver?.find(({ family }) => family === route.family);
  const main = { ...route, table: 'main' };
  if (way === undefined) return [main];
  if (!needsHalves(way)) return [{ ...main, metric: Math.min(route.metric, way.metric - 1) }];
  return [main, ...HALVES[route.family].map((destination) => ({ ...main, destination }))];
}

const needsHalves = ({ metric }: TakenOverWay): boolean => metric <= 1;

/**
 * The ways that are taken over from, where the kernel can keep what is bound to them on them: not
 * while their cable is out.
 */
function waysTakenOver({ takenOver = [] }: WantedLink, { links, policyRouting }: KernelState): readonly TakenOverWay[] {
  return takenOver.filter(({ family, interface: name, source }) => {
    const link = links.find((one) => one.interface === name);
    const isThere = link?.up === true && link.addresses.some(({ address }) => address === source);
    return isThere && policyRouting.includes(family);
  });
}

function routeOfWay({ family, interface: device, gateway, metric }: TakenOverWay): WantedRoute {
  const onlink = gateway !== undefined && !isLinkLocal(gateway);
  const table = String(TAKEN_OVER_TABLE);
  // To IPv6 a metric of 0 is 1024.
  return { family, table, destination: 'default', device, gateway, source: undefined, metric: metric || 1, onlink };
}

/** All but default routes are looked up as before; the default route is that of the way itself. */
function rulesOfWay(way: TakenOverWay): WantedRule[] {
  const { family, source = '' } = way;
  const { specific, default: priority } = TAKEN_OVER_PRIORITY;
  return [
    { family, from: source, table: 'main', priority: specific, suppress: needsHalves(way) ? 1 : 0 },
    { family, from: source, table: String(TAKEN_OVER_TABLE), priority },
  ];
}

/**
 * Wider networks than any carrier's: routes to them would draw other links' traffic here, in front
 * of default routes.
 */
const WIDEST_NETWORK: Readonly<Record<Family, number>> = { 4: 8, 6: 48 };

// The kernel would add this route itself for a prefix, but with metric 0, and a carrier's
// 172.17.0.0/16 must not take Docker's or Ethernet's own network away.
function networkRoute({ metric }: WantedLink, prefix: Prefix): WantedRoute[] {
  const family = familyOf(prefix.address) ?? 4;
  if (prefix.prefixLength === bitsOf(family) || prefix.prefixLength < WIDEST_NETWORK[family]) return [];
  const destination = `${networkOf(prefix)}/${prefix.prefixLength}`;
  return [{ family, table: 'main', destination, gateway: undefined, source: prefix.address, metric, onlink: false }];
}

/**
 * The gateway where one is needed and the kernel would take it. A raw-IP interface has one peer, so
 * that a route to the device does the same. Modems also report none, 0.0.0.0, the link's own
 * address (Sierra, /32), a network's broadcast address, or an address of another network that this
 * host is in (172.17.0.1, docker0's): the kernel takes neither of these.
 */
function usableGateway(
  family: Family,
  wanted: WantedLink,
  link: KernelLink,
  { links }: KernelState,
): string | undefined {
  const reported = family === 4 ? wanted.gateway4 : wanted.gateway6;
  if (reported === undefined || !link.hasNeighbours) return undefined;
  const gateway = canonical(reported);
  if (!isHostAddress(gateway)) return undefined;
  const held = [...wantedAddresses(wanted), ...links.flatMap(({ addresses }) => addresses)];
  return held.some((prefix) => prefix.address === gateway || isBroadcast(prefix, gateway)) ? undefined : gateway;
}

/**
 * One rule for each source address, so that what is sent from it leaves by this link. None for an
 * address that another interface has too: the rule would take that one's traffic away. And those of
 * the ways that are taken over from.
 */
export function wantedRules(wanted: WantedLink, sources: readonly Prefix[], state: KernelState): readonly WantedRule[] {
  const table = String(OUR_TABLE);
  const own = sources
    .map(({ address }) => ({ family: familyOf(address) ?? 4, from: address, table, priority: OUR_RULE_PRIORITY }))
    .filter(
      ({ family, from }) => state.policyRouting.includes(family) && otherOwner(from, wanted, state) === undefined,
    );
  return [...own, ...waysTakenOver(wanted, state).flatMap(rulesOfWay)];
}

// From a wanted link to the routes and rules that make it work, in the terms in which the kernel holds them. Pure.
import {
  bitsOf,
  canonical,
  contains,
  type Family,
  familyOf,
  isBroadcast,
  isLinkLocal,
  networkOf,
  type Prefix,
} from '../../ip/address.ts';
import type { HeldLink } from './kernel-state.ts';
import { OUR_TABLE } from './marks.ts';
import type { WantedLink } from './wanted-link.ts';

export interface WantedRoute {
  readonly family: Family;
  readonly table: string;
  readonly destination: string;
  readonly gateway: string | undefined;
  readonly source: string;
  readonly metric: number;
  readonly onlink: boolean;
}

export interface WantedRule {
  readonly family: Family;
  readonly from: string;
}

/** The addresses that the wanted link gets from us, in the kernel's spelling. */
export function wantedAddresses(wanted: WantedLink): readonly Prefix[] {
  return wanted.addresses.map(({ address, prefixLength }) => ({ address: canonical(address), prefixLength }));
}

/** The link-local address that the wanted link must have, and as its only one. Routes and rules are not for it. */
export function wantedLinkLocal(wanted: WantedLink): Prefix | undefined {
  const address = wanted.slaac?.linkLocal;
  return address === undefined ? undefined : { address: canonical(address), prefixLength: 64 };
}

/** The addresses that routes and rules are for: the wanted ones and, with SLAAC, those that the kernel made from router advertisements. */
export function sourceAddresses(wanted: WantedLink, link: HeldLink): readonly Prefix[] {
  const own = wantedAddresses(wanted);
  if (!wanted.slaac) return own;
  // One address a network: with another identifier it would only be a second source for the same routes.
  const made = link.addresses.filter((a) => isMadeByKernel(a) && !own.some((o) => contains(o, a.address)));
  return [...own, ...made];
}

/** An address that the kernel keeps by itself: IPv6 link-local, or from a router advertisement (with a lifetime). */
export function isMadeByKernel(address: {
  readonly family: Family;
  readonly scope: string;
  readonly dynamic: boolean;
}): boolean {
  return address.family === 6 && address.scope !== 'link' && address.dynamic;
}

/**
 * The routes of a link with these source addresses, in the order in which the kernel takes them (a gateway needs the route to its network first):
 * for each address the network it lies in, then for each family a default route, in the main table (if wanted) and in ours.
 * Every route carries its source address: the kernel then chooses it, and removes the route together with the address.
 */
export function wantedRoutes(wanted: WantedLink, sources: readonly Prefix[]): readonly WantedRoute[] {
  const tables = ['main', String(OUR_TABLE)];
  const networks = sources.flatMap((prefix) => tables.flatMap((table) => networkRoute(wanted, prefix, table)));
  const defaults = ([4, 6] as const).flatMap((family) => {
    const own = sources.filter(({ address }) => familyOf(address) === family);
    return tables
      .filter((table) => table !== 'main' || wanted.defaultRoute)
      .flatMap((table) => defaultRoute(wanted, family, own, table));
  });
  return [...networks, ...defaults];
}

// The kernel would add this route itself, but with metric 0, and a carrier's 172.17.0.0/16 must not take Docker's or Ethernet's own network away.
function networkRoute(wanted: WantedLink, prefix: Prefix, table: string): WantedRoute[] {
  const family = familyOf(prefix.address) ?? 4;
  if (prefix.prefixLength === bitsOf(family)) return [];
  const destination = `${networkOf(prefix)}/${prefix.prefixLength}`;
  return [
    { family, table, destination, gateway: undefined, source: prefix.address, metric: wanted.metric, onlink: false },
  ];
}

function defaultRoute(wanted: WantedLink, family: Family, own: readonly Prefix[], table: string): WantedRoute[] {
  const source = own[0]?.address;
  if (source === undefined) return [];
  const gateway = usableGateway(family === 4 ? wanted.gateway4 : wanted.gateway6, own);
  const onlink = gateway !== undefined && !isLinkLocal(gateway) && !own.some((prefix) => contains(prefix, gateway));
  return [{ family, table, destination: 'default', gateway, source, metric: wanted.metric, onlink }];
}

/**
 * The gateway if the kernel would take it. Modems also report none, 0.0.0.0, the link's own address (Sierra, /32) or a network's broadcast address; a cellular
 * interface has one peer, so that a route to the device itself does the same.
 */
function usableGateway(gateway: string | undefined, own: readonly Prefix[]): string | undefined {
  if (gateway === undefined) return undefined;
  const text = canonical(gateway);
  if (text === '0.0.0.0' || text === '::') return undefined;
  return own.some((prefix) => prefix.address === text || isBroadcast(prefix, text)) ? undefined : text;
}

/** One rule for each source address, so that what is sent from it leaves by this link. */
export function wantedRules(sources: readonly Prefix[]): readonly WantedRule[] {
  return sources.map(({ address }) => ({ family: familyOf(address) ?? 4, from: address }));
}

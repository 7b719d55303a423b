// From what is wanted and what the kernel holds to the `ip -batch` lines that lead from the one to
// the other. Pure; runs nothing.
//
// What is removed: our routes, rules and addresses that are not wanted, on whichever interface, and
// addresses on the wanted interface that somebody else put there. What stays: IPv6 addresses that
// are router-advertised or link-local (but for wrong ones where the network has named ours), and
// every route and rule that is not ours, also on the wanted interface.

import { bitsOf, familyOf } from '../../ip/address.ts';
import {
  addressAdd,
  addressDelete,
  addressesByHand,
  type Line,
  linkLocalAdd,
  linkMtu,
  linkUp,
  routeAppend,
  routeDelete,
  ruleAdd,
  ruleDelete,
} from './ip-lines.ts';
import type { KernelAddress, KernelLink, KernelRoute, KernelRule, KernelState } from './kernel-state.ts';
import { isOurTable, OUR_TABLE } from './marks.ts';
import type { WantedLink } from './wanted-link.ts';
import {
  isMadeByKernel,
  sourceAddresses,
  type WantedRoute,
  type WantedRule,
  wantedAddresses,
  wantedLinkLocal,
  wantedRoutes,
  wantedRules,
} from './wanted-routes.ts';

type AddressOn = KernelAddress & { readonly interface: string };

/**
 * The lines that make the kernel hold what is wanted; `undefined` means nothing of ours at all (the
 * link itself stays up: the XMM7160 must not lose it before the MBIM disconnect). Empty when all is
 * as wanted. `wanted` must be valid (validateWanted).
 */
export function plan(wanted: WantedLink | undefined, state: KernelState): readonly Line[] {
  const link = state.links.find((l) => l.interface === wanted?.interface);
  if (wanted === undefined || link === undefined) return removals(state.routes, ourAddresses(state), state.rules);
  const name = wanted.interface;
  const sources = sourceAddresses(wanted, link);
  const routes = wantedRoutes(wanted, sources, link, state);
  const rules = wantedRules(wanted, sources, state);
  const keptRoutes = state.routes.filter((held) => routes.some((w) => isSameRoute(name, w, held)));
  const keptRules = firstOfEach(state.rules.filter((held) => rules.some((w) => isSameRule(w, held))));
  const added = [
    ...missingAddresses(wanted, link),
    ...routes.filter((w) => !keptRoutes.some((held) => isSameRoute(name, w, held))).map((w) => routeAppend(name, w)),
    ...rules.filter((w) => !keptRules.some((held) => isSameRule(w, held))).map(ruleAdd),
  ];
  const elsewhere = ourAddresses(state).filter((held) => held.interface !== name);
  const removed = removals(
    state.routes.filter((held) => !keptRoutes.includes(held)),
    [...unwantedAddresses(wanted, link), ...elsewhere],
    state.rules.filter((held) => !keptRules.includes(held)),
  );
  // An interface that loses its last IPv4 address loses all its IPv4 routes, so that what is new
  // comes first there. In IPv6 an address that is there with another prefix length stands in the
  // way.
  return [
    ...linkLines(wanted, link),
    ...linkLocalLines(wanted, link),
    ...removed.filter(({ family }) => family === 6),
    ...added,
    ...removed.filter(({ family }) => family === 4),
  ];
}

/**
 * The addresses that are ours, since the kernel keeps no owner for them: the sources of our routes,
 * on the interfaces of these routes. A link that went down has lost its routes: then also what one
 * of our rules is for, as we add it and where no other interface has the same.
 */
export function ourAddresses({ links, routes, rules }: KernelState): readonly AddressOn[] {
  const all = links.flatMap((link) => link.addresses.map((held) => ({ ...held, interface: link.interface })));
  const isSource = (held: AddressOn) =>
    routes.some((route) => route.device === held.interface && route.source === held.address);
  const isOrphan = (held: AddressOn) =>
    isAsOurs(held) &&
    held.interface !== 'lo' &&
    rules.some((rule) => rule.from === held.address && isOurTable(rule.table)) &&
    all.filter((other) => other.address === held.address).length === 1;
  return all.filter((held) => !isMadeByKernel(held) && (isSource(held) || isOrphan(held)));
}

function linkLines(wanted: WantedLink, link: KernelLink): Line[] {
  const { interface: name, mtu } = wanted;
  return [
    // Before it is up, or the kernel makes a link-local address of its own and asks the router from
    // that.
    ...(wantedLinkLocal(wanted) !== undefined && !link.up ? [addressesByHand(name)] : []),
    ...(mtu !== undefined && mtu !== link.mtu ? [linkMtu(name, mtu)] : []),
    ...(link.up ? [] : [linkUp(name)]),
  ];
}

/**
 * The kernel asks for router advertisements when an interface gets its first link-local address:
 * the wrong ones go before ours comes.
 */
function linkLocalLines(wanted: WantedLink, link: KernelLink): Line[] {
  const ours = wantedLinkLocal(wanted);
  if (ours === undefined) return [];
  const held = link.addresses.filter((a) => a.family === 6 && a.scope === 'link');
  const wrong = held.filter((a) => a.address !== ours.address);
  return [
    ...(wrong.length > 0 ? [addressesByHand(wanted.interface)] : []),
    ...wrong.map((a) => addressDelete(wanted.interface, a)),
    ...(held.length > wrong.length ? [] : [linkLocalAdd(wanted.interface, ours.address)]),
  ];
}

function missingAddresses(wanted: WantedLink, link: KernelLink): Line[] {
  return wantedAddresses(wanted)
    .map(({ address }) => ({ address, family: familyOf(address) ?? 4 }))
    .filter(
      (w) => !link.addresses.some((held) => held.address === w.address && (isAsOurs(held) || isMadeByKernel(held))),
    )
    .map((w) => addressAdd(wanted.interface, w.address, w.family));
}

function unwantedAddresses(wanted: WantedLink, link: KernelLink): AddressOn[] {
  const addresses = wantedAddresses(wanted);
  return link.addresses
    .filter((held) => held.scope !== 'link' && !isMadeByKernel(held))
    .filter((held) => !(isAsOurs(held) && addresses.some((w) => w.address === held.address)))
    .map((held) => ({ ...held, interface: link.interface }));
}

function isAsOurs(held: KernelAddress): boolean {
  return held.prefixLength === bitsOf(held.family) && held.peer === undefined;
}

// Rules last: they alone keep what is sent from an address on the link while the rest goes.
function removals(
  routes: readonly KernelRoute[],
  addresses: readonly AddressOn[],
  rules: readonly KernelRule[],
): Line[] {
  // The default routes go before the networks that their gateways are in.
  const ordered = [...routes].sort((a, b) => Number(b.destination === 'default') - Number(a.destination === 'default'));
  return [
    ...ordered.map(routeDelete),
    ...addresses.map((a) => addressDelete(a.interface, a)),
    ...rules.map(ruleDelete),
  ];
}

function isSameRoute(device: string, w: WantedRoute, held: KernelRoute): boolean {
  return (
    held.device === (w.device ?? device) &&
    held.family === w.family &&
    (held.table === w.table || (w.table === String(OUR_TABLE) && isOurTable(held.table))) &&
    held.type === 'unicast' &&
    held.destination === w.destination &&
    held.gateway === w.gateway &&
    held.source === w.source &&
    held.metric === w.metric &&
    held.onlink === w.onlink
  );
}

function isSameRule(w: WantedRule, held: KernelRule): boolean {
  return ruleKey(w) === ruleKey(held);
}

function ruleKey({ family, from, table, priority, suppress }: WantedRule | KernelRule): string {
  return [family, from, table, priority, suppress].join(' ');
}

function firstOfEach(rules: readonly KernelRule[]): KernelRule[] {
  return rules.filter((rule, i) => rules.findIndex((other) => ruleKey(other) === ruleKey(rule)) === i);
}

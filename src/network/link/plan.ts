// From what is wanted and what the kernel holds to the `ip -batch` lines that lead from the one to the other. Pure; runs nothing.
//
// Adds come before deletes, since an interface left without an address loses all its routes. What is removed: our routes, rules and
// addresses that are not wanted, on whichever interface, and addresses on the wanted interface that somebody else put there. What stays:
// IPv6 link-local and router-advertised addresses, and every route and rule that is not ours, also on the wanted interface.

import { addressAdd, addressDelete, routeAdd, routeDelete, ruleAdd, ruleDelete } from './ip-lines.ts';
import type { Held, HeldAddress, HeldLink, HeldRoute, HeldRule } from './kernel-state.ts';
import { isOurProtocol, isOurTable, OUR_RULE_PRIORITY, OUR_TABLE } from './marks.ts';
import { collide, unwantedAddresses } from './subnet-collision.ts';
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

export interface Plan {
  /** For `ip -batch`, in order; those that begin with IPV6_LINE go, without it, to `ip -6 -batch` after the others. */
  readonly lines: readonly string[];
  /** False when the kernel may take more away with these lines than they say: read and plan once more after them. */
  readonly complete: boolean;
}

/**
 * The lines that make the kernel hold what is wanted; `undefined` means nothing of ours at all (the link itself stays up: the
 * XMM7160 must not lose it before the MBIM disconnect). `lines` is empty when all is as wanted. `wanted` must be valid (validateWanted).
 */
export function plan(wanted: WantedLink | undefined, held: Held): Plan {
  const link = held.links.find((l) => l.interface === wanted?.interface);
  if (wanted === undefined || link === undefined)
    return { lines: sweepLines(held, ourAddresses(held)), complete: true };
  const collision = collide(wanted, link, held);
  const deletes = collision.gone.map((a) => addressDelete(wanted.interface, a));
  if (!collision.certain) return { lines: [...linkLines(wanted, link), ...deletes], complete: false };
  const rest = settle(wanted, link, collision.left);
  return { lines: [...linkLines(wanted, link), ...deletes, ...rest], complete: true };
}

/** The addresses that are ours: those that a rule or a route of ours names. The kernel keeps no owner for an address itself. */
export function ourAddresses(held: Held): readonly (HeldAddress & { readonly interface: string })[] {
  const routes = held.routes.filter(isOurs);
  const rules = held.rules.filter(isOurRule);
  return held.links.flatMap((link) =>
    link.addresses
      .filter((a) => !isMadeByKernel(a))
      .filter(
        (a) =>
          rules.some((rule) => rule.from === a.address) ||
          routes.some((route) => route.device === link.interface && route.source === a.address),
      )
      .map((a) => ({ ...a, interface: link.interface })),
  );
}

export function isOurs(route: HeldRoute): boolean {
  return isOurProtocol(route.protocol) || isOurTable(route.table);
}

function isOurRule(rule: HeldRule): boolean {
  return isOurProtocol(rule.protocol) || isOurTable(rule.table);
}

function linkLines(wanted: WantedLink, link: HeldLink): string[] {
  return [
    // Before it is up, or the kernel makes a link-local address of its own and asks the router from that.
    ...(wantedLinkLocal(wanted) !== undefined && !link.up ? [`link set dev ${wanted.interface} addrgenmode none`] : []),
    ...(wanted.mtu !== undefined && wanted.mtu !== link.mtu
      ? [`link set dev ${wanted.interface} mtu ${wanted.mtu}`]
      : []),
    ...(link.up ? [] : [`link set dev ${wanted.interface} up`]),
  ];
}

function settle(wanted: WantedLink, before: HeldLink, held: Held): string[] {
  const link = held.links.find((l) => l.interface === wanted.interface) ?? before;
  const sources = sourceAddresses(wanted, link);
  const missing = wantedAddresses(wanted).filter(
    (w) => !link.addresses.some((a) => a.address === w.address && a.prefixLength === w.prefixLength),
  );
  const linkLocal = linkLocalLines(wanted, link);
  const routes = wantedRoutes(wanted, sources);
  const rules = wantedRules(sources);
  const ours = held.routes.filter(isOurs);
  const kept = ours.filter((h) => routes.some((w) => isSameRoute(wanted.interface, w, h)));
  const add = routes.filter((w) => !kept.some((h) => isSameRoute(wanted.interface, w, h)));
  const replaced = add.map((w) => replaceable(w, held));
  const keptRules = unique(held.rules.filter((h) => rules.some((w) => isSameRule(w, h))));
  const elsewhere = ourAddresses(held).filter((a) => a.interface !== wanted.interface);
  const gone = [...unwantedAddresses(wanted, link).map((a) => ({ ...a, interface: link.interface })), ...elsewhere];
  return [
    ...linkLocal,
    ...missing.map((w) => addressAdd(wanted.interface, w)),
    ...add.map((w, i) => routeAdd(wanted.interface, w, verbFor(w, held, replaced[i]))),
    ...rules.filter((w) => !keptRules.some((h) => isSameRule(w, h))).map(ruleAdd),
    ...removals(
      ours.filter((h) => !kept.includes(h) && !replaced.includes(h)),
      held.rules.filter((h) => isOurRule(h) && !keptRules.includes(h)),
      gone,
    ),
  ];
}

/** The kernel asks for router advertisements when an interface gets its first link-local address: the wrong ones go before ours comes. */
function linkLocalLines(wanted: WantedLink, link: HeldLink): string[] {
  const ours = wantedLinkLocal(wanted);
  if (ours === undefined) return [];
  const held = link.addresses.filter((a) => a.family === 6 && a.scope === 'link');
  const wrong = held.filter((a) => a.address !== ours.address);
  return [
    ...(wrong.length > 0 ? [`link set dev ${wanted.interface} addrgenmode none`] : []),
    ...wrong.map((a) => addressDelete(wanted.interface, a)),
    ...(held.length > wrong.length
      ? []
      : [`address add ${ours.address}/${ours.prefixLength} dev ${wanted.interface} scope link nodad`]),
  ];
}

function sweepLines(held: Held, addresses: readonly (HeldAddress & { readonly interface: string })[]): string[] {
  return removals(held.routes.filter(isOurs), held.rules.filter(isOurRule), addresses);
}

// Routes before addresses, because the kernel removes a route with its source address and deleting it then fails; rules last, because
// they alone still tell an address to be ours if we are interrupted here.
function removals(
  routes: readonly HeldRoute[],
  rules: readonly HeldRule[],
  addresses: readonly (HeldAddress & { readonly interface: string })[],
): string[] {
  // The default routes go before the networks that their gateways are in.
  const ordered = [...routes].sort((a, b) => Number(b.destination === 'default') - Number(a.destination === 'default'));
  return [
    ...ordered.map(routeDelete),
    ...[...addresses]
      .sort((a, b) => Number(b.secondary) - Number(a.secondary))
      .map((a) => addressDelete(a.interface, a)),
    ...rules.map(ruleDelete),
  ];
}

function isSameRoute(device: string, w: WantedRoute, h: HeldRoute): boolean {
  return (
    h.device === device &&
    isOurProtocol(h.protocol) &&
    isSameTable(w, h) &&
    h.type === 'unicast' &&
    h.destination === w.destination &&
    h.gateway === w.gateway &&
    h.source === w.source &&
    h.metric === w.metric &&
    h.onlink === w.onlink
  );
}

function isSameTable(w: WantedRoute, h: HeldRoute): boolean {
  return w.family === h.family && (w.table === h.table || (w.table === String(OUR_TABLE) && isOurTable(h.table)));
}

/** Held routes that the kernel takes for the same one as `w`: `add` would fail, and `replace` would overwrite the first of them. */
function rivals(w: WantedRoute, held: Held): HeldRoute[] {
  return held.routes.filter((h) => isSameTable(w, h) && h.destination === w.destination && h.metric === w.metric);
}

/** The stale route of ours that `w` may take the place of in one step: only when it is the only rival, or somebody else's route could be hit. */
function replaceable(w: WantedRoute, held: Held): HeldRoute | undefined {
  const [only, ...others] = rivals(w, held);
  return only !== undefined && others.length === 0 && isOurs(only) ? only : undefined;
}

function verbFor(w: WantedRoute, held: Held, replaced: HeldRoute | undefined): 'add' | 'replace' | 'append' {
  if (replaced !== undefined) return 'replace';
  return rivals(w, held).length === 0 ? 'add' : 'append';
}

function isSameRule(w: WantedRule, h: HeldRule): boolean {
  return w.family === h.family && h.from === w.from && h.priority === OUR_RULE_PRIORITY && isOurTable(h.table);
}

function unique(rules: readonly HeldRule[]): HeldRule[] {
  return rules.filter((rule, i) => rules.findIndex((r) => r.family === rule.family && r.from === rule.from) === i);
}

// How the planned changes are spelled for `ip -batch`. Decides nothing.
import type { Family, Prefix } from '../../ip/address.ts';
import type { HeldRoute, HeldRule } from './kernel-state.ts';
import { OUR_PROTOCOL, OUR_RULE_PRIORITY, OUR_TABLE } from './marks.ts';
import type { WantedRoute, WantedRule } from './wanted-routes.ts';

/** Marks a line that needs `ip -6`: inside a batch of both families, rules are taken for IPv4. */
export const IPV6_LINE = '-6 ';

// noprefixroute: the network's route is ours, with our metric (wantedRoutes says why). nodad: the network gave the address to this link alone, and
// a tentative address cannot be a route's source yet.
export function addressAdd(device: string, { address, prefixLength }: Prefix): string {
  const nodad = address.includes(':') ? ' nodad' : '';
  return `address add ${address}/${prefixLength} dev ${device} noprefixroute${nodad}`;
}

export function addressDelete(device: string, { address, prefixLength }: Prefix): string {
  return `address delete ${address}/${prefixLength} dev ${device}`;
}

export function routeAdd(device: string, w: WantedRoute, verb: 'add' | 'replace' | 'append'): string {
  const via = w.gateway === undefined ? '' : ` via ${w.gateway}`;
  const scope = w.family === 4 && w.gateway === undefined ? ' scope link' : '';
  const onlink = w.onlink ? ' onlink' : '';
  return `route ${verb} ${destination(w)}${via} dev ${device} table ${w.table} proto ${OUR_PROTOCOL}${scope} src ${w.source} metric ${w.metric}${onlink}`;
}

export function routeDelete(h: HeldRoute): string {
  const via = h.gateway === undefined ? '' : ` via ${h.gateway}`;
  const dev = h.device === undefined ? '' : ` dev ${h.device}`;
  const source = h.source === undefined ? '' : ` src ${h.source}`;
  const type = h.type === 'unicast' ? '' : `${h.type} `;
  return `route delete ${type}${destination(h)}${via}${dev} table ${h.table} proto ${h.protocol}${source} metric ${h.metric}`;
}

// `default` alone says no family in a batch; `::/0` does.
function destination(route: { readonly family: Family; readonly destination: string }): string {
  if (route.destination !== 'default') return route.destination;
  return route.family === 6 ? '::/0' : '0.0.0.0/0';
}

export function ruleAdd(w: WantedRule): string {
  return `${w.family === 6 ? IPV6_LINE : ''}rule add from ${w.from} lookup ${OUR_TABLE} priority ${OUR_RULE_PRIORITY} protocol ${OUR_PROTOCOL}`;
}

export function ruleDelete(h: HeldRule): string {
  const table = h.table === '' ? '' : ` lookup ${h.table}`;
  return `${h.family === 6 ? IPV6_LINE : ''}rule delete from ${h.from}${table} priority ${h.priority}`;
}

// How the planned changes are spelled for `ip -batch`, one batch for each family. Decides nothing.
import { bitsOf, type Family } from '../../ip/address.ts';
import type { KernelAddress, KernelRoute, KernelRule } from './kernel-state.ts';
import { OUR_PROTOCOL } from './marks.ts';
import type { WantedRoute, WantedRule } from './wanted-routes.ts';

/**
 * What a line is for, which decides what its refusal costs: `up` the link; `address` and
 * `default-route` their family; the others only themselves.
 */
export type LineKind = 'up' | 'mtu' | 'address' | 'default-route' | 'route' | 'rule' | 'setting' | 'delete';

export interface Line {
  readonly kind: LineKind;
  /** Which of the two batches it goes into: `ip -4` or `ip -6`. */
  readonly family: Family;
  readonly text: string;
}

/** Switches the interface on. */
export function linkUp(device: string): Line {
  return { kind: 'up', family: 4, text: `link set dev ${device} up` };
}

/** Sets the MTU of the interface, in bytes. */
export function linkMtu(device: string, mtu: number): Line {
  return { kind: 'mtu', family: 4, text: `link set dev ${device} mtu ${mtu}` };
}

/** Keeps the kernel from making a link-local address of its own. */
export function addressesByHand(device: string): Line {
  return { kind: 'setting', family: 4, text: `link set dev ${device} addrgenmode none` };
}

/** Gives the interface the link-local address that the network gave it. */
export function linkLocalAdd(device: string, address: string): Line {
  return { kind: 'setting', family: 6, text: `address add ${address}/64 dev ${device} scope link nodad` };
}

/**
 * Adds an address as one host: the routes are ours, with our metric (wantedRoutes says why). For
 * IPv6 the kernel adds a route to any prefix, hence noprefixroute. nodad: the network gave the
 * address to this link alone, and a tentative address cannot be a route's source yet.
 */
export function addressAdd(device: string, address: string, family: Family): Line {
  const text = `address add ${address}/${bitsOf(family)} dev ${device}${family === 6 ? ' noprefixroute nodad' : ''}`;
  return { kind: 'address', family, text };
}

/** Takes an address away, as the kernel has it: a peer and a prefix length are part of its name. */
export function addressDelete(device: string, { address, peer, prefixLength, family }: KernelAddress): Line {
  const other = family === 4 && peer !== undefined ? ` peer ${peer}` : '';
  return { kind: 'delete', family, text: `address delete ${address}${other}/${prefixLength} dev ${device}` };
}

/**
 * Adds a route, by append: beside a route of somebody else with the same metric, `add` fails and
 * `replace` overwrites it.
 */
export function routeAppend(device: string, w: WantedRoute): Line {
  const via = w.gateway === undefined ? '' : ` via ${w.gateway}`;
  const scope = w.family === 4 && w.gateway === undefined ? ' scope link' : '';
  const source = w.source === undefined ? '' : ` src ${w.source}`;
  const onlink = w.onlink ? ' onlink' : '';
  return {
    kind: w.destination === 'default' && w.table === 'main' ? 'default-route' : 'route',
    family: w.family,
    text: `route append ${w.destination}${via} dev ${w.device ?? device} table ${w.table} proto ${OUR_PROTOCOL}${scope}${source} metric ${w.metric}${onlink}`,
  };
}

/** Takes one of our routes away, by all that tells it from another one. */
export function routeDelete(h: KernelRoute): Line {
  const via = h.gateway === undefined ? '' : ` via ${h.gateway}`;
  const dev = h.device === undefined ? '' : ` dev ${h.device}`;
  const source = h.source === undefined ? '' : ` src ${h.source}`;
  const type = h.type === 'unicast' ? '' : `${h.type} `;
  return {
    kind: 'delete',
    family: h.family,
    text: `route delete ${type}${h.destination}${via}${dev} table ${h.table} proto ${OUR_PROTOCOL}${source} metric ${h.metric}`,
  };
}

/** Adds a rule of ours. */
export function ruleAdd(rule: WantedRule): Line {
  const text = `rule add ${selector(rule)} priority ${rule.priority} protocol ${OUR_PROTOCOL}`;
  return { kind: 'rule', family: rule.family, text };
}

/** Takes a rule away; without its protocol, which a kernel before 4.17 does not keep. */
export function ruleDelete(rule: KernelRule): Line {
  return { kind: 'delete', family: rule.family, text: `rule delete ${selector(rule)} priority ${rule.priority}` };
}

function selector({ from, table, suppress }: Pick<WantedRule, 'from' | 'table' | 'suppress'>): string {
  return `from ${from} lookup ${table}${suppress === undefined ? '' : ` suppress_prefixlength ${suppress}`}`;
}

// What the kernel has of what concerns a link: addresses, and the routes and rules that are ours,
// as `ip -json` prints them, parsed once. Pure. How they are asked for: read-kernel-state.ts.
import * as z from 'zod/mini';
import { $ZodError } from 'zod/v4/core';
import '../../system/english.ts';
import { canonical, type Family } from '../../ip/address.ts';
import { parseIpJson } from '../../ip/ip-json.ts';
import { isOurTable, OUR_NAME, OUR_PROTOCOL, OUR_TABLE, TAKEN_OVER_PRIORITY, TAKEN_OVER_TABLE } from './marks.ts';
import { LinkError } from './wanted-link.ts';

export interface KernelAddress {
  readonly family: Family;
  readonly address: string;
  /** The address at the other end, where somebody named one: part of an IPv4 address's identity. */
  readonly peer: string | undefined;
  readonly prefixLength: number;
  readonly scope: string;
  /** Has a lifetime: made by the kernel from a router advertisement, or by a DHCP client. */
  readonly dynamic: boolean;
}

export interface KernelLink {
  readonly interface: string;
  readonly up: boolean;
  /**
   * Whether neighbours are looked up there: if not (raw IP), whatever is sent reaches the one peer.
   */
  readonly hasNeighbours: boolean;
  readonly mtu: number;
  /** The bridge, bond or VRF that somebody has put it into. */
  readonly master?: string | undefined;
  readonly addresses: readonly KernelAddress[];
}

/** A route with our protocol. */
export interface KernelRoute {
  readonly family: Family;
  /** As printed: `main` when `ip` names none. */
  readonly table: string;
  readonly type: string;
  readonly destination: string;
  readonly gateway: string | undefined;
  readonly device: string | undefined;
  readonly source: string | undefined;
  readonly metric: number;
  readonly onlink: boolean;
}

/** A rule that leads to one of our tables, or goes before one that does. */
export interface KernelRule {
  readonly family: Family;
  readonly priority: number;
  readonly from: string;
  readonly table: string;
  readonly suppress: number | undefined;
}

export interface KernelState {
  /** All interfaces. */
  readonly links: readonly KernelLink[];
  readonly routes: readonly KernelRoute[];
  readonly rules: readonly KernelRule[];
  /** The families for which the kernel was built with policy routing. */
  readonly policyRouting: readonly Family[];
  /** Those of them without a rule for all that looks into the main table, as hosts have at boot. */
  readonly mainIgnored: readonly Family[];
}

const Address = z.pipe(
  z.object({
    family: z.string(),
    local: z.string(),
    address: z.optional(z.string()),
    prefixlen: z.number(),
    scope: z.string(),
    dynamic: z.optional(z.boolean()),
  }),
  z.transform(
    (a): KernelAddress => ({
      family: a.family === 'inet6' ? 6 : 4,
      address: a.local,
      peer: a.address,
      prefixLength: a.prefixlen,
      scope: a.scope,
      dynamic: a.dynamic ?? false,
    }),
  ),
);

// An addr_info of another family (CAN, MPLS) has no `local`; such entries are nothing to us.
const AddressList = z.pipe(
  z.array(z.unknown()),
  z.transform((entries) =>
    entries.flatMap((entry) => {
      const parsed = Address.safeParse(entry);
      return parsed.success ? [parsed.data] : [];
    }),
  ),
);

const Link = z.pipe(
  z.object({
    ifname: z.string(),
    flags: z.array(z.string()),
    mtu: z.number(),
    master: z.optional(z.string()),
    addr_info: z.optional(AddressList),
  }),
  z.transform(
    (l): KernelLink => ({
      interface: l.ifname,
      up: l.flags.includes('UP'),
      hasNeighbours: !l.flags.includes('NOARP') && !l.flags.includes('POINTOPOINT'),
      mtu: l.mtu,
      master: l.master,
      addresses: l.addr_info ?? [],
    }),
  ),
);

const Route = z.pipe(
  z.object({
    type: z.optional(z.string()),
    dst: z.string(),
    gateway: z.optional(z.string()),
    dev: z.optional(z.string()),
    table: z.optional(z.union([z.string(), z.number()])),
    prefsrc: z.optional(z.string()),
    metric: z.optional(z.number()),
    flags: z.optional(z.array(z.string())),
    pref: z.optional(z.string()),
  }),
  z.transform(
    (r): KernelRoute => ({
      // One dump holds both families and says of neither which it is; only IPv6 routes have a
      // router preference (RFC 4191).
      family: r.pref !== undefined || [r.dst, r.gateway, r.prefsrc].some((text) => text?.includes(':')) ? 6 : 4,
      table: String(r.table ?? 'main'),
      type: r.type ?? 'unicast',
      destination: r.dst,
      gateway: r.gateway,
      device: r.dev,
      source: r.prefsrc,
      metric: r.metric ?? 0,
      onlink: r.flags?.includes('onlink') ?? false,
    }),
  ),
);

const Rule = z.object({
  priority: z.number(),
  src: z.string(),
  srclen: z.optional(z.number()),
  table: z.optional(z.union([z.string(), z.number()])),
  protocol: z.optional(z.union([z.string(), z.number()])),
  suppress_prefixlen: z.optional(z.number()),
});

/**
 * Parses what the commands print: two JSON arrays on lines of their own, and some of rules for each
 * family (undefined: the kernel has none).
 * @throws LinkError `ip-failed` when a line is not JSON, as with iproute2 before 4.17, or has
 * another shape.
 */
export function parseKernelState(main: string, rules: Readonly<Record<Family, string | undefined>>): KernelState {
  try {
    const [links, routes] = main
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(parseIpJson);
    const read = FAMILIES.map((family) => ({ family, all: parseRules(rules[family]) }));
    const policyRouting = FAMILIES.filter((family) => rules[family] !== undefined);
    return {
      links: z.array(Link).parse(links ?? []),
      routes: z.array(Route).parse(routes ?? []),
      rules: read.flatMap(({ family, all }) => all.filter(isOurRule).map(asKernelRule(family))),
      policyRouting,
      mainIgnored: read
        .filter(({ family, all }) => policyRouting.includes(family) && !all.some(looksIntoMain))
        .map(({ family }) => family),
    };
  } catch (cause) {
    const reason = cause instanceof $ZodError ? firstOf(cause) : String(cause);
    throw new LinkError('ip-failed', 'ip -json', `cannot understand what ip -json prints: ${reason}`, { cause });
  }
}

/** One line of what zod has to say in many: it goes into a warning. */
const firstOf = ({ issues: [issue] }: z.core.$ZodError) => `${issue?.path.join('.')}: ${issue?.message}`;

const FAMILIES: readonly Family[] = [4, 6];

type AnyRule = z.output<typeof Rule>;

function parseRules(text = ''): AnyRule[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line) => z.array(Rule).parse(parseIpJson(line)));
}

const asKernelRule =
  (family: Family) =>
  ({ priority, src, srclen, table, suppress_prefixlen: suppress }: AnyRule): KernelRule => ({
    family,
    priority,
    from: srclen === undefined ? canonical(src) : `${src}/${srclen}`,
    table: isOurTable(String(table)) ? String(OUR_TABLE) : String(table),
    suppress,
  });

/** Whether it looks into the main table for all; what else it goes by is not asked. */
function looksIntoMain({ table, src, suppress_prefixlen: suppress }: AnyRule): boolean {
  return String(table) === 'main' && src === 'all' && suppress === undefined;
}

/** Of the rules for the main table those that we put before TAKEN_OVER_TABLE's. */
function isOurRule(rule: AnyRule): boolean {
  const { table, priority, protocol, src, suppress_prefixlen: suppress } = rule;
  const name = String(table ?? '');
  if (name !== 'main') return isOurTable(name) || name === String(TAKEN_OVER_TABLE);
  // A kernel before 4.17 keeps no protocol of a rule; wg-quick has a rule like ours, but for all.
  const mayBeOurs = protocol === undefined || [String(OUR_PROTOCOL), OUR_NAME].includes(String(protocol));
  return mayBeOurs && src !== 'all' && suppress !== undefined && priority === TAKEN_OVER_PRIORITY.specific;
}

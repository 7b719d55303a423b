// What the kernel has now: addresses, routes and rules as `ip -json` prints them, parsed once. Decides nothing.
import * as z from 'zod';
import { canonical, type Family } from '../../ip/address.ts';
import { CommandError, type CommandRunner } from '../../system/command.ts';
import { LinkError } from './wanted-link.ts';

/** One `ip` process takes 4 ms; five seconds means that the machine itself is in trouble. */
export const IP_TIMEOUT_MS = 5_000;

export interface HeldAddress {
  readonly family: Family;
  readonly address: string;
  readonly prefixLength: number;
  readonly scope: string;
  /** IPv4: another address of the same subnet came first, and the kernel removes this one with it unless promote_secondaries is set. */
  readonly secondary: boolean;
  /** Has a lifetime: made by the kernel from a router advertisement, or by a DHCP client. */
  readonly dynamic: boolean;
}

export interface HeldLink {
  readonly interface: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly addresses: readonly HeldAddress[];
}

export interface HeldRoute {
  readonly family: Family;
  /** As printed: `main` when `ip` names none. */
  readonly table: string;
  readonly type: string;
  readonly destination: string;
  readonly gateway: string | undefined;
  readonly device: string | undefined;
  readonly source: string | undefined;
  readonly metric: number;
  readonly protocol: string;
  readonly onlink: boolean;
}

export interface HeldRule {
  readonly family: Family;
  readonly priority: number;
  readonly from: string;
  readonly table: string;
  readonly protocol: string | undefined;
}

export interface Held {
  readonly links: readonly HeldLink[];
  readonly routes: readonly HeldRoute[];
  readonly rules: readonly HeldRule[];
}

const Address = z
  .object({
    family: z.string(),
    local: z.string(),
    prefixlen: z.number(),
    scope: z.string(),
    secondary: z.boolean().optional(),
    dynamic: z.boolean().optional(),
  })
  .transform(
    (a): HeldAddress => ({
      family: a.family === 'inet6' ? 6 : 4,
      address: a.local,
      prefixLength: a.prefixlen,
      scope: a.scope,
      secondary: a.secondary ?? false,
      dynamic: a.dynamic ?? false,
    }),
  );

// An addr_info of another family (CAN, MPLS) has no `local`; such entries are nothing to us.
const AddressList = z.array(z.unknown()).transform((entries) =>
  entries.flatMap((entry) => {
    const parsed = Address.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  }),
);

const Link = z
  .object({ ifname: z.string(), flags: z.array(z.string()), mtu: z.number(), addr_info: AddressList.optional() })
  .transform(
    (l): HeldLink => ({ interface: l.ifname, up: l.flags.includes('UP'), mtu: l.mtu, addresses: l.addr_info ?? [] }),
  );

const Route = z
  .object({
    type: z.string().optional(),
    dst: z.string(),
    gateway: z.string().optional(),
    dev: z.string().optional(),
    table: z.union([z.string(), z.number()]).optional(),
    protocol: z.union([z.string(), z.number()]).optional(),
    prefsrc: z.string().optional(),
    metric: z.number().optional(),
    flags: z.array(z.string()).optional(),
    pref: z.string().optional(),
  })
  .transform(
    (r): HeldRoute => ({
      // One dump holds both families and says of neither which it is; only IPv6 routes have a router preference (RFC 4191).
      family: r.pref !== undefined || [r.dst, r.gateway, r.prefsrc].some((text) => text?.includes(':')) ? 6 : 4,
      table: String(r.table ?? 'main'),
      type: r.type ?? 'unicast',
      destination: r.dst,
      gateway: r.gateway,
      device: r.dev,
      source: r.prefsrc,
      metric: r.metric ?? 0,
      protocol: String(r.protocol ?? 'boot'),
      onlink: r.flags?.includes('onlink') ?? false,
    }),
  );

const Rule = z.object({
  priority: z.number(),
  src: z.string(),
  srclen: z.number().optional(),
  table: z.union([z.string(), z.number()]).optional(),
  protocol: z.union([z.string(), z.number()]).optional(),
});

function parseRules(family: Family, value: unknown): HeldRule[] {
  return z
    .array(Rule)
    .parse(value)
    .map((r) => ({
      family,
      priority: r.priority,
      from: r.srclen === undefined ? canonical(r.src) : `${r.src}/${r.srclen}`,
      table: String(r.table ?? ''),
      protocol: r.protocol === undefined ? undefined : String(r.protocol),
    }));
}

// `table all` because asking for a table that is not there fails, and because it makes one dump show both families (iproute2, ip/iproute.c).
// Links and routes are asked for without `dev`: a missing interface is then an absent entry and not a failed command.
const READ = ['address show', 'route show table all', 'rule show'].join('\n');

/**
 * Reads the kernel's links, addresses, routes and rules of both families, at most 5 s.
 * @throws LinkError when `ip` fails twice or prints something else than JSON; the signal's reason when it aborts.
 */
export async function readHeld(runner: CommandRunner, signal: AbortSignal): Promise<Held> {
  try {
    return await readOnce(runner, signal);
  } catch (error) {
    // A dump that changes under `ip` fails now and then ("Dump was interrupted"); the second one tells the truth.
    if (signal.aborted || !(error instanceof CommandError)) throw error;
    return await readOnce(runner, signal).catch((cause: unknown) => {
      throw new LinkError('failed', 'ip', `cannot read the network configuration: ${message(cause)}`, { cause });
    });
  }
}

async function readOnce(runner: CommandRunner, signal: AbortSignal): Promise<Held> {
  const options = { timeoutMs: IP_TIMEOUT_MS, signal };
  // A batch has one family, and `rule` shows only that one (default IPv4): the IPv6 rules need a process of their own, beside the first.
  const [main, rules6] = await Promise.all([
    runner.run(['ip', '-json', '-batch', '-'], { ...options, input: `${READ}\n` }),
    runner.run(['ip', '-6', '-json', 'rule', 'show'], options).catch((error: unknown) => {
      if (error instanceof CommandError && error.exitCode !== undefined) return '[]'; // a kernel without IPv6
      throw error;
    }),
  ]);
  return parseHeld(main, rules6);
}

/**
 * Parses the output of the two commands: three JSON arrays on lines of their own, and one.
 * @throws LinkError when a line is not JSON, as with iproute2 before 4.17, or has another shape.
 */
export function parseHeld(main: string, rules6: string): Held {
  try {
    const [links, routes, rules] = main
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): unknown => JSON.parse(repaired(line)));
    return {
      links: z.array(Link).parse(links ?? []),
      routes: z.array(Route).parse(routes ?? []),
      rules: [...parseRules(4, rules ?? []), ...parseRules(6, rules6.trim() === '' ? [] : JSON.parse(rules6))],
    };
  } catch (cause) {
    throw new LinkError(
      'failed',
      'ip -json',
      `cannot understand what ip -json prints; iproute2 4.17 or later is needed (ip -V): ${message(cause)}`,
      {
        cause,
      },
    );
  }
}

/** iproute2 before 5.1 prints a route's type without its key, `{"local","dst":…`, which is no JSON (ip/iproute.c; mended in 5.1). */
function repaired(line: string): string {
  return line.replace(/\{"([a-z]+)",(?="dst":)/g, '{"type":"$1",');
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

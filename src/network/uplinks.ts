// Which ways out this host has: its default routes, and what follows from them.
import * as z from 'zod/mini';
import { $ZodError } from 'zod/v4/core';
import type { Family } from '../ip/address.ts';
import { parseIpJson } from '../ip/ip-json.ts';
import { CommandError, type CommandRunner } from '../system/command.ts';
import { IP_TIMEOUT_MS } from './link/read-kernel-state.ts';
import { LinkError } from './link/wanted-link.ts';

/** A default route of the main table, or one way of one that has several. */
export interface Uplink {
  readonly family: Family;
  readonly interface: string;
  readonly metric: number;
  /**
   * False where the kernel knows that nothing can pass: a cable that is unplugged, a link that is
   * down.
   */
  readonly usable: boolean;
}

const Hop = z.looseObject({
  dev: z.optional(z.string()),
  flags: z._default(z.array(z.string()), []),
});
const Routes = z.array(
  z.extend(Hop, {
    type: z._default(z.string(), 'unicast'),
    table: z._default(z.union([z.string(), z.number()]), 'main'),
    metric: z._default(z.number(), 0),
    pref: z.optional(z.string()),
    nexthops: z.optional(z.array(Hop)),
  }),
);

/**
 * The default routes of both families: of all tables, since `ip` shows one family of a single one.
 * @throws CommandError; LinkError `ip-failed`
 */
export async function readUplinks(commands: CommandRunner, signal: AbortSignal): Promise<readonly Uplink[]> {
  const argv = ['ip', '-json', 'route', 'show', 'table', 'all', 'default'];
  const text = await commands.run(argv, { timeoutMs: IP_TIMEOUT_MS, signal });
  return readRoutes(text)
    .filter(({ type, table }) => type === 'unicast' && table === 'main')
    .flatMap(({ metric, pref, nexthops, ...route }) => {
      // Only IPv6 routes have a router preference (RFC 4191).
      const family = pref === undefined ? 4 : 6;
      return (nexthops ?? [route]).flatMap(({ dev, flags }): Uplink[] => {
        const usable = !flags.includes('linkdown') && !flags.includes('dead');
        return dev === undefined ? [] : [{ family, interface: dev, metric, usable }];
      });
    });
}

function readRoutes(text: string): z.output<typeof Routes> {
  try {
    return Routes.parse(parseIpJson(text));
  } catch (cause) {
    throw new LinkError('ip-failed', 'ip -json route', 'cannot understand what ip -json route prints', { cause });
  }
}

/**
 * A tunnel's way depends on another's: what is wrong with it is nothing that another default route
 * would mend.
 */
const TUNNEL = /^(wg|tun|tap|tailscale|zt)/;

/**
 * The default routes of other interfaces that the kernel prefers to one of `metric`, or may: of two
 * with the same it takes the older one.
 */
export function betterThan(
  uplinks: readonly Uplink[],
  own: { readonly interfaces: readonly string[]; readonly metric: number },
): readonly Uplink[] {
  return uplinks.filter(
    ({ interface: name, metric }) => !own.interfaces.includes(name) && metric <= own.metric && !TUNNEL.test(name),
  );
}

/** Addresses of the internet: all that counts is by which route the kernel would send to them. */
const SOMEWHERE: Readonly<Record<Family, string>> = { 4: '1.1.1.1', 6: '2606:4700:4700::1111' };

const Way = z
  .array(z.looseObject({ gateway: z.optional(z.string()), prefsrc: z.optional(z.string()) }))
  .check(z.minLength(1));

/**
 * The gateway of an uplink, and the address of this host that the kernel would send from. Neither
 * where the kernel would not send by it. Rejects only with the signal's reason.
 */
export async function readHop(
  commands: CommandRunner,
  { family, interface: name }: Pick<Uplink, 'family' | 'interface'>,
  signal: AbortSignal,
): Promise<{ readonly gateway?: string | undefined; readonly source?: string | undefined }> {
  try {
    const argv = ['ip', `-${family}`, '-json', 'route', 'get', SOMEWHERE[family], 'oif', name];
    const [way] = Way.parse(parseIpJson(await commands.run(argv, { timeoutMs: IP_TIMEOUT_MS, signal })));
    return { gateway: way?.gateway, source: way?.prefsrc };
  } catch (error) {
    signal.throwIfAborted();
    // The route went meanwhile, or an `ip` of another age.
    if (error instanceof CommandError || error instanceof SyntaxError || error instanceof $ZodError) return {};
    throw error;
  }
}

/**
 * Whether no other link has a better default route of the same family than this one; IPv4 decides
 * where there is any.
 */
export function isPreferred(uplinks: readonly Uplink[], name: string): boolean {
  const family = uplinks.some((uplink) => uplink.family === 4) ? 4 : 6;
  const best = (mine: boolean) =>
    Math.min(...uplinks.filter((u) => u.family === family && (u.interface === name) === mine).map((u) => u.metric));
  // Without any default route both are Infinity: nobody else is better.
  return best(true) <= best(false);
}

/**
 * The usable default routes, of either family, that are none of the modem's `own`, nor a tunnel's.
 */
export function otherUplinks(uplinks: readonly Uplink[], own: readonly string[]): readonly Uplink[] {
  return uplinks.filter(({ usable, interface: name }) => usable && !own.includes(name) && !TUNNEL.test(name));
}

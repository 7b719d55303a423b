// Looks at the kernel's reverse-path filter. Never changes it: that is the administrator's.
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { parseIpJson } from '../../ip/ip-json.ts';
import type { CommandRunner } from '../../system/command.ts';

export type ReversePathFilter = 'off' | 'strict' | 'loose';

/**
 * The filter that is in force on an IPv4 interface: the greater of its own value and that of `all`
 * (ip-sysctl: 0 off, 1 strict, 2 loose); undefined where the interface or /proc is not there.
 * systemd before 240 sets strict. Our rule `from ADDRESS` satisfies strict for what is answered to
 * our address; what arrives for others (forwarding to containers) passes by the main table and
 * needs loose.
 */
export async function reversePathFilter(name: string, root = ''): Promise<ReversePathFilter | undefined> {
  if (!isInterfaceName(name)) return undefined;
  const read = async (which: string) =>
    Number(await readFile(`${root}/proc/sys/net/ipv4/conf/${which}/rp_filter`, 'utf8'));
  try {
    const value = Math.max(await read('all'), await read(name));
    if (value === 0) return 'off';
    return value === 1 ? 'strict' : 'loose';
  } catch {
    return undefined; // no such interface, or no IPv4
  }
}

const RouteGot = z.array(z.looseObject({ dev: z.optional(z.string()) })).check(z.minLength(1));

const IP_TIMEOUT_MS = 5_000;

/**
 * Any address of the internet: all that counts is which default route the kernel takes to it. From
 * TEST-NET-1 (RFC 5737); nothing is sent.
 */
const SOMEWHERE = '192.0.2.1';

/**
 * The interface by which the kernel would answer what arrives on `name` for `address`: under a
 * strict filter it drops everything if that is another one. `name` itself as long as no rule comes
 * before ours; undefined when the kernel has no route at all. @throws CommandError
 */
export async function answersLeaveBy(
  commands: CommandRunner,
  address: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const argv = ['ip', '-json', 'route', 'get', SOMEWHERE, 'from', address];
  const text = await commands.run(argv, { timeoutMs: IP_TIMEOUT_MS, signal });
  return RouteGot.safeParse(parseIpJson(text)).data?.[0]?.dev;
}

// IPv6 by router advertisements: readies the kernel for them, says which address they led to, and
// leaves the interface as it was found.
import { readFile, writeFile } from 'node:fs/promises';
import { canonical, type Prefix, withIdentifier } from '../../ip/address.ts';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { CommandError, type CommandRunner } from '../../system/command.ts';
import type { KernelState } from '../link/kernel-state.ts';
import { IP_TIMEOUT_MS } from '../link/read-kernel-state.ts';
import { LinkError } from '../link/wanted-link.ts';
import { isMadeByKernel } from '../link/wanted-routes.ts';

/**
 * Settings of the interface (the kernel's Documentation/networking/ip-sysctl.rst). accept_ra 2:
 * also on a host that forwards, as with Docker. No default route of the kernel's: ours has our
 * metric. The rest are the kernel's own defaults, which distributions change.
 */
const SETTINGS = { accept_ra: '2', accept_ra_defrtr: '0', accept_ra_pinfo: '1', autoconf: '1', use_tempaddr: '0' };

export interface SlaacHost {
  readonly commands: CommandRunner;
  /** Prefix of /proc; empty but in tests. */
  readonly root: string;
}

/**
 * Readies `name` for router advertisements; must come before its link-local address. Returns the
 * settings that could not be made, as `name=value`.
 * @throws LinkError for an absurd interface name
 */
export async function prepareSlaac({ root }: SlaacHost, name: string): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const [key, value] of Object.entries(SETTINGS)) {
    const path = setting(root, name, key);
    const now = await readFile(path, 'utf8').catch(() => 'absent'); // no IPv6 on this interface: writing fails too
    if (now.trim() === value) continue;
    await writeFile(path, value).catch(() => failed.push(`${key}=${now.trim()}`));
  }
  return failed;
}

/**
 * Takes back what preparing and the advertisements brought: addresses with a lifetime, `linkLocal`,
 * and the settings, which return to the host's `default`: what the interface had when it appeared.
 */
export async function restoreSlaac(
  { commands, root }: SlaacHost,
  name: string,
  linkLocal: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const keys = [...Object.keys(SETTINGS), ...(linkLocal === undefined ? [] : ['addr_gen_mode'])];
  await attempt(commands, ['ip', '-6', 'address', 'flush', 'dev', name, 'scope', 'global', 'dynamic'], signal);
  await flushPrefixes(commands, name, signal);
  if (linkLocal !== undefined)
    await attempt(commands, ['ip', 'address', 'delete', `${canonical(linkLocal)}/64`, 'dev', name], signal);
  for (const key of keys) {
    const before = await readFile(setting(root, 'default', key), 'utf8').catch(() => undefined); // a kernel without it
    if (before !== undefined) await writeFile(setting(root, name, key), before.trim()).catch(() => {}); // the interface is gone
  }
}

/**
 * Forgets what the routers of another session said: all IPv6 addresses of `name` go, and the kernel
 * asks anew with the next link-local one.
 */
export async function forgetAdvertised({ commands }: SlaacHost, name: string, signal: AbortSignal): Promise<void> {
  await attempt(commands, ['ip', '-6', 'address', 'flush', 'dev', name], signal);
  await flushPrefixes(commands, name, signal);
}

/**
 * The kernel's routes to advertised prefixes outlive the addresses; those to fe80::/64 and ff00::/8
 * are not of an advertisement.
 */
async function flushPrefixes(commands: CommandRunner, name: string, signal: AbortSignal): Promise<void> {
  for (const range of ['2000::/3', 'fc00::/7'])
    await attempt(commands, ['ip', '-6', 'route', 'flush', 'dev', name, 'proto', 'kernel', 'root', range], signal);
}

/** `ip` on an interface that may be gone by now: then there is nothing left to do. */
async function attempt(commands: CommandRunner, argv: readonly string[], signal: AbortSignal): Promise<void> {
  await commands.run(argv, { timeoutMs: IP_TIMEOUT_MS, signal }).catch((error: unknown) => {
    if (signal.aborted || !(error instanceof CommandError)) throw error;
  });
}

function setting(root: string, name: string, key: string): string {
  if (name === 'default' || isInterfaceName(name)) return `${root}/proc/sys/net/ipv6/conf/${name}/${key}`;
  throw new LinkError('invalid', name, `${JSON.stringify(name)} is not the name of a network interface`);
}

/**
 * The address that the router advertisements on `name` led to: in the advertised /64, with the
 * identifier of `linkLocal` or, without one, as the kernel made it. The /64 is the modem's alone
 * (3GPP TS 23.401 §5.3.1.2.2). Undefined while there was no advertisement.
 */
export function advertisedAddress(state: KernelState, name: string, linkLocal: string | undefined): Prefix | undefined {
  const link = state.links.find((candidate) => candidate.interface === name);
  const made = link?.addresses.find((address) => isMadeByKernel(address) && address.prefixLength === 64);
  if (made === undefined) return undefined;
  const address = linkLocal === undefined ? made.address : withIdentifier(made.address, linkLocal);
  return { address: canonical(address), prefixLength: 64 };
}

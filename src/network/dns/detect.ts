// Who is in charge of name resolution on this host? Looks, decides, and says in one line what it saw; changes nothing.
import { readFile, readlink } from 'node:fs/promises';
import type { Bus } from '../../dbus/bus.ts';
import type { CommandRunner } from '../../system/command.ts';
import { isWritable, readResolvConf } from './file.ts';
import { nameservers, ownerOf, withoutBlock } from './resolv-conf.ts';
import { type Resolvconf, resolvconfKind } from './resolvconf.ts';
import { isResolvedRunning } from './resolved.ts';

/** `none`: the file is read-only or immutable, and nothing else takes name servers. */
export type DnsMode = 'systemd-resolved' | 'resolvconf' | 'file' | 'none';

export interface DnsDecision {
  readonly mode: DnsMode;
  readonly resolvconf: Resolvconf;
  /** What was seen, for the log: `rc=link:… owner=… resolved=yes nss=… resolvconf=none → systemd-resolved`. */
  readonly trace: string;
  /** What a person should know about the choice; undefined when all is well. */
  readonly warning: string | undefined;
}

export interface DnsHost {
  readonly runner: CommandRunner;
  /** Undefined where there is no system bus to ask. */
  readonly bus: Bus | undefined;
  /** Prefix of /etc and /sys; empty but in tests. */
  readonly root: string;
}

interface Seen {
  readonly rc: string;
  readonly owner: string | undefined;
  readonly resolved: boolean;
  readonly stub: boolean;
  readonly nss: boolean;
  readonly resolvconf: Resolvconf;
  readonly writable: boolean;
}

/** Looks around and decides, in the order of tailscale's and NetworkManager's experience: whoever owns the file is asked, never overwritten. */
export async function detectDns(host: DnsHost, signal: AbortSignal): Promise<DnsDecision> {
  const path = `${host.root}/etc/resolv.conf`;
  const link = await readlink(path).catch(() => undefined); // not a link, or not there
  const { before, path: real, text } = await readResolvConf(path);
  const others = withoutBlock(text).text;
  const servers = nameservers(others);
  const seen: Seen = {
    rc: link !== undefined ? `link:${link}` : before.kind,
    owner: ownerOf(others) ?? /\/run\/(resolvconf|NetworkManager|connman)\//.exec(real)?.[1],
    resolved: host.bus !== undefined && (await isResolvedRunning(host.bus, signal)),
    stub:
      real.includes('/systemd/resolve/') ||
      real.endsWith('/systemd/resolv.conf') ||
      (servers.length > 0 && servers.every((s) => s === '127.0.0.53')),
    nss: await nssAsksResolved(`${host.root}/etc/nsswitch.conf`),
    resolvconf: await resolvconfKind(host.runner, signal),
    writable: await isWritable(path),
  };
  return decideDns(seen);
}

/** The decision alone. Pure. */
export function decideDns(seen: Seen): DnsDecision {
  const mode = modeOf(seen);
  const yes = (value: boolean) => (value ? 'yes' : 'no');
  const trace = [
    `rc=${seen.rc}`,
    `owner=${seen.owner ?? 'nobody'}`,
    `resolved=${yes(seen.resolved)}`,
    `stub=${yes(seen.stub)}`,
    `nss-resolve=${yes(seen.nss)}`,
    `resolvconf=${seen.resolvconf}`,
    `writable=${yes(seen.writable)}`,
    `mode=${mode}`,
  ].join(' ');
  return { mode, resolvconf: seen.resolvconf, trace, warning: warningOf(mode, seen) };
}

function modeOf(seen: Seen): DnsMode {
  if (seen.resolved && (seen.stub || seen.nss)) return 'systemd-resolved';
  if (seen.resolvconf === 'openresolv' && (seen.owner === undefined || seen.owner === 'resolvconf'))
    return 'resolvconf';
  // Debian's resolvconf only matters where the file is its own; installed beside a plain file, it changes nothing anybody reads.
  if (seen.resolvconf === 'debian' && seen.owner === 'resolvconf') return 'resolvconf';
  return seen.writable ? 'file' : 'none';
}

function warningOf(mode: DnsMode, { owner, stub, resolved }: Seen): string | undefined {
  if (mode === 'none')
    return '/etc/resolv.conf cannot be written (chattr +i, or read-only): the name servers of the link are not used; set network.dns: off to say that this is meant';
  if (mode !== 'file') return undefined;
  if (stub && !resolved)
    return '/etc/resolv.conf points to systemd-resolved, which is not running: systemctl enable --now systemd-resolved, or replace the link by a file';
  if (owner === 'NetworkManager')
    return 'NetworkManager writes /etc/resolv.conf and may take our name servers out again: set dns=systemd-resolved or rc-manager=unmanaged in its [main] section';
  return undefined;
}

/** Whether glibc asks systemd-resolved (nss-resolve) before DNS itself. */
async function nssAsksResolved(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => ''); // none: glibc's default has no resolve
  const sources = /^hosts:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  const resolve = sources.indexOf('resolve');
  const dns = sources.indexOf('dns');
  return resolve !== -1 && (dns === -1 || resolve < dns);
}

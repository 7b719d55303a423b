// Who is in charge of name resolution on this host? Looks, decides, and says in one line what it
// saw; changes nothing.

import { type Found, found } from '../../codes/codes.ts';
import { readRegularFile } from '../../system/regular-file.ts';
import type { Backend, DnsHost, Seen } from './backend.ts';
import { fileBackend, readResolvConf } from './file.ts';
import { nameservers, ownerOf } from './file-text.ts';
import { resolvconfBackend, resolvconfKind } from './resolvconf.ts';
import { isResolvedRunning, resolvedBackend } from './resolved.ts';

/** More than an nsswitch.conf has. */
const MOST_BYTES = 1_000_000;

interface BackendRow {
  /** Whether this one is in charge; the first row that says so is taken. */
  readonly fits: (seen: Seen) => boolean;
  readonly open: (host: DnsHost, seen: Seen) => Backend;
  /** What it put may be there from an earlier life, whichever way is in charge now. */
  readonly outlives?: true;
}

/**
 * The ways, in the order of tailscale's and NetworkManager's experience. A resolver that owns the
 * file and can be asked is asked; in a file of anybody else's our block stands beside the rest.
 */
export const BACKENDS = {
  'systemd-resolved': {
    fits: ({ resolved, stub, nss }) => resolved && (stub || nss),
    open: resolvedBackend,
  },
  resolvconf: {
    // Debian's resolvconf only matters where the file is its own; installed beside a plain file, it
    // changes nothing that anybody reads.
    fits: ({ resolvconf, owner }) =>
      (resolvconf === 'openresolv' && (owner === undefined || owner === 'resolvconf')) ||
      (resolvconf === 'debian' && owner === 'resolvconf'),
    open: resolvconfBackend,
  },
  file: { fits: ({ unwritable }) => unwritable === undefined, open: fileBackend, outlives: true },
} satisfies Record<string, BackendRow>;

export type DnsMode = keyof typeof BACKENDS;

const MODES = Object.keys(BACKENDS) as DnsMode[];

/** The ways that may have left something behind in an earlier life. */
export const OUTLIVING: readonly DnsMode[] = MODES.filter((mode) => 'outlives' in BACKENDS[mode]);

export interface DnsDecision {
  /** `none`: nothing here takes name servers. */
  readonly mode: DnsMode | 'none';
  readonly seen: Seen;
  /**
   * What was seen, for the log: `rc=link:… owner=… resolved=yes nss=… resolvconf=none →
   * systemd-resolved`.
   */
  readonly trace: string;
  /** What a person should know about the choice; undefined when all is well. */
  readonly warning: Found | undefined;
}

/** Looks around and decides. */
export async function detectDns(host: DnsHost, signal: AbortSignal): Promise<DnsDecision> {
  const { before, target, others, unwritable } = await readResolvConf(`${host.root}/etc/resolv.conf`);
  const servers = nameservers(others);
  return decideDns({
    rc: before.kind === 'link' ? `link:${before.target}` : before.kind,
    owner: ownerOf(others) ?? /\/run\/(resolvconf|NetworkManager|connman)\//.exec(target)?.[1],
    resolved: host.bus !== undefined && (await isResolvedRunning(host.bus, signal)),
    stub:
      target.includes('/systemd/resolve/') ||
      target.endsWith('/systemd/resolv.conf') ||
      (servers.length > 0 && servers.every((server) => server === '127.0.0.53')),
    nss: await nssAsksResolved(`${host.root}/etc/nsswitch.conf`),
    resolvconf: await resolvconfKind(host.runner, signal),
    unwritable,
  });
}

/** The decision alone. Pure. */
export function decideDns(seen: Seen): DnsDecision {
  const mode = MODES.find((candidate) => BACKENDS[candidate].fits(seen)) ?? 'none';
  const yes = (value: boolean) => (value ? 'yes' : 'no');
  const trace = [
    `rc=${seen.rc}`,
    `owner=${seen.owner ?? 'nobody'}`,
    `resolved=${yes(seen.resolved)}`,
    `stub=${yes(seen.stub)}`,
    `nss-resolve=${yes(seen.nss)}`,
    `resolvconf=${seen.resolvconf}`,
    `writable=${seen.unwritable?.code ?? 'yes'}`,
    `mode=${mode}`,
  ].join(' ');
  return { mode, seen, trace, warning: warningOf(mode, seen) };
}

function warningOf(mode: DnsMode | 'none', { stub, resolved, unwritable }: Seen): Found | undefined {
  if (mode === 'none' && unwritable !== undefined)
    return found('name-servers-unused', {
      text: `the name servers of the link are not used: ${unwritable.reason}`,
      remedy: 'put that right, or set network.dns: off to say that this is meant',
    });
  if (mode === 'file' && stub && !resolved) return found('resolved-not-running');
  return undefined;
}

/** Whether glibc asks systemd-resolved (nss-resolve) before DNS itself. */
async function nssAsksResolved(path: string): Promise<boolean> {
  const text = await readRegularFile(path, MOST_BYTES).catch(() => ''); // none: glibc's default has no resolve
  const sources = /^hosts:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  const resolve = sources.indexOf('resolve');
  const dns = sources.indexOf('dns');
  return resolve !== -1 && (dns === -1 || resolve < dns);
}

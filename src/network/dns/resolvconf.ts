// Hands name servers to resolvconf, Debian's or openresolv, under a record name of our own.
import { CommandError, type CommandRunner } from '../../system/command.ts';
import { DnsError } from './dns-error.ts';
import type { WantedDns } from './wanted-dns.ts';

/** Both run every hook in /etc/resolvconf/update.d (libc, dnsmasq, …) before they return. */
const TIMEOUT_MS = 5_000;

export type Resolvconf = 'debian' | 'openresolv' | 'systemd' | 'none';

/** Which resolvconf answers to the name. All of today's know --version; Debian's of before 1.80 did not, and exited with 99. */
export async function resolvconfKind(runner: CommandRunner, signal: AbortSignal): Promise<Resolvconf> {
  try {
    const version = await runner.run(['resolvconf', '--version'], { timeoutMs: TIMEOUT_MS, signal });
    if (/^Debian/.test(version)) return 'debian';
    return /systemd/.test(version) ? 'systemd' : 'openresolv';
  } catch (error) {
    if (error instanceof CommandError) return error.exitCode === 99 ? 'debian' : 'none';
    throw error;
  }
}

// A suffix keeps our record apart from those that others make for the same interface.
const recordOf = (name: string) => `${name}.percept-lte`;

/** @throws DnsError */
export async function addRecord(
  runner: CommandRunner,
  kind: Resolvconf,
  wanted: WantedDns,
  signal: AbortSignal,
): Promise<void> {
  const text = wanted.servers.map((server) => `nameserver ${server}\n`).join('');
  // openresolv sorts records by metric, 0 first; Debian's by its interface-order file, in which unknown names come last.
  const metric = kind === 'openresolv' && !wanted.preferred ? ['-m', '700'] : [];
  await run(runner, ['resolvconf', ...metric, '-a', recordOf(wanted.interface)], text, signal);
}

/** A record that is not there is no failure. @throws DnsError */
export async function removeRecord(
  runner: CommandRunner,
  kind: Resolvconf,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  await run(runner, ['resolvconf', ...(kind === 'openresolv' ? ['-f'] : []), '-d', recordOf(name)], '', signal);
}

async function run(runner: CommandRunner, argv: readonly string[], input: string, signal: AbortSignal): Promise<void> {
  try {
    await runner.run(argv, { timeoutMs: TIMEOUT_MS, signal, input });
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new DnsError('resolvconf', argv.join(' '), `resolvconf did not take the name servers: ${cause.message}`, {
      cause,
    });
  }
}

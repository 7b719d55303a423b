// Hands name servers to resolvconf, Debian's or openresolv, under a record name of our own.
import { join } from 'node:path';
import { CommandError, type CommandRunner } from '../../system/command.ts';
import { readRegularFile } from '../../system/regular-file.ts';
import type { Backend, DnsHost, Resolvconf, Seen } from './backend.ts';
import { DnsError } from './dns-error.ts';

/** Both run every hook in /etc/resolvconf/update.d (libc, dnsmasq, …) before they return. */
const TIMEOUT_MS = 5_000;

/**
 * Which resolvconf answers to the name. All of today's know --version; Debian's of before 1.80 did
 * not, and exited with 99.
 */
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

/** More than a record of name servers has. */
const MOST_BYTES = 1_000_000;

/** Debian's keeps each record as a file; openresolv tells its own. */
const DEBIAN_RECORDS = '/run/resolvconf/interface';

/** Name servers by the resolvconf that was found. */
export function resolvconfBackend(
  host: Pick<DnsHost, 'runner' | 'root'>,
  { resolvconf: kind }: Pick<Seen, 'resolvconf'>,
): Backend {
  const { runner } = host;
  return {
    async put(wanted, again, signal) {
      const lines = wanted.servers.map((server) => `nameserver ${server}\n`);
      const record = recordOf(wanted.interface);
      if (again && isWhole(await readRecord(host, kind, record, signal), lines)) return false;
      // openresolv sorts records by metric, 0 first; Debian's by its interface-order file, in which
      // unknown names come last.
      const metric = kind === 'openresolv' && !wanted.preferred ? ['-m', '700'] : [];
      await run(runner, ['resolvconf', ...metric, '-a', record], lines.join(''), signal);
      return true;
    },
    async take(name, signal) {
      if (kind === 'none') return; // uninstalled, and its records with it
      // -f: a record that is not there is no failure.
      const force = kind === 'openresolv' ? ['-f'] : [];
      await run(runner, ['resolvconf', ...force, '-d', recordOf(name)], '', signal);
    },
  };
}

const isWhole = (record: string, lines: readonly string[]) => lines.every((line) => record.includes(line));

async function readRecord(
  { runner, root }: Pick<DnsHost, 'runner' | 'root'>,
  kind: Resolvconf,
  record: string,
  signal: AbortSignal,
): Promise<string> {
  const file = join(root, DEBIAN_RECORDS, record);
  if (kind === 'debian') return await readRegularFile(file, MOST_BYTES).catch(() => ''); // taken out
  return await run(runner, ['resolvconf', '-l', record], '', signal);
}

async function run(
  runner: CommandRunner,
  argv: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await runner.run(argv, { timeoutMs: TIMEOUT_MS, signal, input });
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    const remedy = 'see what it says by hand: resolvconf -u, and the hooks that it runs';
    throw new DnsError(argv.join(' '), `resolvconf did not take the name servers: ${cause.message}`, { cause, remedy });
  }
}

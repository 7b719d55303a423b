// `percept-lte doctor --bundle FILE`: what somebody far away needs to help, in one archive, without
// what must not leave the board. The memory stays out of it: a hash of a PIN of four digits is as
// good as the PIN.
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type ReadConfig, readConfig } from '../../config/load.ts';
import { ConfigError, problemLine } from '../../config/problems.ts';
import { CommandError } from '../../system/command.ts';
import { version } from '../../system/version.ts';
import type { Around, Finding } from '../checks/finding.ts';
import { type CliContext, EXIT } from '../context.ts';
import { textOf } from '../host-files.ts';
import { redactor, withoutSecretKeys } from './redact.ts';
import { type ArchiveEntry, tarOf } from './tar.ts';

const LINES = '3000';
const COMMAND_MS = 20_000;

/** What is asked of the host's own tools; nothing of it depends on the configuration. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'journal-percept-lte.txt': ['journalctl', '--no-pager', '-o', 'short-iso', '-n', LINES, '-u', 'percept-lte'],
  'journal-modemmanager.txt': ['journalctl', '--no-pager', '-o', 'short-iso', '-n', LINES, '-u', 'ModemManager'],
  'ip-address.json': ['ip', '-json', '-statistics', 'address', 'show'],
  'ip-route.txt': ['ip', 'route', 'show', 'table', 'all'],
  'ip-rule.txt': ['ip', 'rule', 'show'],
  'uname.txt': ['uname', '-srvm'],
};

/** Writes the archive (mode 0600) and says so; 1 where it cannot be written. */
export async function writeBundle(
  context: CliContext,
  file: string,
  configPath: string,
  { around, findings }: { readonly around: Around; readonly findings: readonly Finding[] },
): Promise<number> {
  const read = await readConfig(configPath, context.env, { mayLackCredentials: true }).catch((error: unknown) => {
    if (error instanceof ConfigError) return error;
    throw error;
  });
  const redact = redactor(secretsOf(read, around));
  const json = (value: unknown) => `${JSON.stringify(withoutSecretKeys(value), undefined, 2)}\n`;
  const entries: readonly ArchiveEntry[] = [
    { name: 'version.txt', text: `percept-lte ${version}, Node.js ${process.version}\n` },
    { name: 'doctor.json', text: json(findings) },
    { name: 'status.json', text: json(around.status ?? 'percept-lte does not run') },
    { name: 'modemmanager.json', text: json(around.facts ?? 'there is no bus') },
    {
      name: 'config.json',
      text: read instanceof ConfigError ? `${read.problems.map(problemLine).join('\n')}\n` : json(read.config),
    },
    { name: 'os-release.txt', text: (await textOf(context.root, 'etc/os-release')) ?? '' },
    ...(await Promise.all(
      Object.entries(COMMANDS).map(async ([name, argv]) => ({ name, text: await output(context, name, argv) })),
    )),
  ];
  const redacted = entries.map(({ name, text }) => ({ name: `percept-lte/${name}`, text: redact(text) }));
  try {
    const archive = await promisify(gzip)(tarOf(redacted, context.clock.now().wallMs / 1000));
    await writeFile(file, archive, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    context.err(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.fault;
  }
  context.out(`wrote ${file}, without PIN, password, IMEI, IMSI, ICCID and phone numbers; read it before you send it:`);
  context.out(`  tar -xzOf ${file} | less`);
  return EXIT.ok;
}

function secretsOf(read: ReadConfig | ConfigError, { facts }: Around): readonly (string | undefined)[] {
  const settings = read instanceof ConfigError ? [] : [read, ...read.profiles.map((profile) => profile.read)];
  const own = settings.flatMap(({ config: { connect, sim, modem } }) => [
    connect.password?.reveal(),
    sim.pin?.reveal(),
    connect.user,
    modem.match['equipment-identifier'],
  ]);
  const modems = facts?.modems ?? [];
  return [
    ...own,
    ...modems.flatMap(({ equipmentIdentifier, sim }) => [equipmentIdentifier, sim?.identifier, sim?.imsi]),
  ];
}

/**
 * ModemManager's levels that hold no dumps of messages: with --debug it writes the PIN to the
 * journal.
 */
const TOLD_LEVEL = /<(info|inf|msg|warn|wrn|error|err)>/;

async function output({ commands, signal }: CliContext, name: string, argv: readonly string[]): Promise<string> {
  try {
    const text = await commands.run(argv, { timeoutMs: COMMAND_MS, signal });
    if (name !== 'journal-modemmanager.txt') return text;
    return text
      .split('\n')
      .filter((line) => TOLD_LEVEL.test(line))
      .join('\n');
  } catch (error) {
    if (error instanceof CommandError) return `${argv.join(' ')}: ${error.stderr.trim() || 'could not be run'}\n`;
    throw error;
  }
}

// The program from outside: its exit codes and which stream it talks on.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../src/program.ts', import.meta.url));

interface Outcome {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

const percept = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const options = {
      env: { PATH: process.env.PATH ?? '', RUNTIME_DIRECTORY: '/nonexistent', ...env },
      timeout: 30_000,
    };
    const child = execFile(process.execPath, ['--import', 'tsx', MAIN, ...args], options, (_error, out, err) => {
      resolve({ code: child.exitCode ?? undefined, out, err });
    });
  });

test.each([
  [['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
  [['--help'], 0, /Usage: percept-lte COMMAND/, /^$/],
  [['frobnicate'], 2, /^$/, /^percept-lte: there is no command 'frobnicate'/],
  [['check', '--config', '/nonexistent'], 1, /^$/, /^\/nonexistent: there is no such file/],
  [['run', '--config', '/nonexistent'], 1, /^$/, /^\/nonexistent: there is no such file/],
  [['status'], 1, /^$/, /^percept-lte is not running/],
] as const)(
  'percept-lte %j ends with %i',
  async (args, code, out, err) => {
    const outcome = await percept(args);
    expect(outcome.err).toMatch(err);
    expect(outcome.out).toMatch(out);
    expect(outcome.code).toBe(code);
  },
  60_000,
);

test('under systemd, what went wrong has the priority of an error', async () => {
  const outcome = await percept(['run', '--config', '/nonexistent'], { JOURNAL_STREAM: '8:1' });
  expect(outcome.err).toMatch(/^<3>\/nonexistent: there is no such file/m);
  expect(outcome.code).toBe(1);
}, 60_000);

test('a log on a full disk does not end the daemon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'percept-lte-full-'));
  const config = join(folder, 'c.yaml');
  writeFileSync(config, 'connect: { apn: web }');
  const argv = ['--import', 'tsx', MAIN, 'run', '--config', config];
  // It ends because there is no bus; what it could not say before that is not why.
  const env = {
    PATH: process.env.PATH ?? '',
    RUNTIME_DIRECTORY: folder,
    DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent',
  };
  const { status, stderr } = spawnSync(process.execPath, argv, {
    env,
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    encoding: 'utf8',
    timeout: 30_000,
  });
  rmSync(folder, { recursive: true });
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
}, 60_000);

// What each program that answers to the name of resolvconf is asked, and with which words. The real
// ones are asked in test/component/network/dns.test.ts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Resolvconf } from '../../../../src/network/dns/backend.ts';
import { DnsError } from '../../../../src/network/dns/dns-error.ts';
import { resolvconfBackend, resolvconfKind } from '../../../../src/network/dns/resolvconf.ts';
import { CommandError, type CommandRunner } from '../../../../src/system/command.ts';

const { signal } = new AbortController();
const wanted = { interface: 'wwan0', servers: ['10.0.0.53', '10.0.0.54'], preferred: true };
const BOTH = 'nameserver 10.0.0.53\nnameserver 10.0.0.54\n';

/** A resolvconf that answers by its first argument, or fails. */
function program(answers: Readonly<Record<string, string | Error>> = {}) {
  const ran: { argv: string; input: string | undefined }[] = [];
  const runner: CommandRunner = {
    run: (argv, { input }) => {
      ran.push({ argv: argv.join(' '), input });
      const answer = answers[argv[1] ?? ''] ?? '';
      return typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer);
    },
    follow: () => Promise.reject(new Error('nothing is followed here')),
  };
  return { runner, ran };
}

function on(kind: Resolvconf, runner: CommandRunner, records: Readonly<Record<string, string>> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'percept-lte-resolvconf-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'run/resolvconf/interface'), { recursive: true });
  for (const [name, text] of Object.entries(records)) writeFileSync(join(root, 'run/resolvconf/interface', name), text);
  return resolvconfBackend({ runner, root }, { resolvconf: kind });
}

test.each<readonly [string, string | Error, Resolvconf]>([
  ['Debian’s of today', 'Debian resolvconf 1.91', 'debian'],
  ['Debian’s of before 1.80', new CommandError(['resolvconf'], 99, 'usage'), 'debian'],
  ['systemd’s', 'systemd 252 (252.5-2)', 'systemd'],
  ['openresolv', 'openresolv 3.12.0\nCopyright', 'openresolv'],
  ['none', new CommandError(['resolvconf'], undefined, 'ENOENT'), 'none'],
  ['one that fails otherwise', new CommandError(['resolvconf'], 1, ''), 'none'],
])('%s is known by what it says of its version', async (_, answer, kind) => {
  expect(await resolvconfKind(program({ '--version': answer }).runner, signal)).toBe(kind);
});

test('a bug is not taken for a missing program', async () => {
  await expect(resolvconfKind(program({ '--version': new TypeError('a bug') }).runner, signal)).rejects.toThrow(
    'a bug',
  );
});

test.each<readonly [Resolvconf, boolean, string]>([
  ['debian', true, 'resolvconf -a wwan0.percept-lte'],
  ['debian', false, 'resolvconf -a wwan0.percept-lte'],
  ['openresolv', true, 'resolvconf -a wwan0.percept-lte'],
  ['openresolv', false, 'resolvconf -m 700 -a wwan0.percept-lte'],
])('%s gets a record of our own (preferred: %s)', async (kind, preferred, argv) => {
  const { runner, ran } = program();
  expect(await on(kind, runner).put({ ...wanted, preferred }, false, signal)).toBe(true);
  expect(ran).toEqual([{ argv, input: BOTH }]);
});

test.each<readonly [string, string, boolean]>([
  ['is whole', BOTH, false],
  ['has lost a server', 'nameserver 10.0.0.53\n', true],
  ['is gone', '', true],
])('a record that %s is put again only where it has to be', async (_, record, changed) => {
  const openresolv = program({ '-l': record });
  expect(await on('openresolv', openresolv.runner).put(wanted, true, signal)).toBe(changed);
  expect(openresolv.ran.filter(({ argv }) => argv.includes('-a'))).toHaveLength(changed ? 1 : 0);
  const debian = program();
  const records: Record<string, string> = record === '' ? {} : { 'wwan0.percept-lte': record };
  expect(await on('debian', debian.runner, records).put(wanted, true, signal)).toBe(changed);
  expect(debian.ran).toHaveLength(changed ? 1 : 0);
});

test.each<readonly [Resolvconf, readonly string[]]>([
  ['debian', ['resolvconf -d wwan0.percept-lte']],
  ['openresolv', ['resolvconf -f -d wwan0.percept-lte']],
  ['none', []],
])('%s: the record is taken out', async (kind, expected) => {
  const { runner, ran } = program();
  await on(kind, runner).take('wwan0', signal);
  expect(ran.map(({ argv }) => argv)).toEqual(expected);
});

test('a hook that fails is told with what to look at; a bug is not', async () => {
  const failing = program({ '-a': new CommandError(['resolvconf', '-a'], 1, 'libc: no space') });
  const told = await on('debian', failing.runner)
    .put(wanted, false, signal)
    .catch((error: unknown) => error);
  expect(told).toBeInstanceOf(DnsError);
  expect(told).toMatchObject({
    message: expect.stringContaining('libc: no space'),
    remedy: expect.stringContaining('resolvconf -u'),
  });
  const bug = program({ '-a': new TypeError('a bug') });
  await expect(on('debian', bug.runner).put(wanted, false, signal)).rejects.toThrow('a bug');
});

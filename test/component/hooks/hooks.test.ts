// Hooks as real programs: what they are told, in what order, and what becomes of those that are
// slow, fail, or may be written by somebody else.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reportOf } from '../../../src/connection/words/status-of.ts';
import { Hooks } from '../../../src/hooks/hooks.ts';
import { warningSentence } from '../../../src/status/why.ts';
import { hostCommands } from '../../../src/system/command.ts';
import { at, online, policy } from '../../unit/connection/builders.ts';
import { silentLog } from '../../unit/silent-log.ts';

let folder = '';
let troubles: readonly string[] = [];
let closing = new AbortController();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'percept-lte-hooks-'));
  mkdirSync(join(folder, 'd'), { mode: 0o755 });
  troubles = [];
  closing = new AbortController();
});
afterEach(() => {
  closing.abort();
  rmSync(folder, { recursive: true, force: true });
});

const hooks = () =>
  new Hooks({
    folder: join(folder, 'd'),
    commands: hostCommands,
    log: silentLog,
    uid: process.getuid?.() ?? 0,
    path: process.env.PATH ?? '',
    signal: closing.signal,
    onTrouble: (found) => {
      troubles = found.map(warningSentence);
    },
  });

function put(name: string, script: string, mode = 0o755): void {
  const path = join(folder, 'd', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, mode);
}

const written = (name: string) => readFileSync(join(folder, name), 'utf8');

const status = reportOf(
  online(),
  policy(),
  {
    pid: 1,
    offlineSince: undefined,
    daemonVersion: '9',
    modemManager: { onBus: true, version: '1.24' },
    counters: { rxBytes: 0, txBytes: 0 },
    warnings: [],
  },
  at(60),
);

test('a hook gets the event, the interface, the addresses and the status', async () => {
  put(
    '10-tell',
    `echo "$1 $2 $PERCEPT_LTE_EVENT $DEVICE_IFACE $IP4_ADDRESS_0" > ${folder}/told; cat > ${folder}/stdin`,
  );
  const own = hooks();
  own.happened('online', status);
  await own.idle();
  const address = status.link?.addresses[0];
  const { interface: name = '', gateway = '' } = status.link ?? {};
  expect(written('told')).toBe(`${name} online online ${name} ${address}${gateway === '' ? '' : ` ${gateway}`}\n`);
  expect(JSON.parse(written('stdin'))).toEqual({ event: 'online', status: JSON.parse(JSON.stringify(status)) });
  expect(troubles).toEqual([]);
});

test('a hook of a trial that ended gets the result and the reason', async () => {
  put('10-tell', `echo "$2 $PERCEPT_LTE_RESULT: $PERCEPT_LTE_REASON" > ${folder}/told; cat > ${folder}/stdin`);
  const own = hooks();
  own.happened('trial-ended', status, { result: 'taken-back', reason: 'APN wrong was refused' });
  await own.idle();
  expect(written('told')).toBe('trial-ended taken-back: APN wrong was refused\n');
  const { event, result, reason } = JSON.parse(written('stdin'));
  expect([event, result, reason]).toEqual(['trial-ended', 'taken-back', 'APN wrong was refused']);
});

test("a hook learns nothing of the daemon's own environment", async () => {
  put('10-env', `env > ${folder}/env`);
  process.env.NOTIFY_SOCKET = '/nowhere';
  const own = hooks();
  own.happened('online', status);
  await own.idle();
  delete process.env.NOTIFY_SOCKET;
  expect(written('env')).not.toContain('NOTIFY_SOCKET');
});

test('hooks run one at a time, by name, and events in their order', async () => {
  put('20-second', `echo "second $2" >> ${folder}/log`);
  put('10-first', `sleep 0.2; echo "first $2" >> ${folder}/log`);
  const own = hooks();
  own.happened('offline', status);
  own.happened('online', status);
  await own.idle();
  expect(written('log')).toBe('first offline\nsecond offline\nfirst online\nsecond online\n');
});

test('a hook that fails is a warning until it runs well, and the next ones run', async () => {
  put('10-bad', `test -e ${folder}/good || exit 3`);
  put('20-next', `echo ran >> ${folder}/log`);
  const own = hooks();
  own.happened('online', status);
  await own.idle();
  expect(troubles).toHaveLength(1);
  expect(troubles[0]).toContain('10-bad ended with 3 on online');
  expect(written('log')).toBe('ran\n');
  writeFileSync(join(folder, 'good'), '');
  own.happened('online', status);
  await own.idle();
  expect(troubles).toEqual([]);
});

test.each<[name: string, prepare: () => void, says: string]>([
  ['may be written by others', () => put('10-open', `: > ${folder}/ran`, 0o777), 'may be written by others'],
  ['is not executable', () => put('10-plain', `: > ${folder}/ran`, 0o644), 'is not executable'],
  [
    'lies in a folder that others may write',
    () => {
      put('10-fine', `: > ${folder}/ran`);
      chmodSync(join(folder, 'd'), 0o777);
    },
    'may be written by others',
  ],
])('a hook that %s is not run, and that is said', async (_name, prepare, says) => {
  prepare();
  const own = hooks();
  own.happened('online', status);
  await own.idle();
  expect(troubles.join()).toContain(says);
  expect(() => written('ran')).toThrow('ENOENT');
});

test('editors’ backups and drop-ins of the configuration are no hooks', async () => {
  for (const name of ['10-tell~', '.hidden', '10-base.yaml', '10-tell.dpkg-old']) put(name, `: > ${folder}/ran`);
  const own = hooks();
  own.happened('online', status);
  await own.idle();
  expect(() => written('ran')).toThrow('ENOENT');
  expect(troubles).toEqual([]);
});

test('a folder, a pipe and a link that leads nowhere among the hooks are no hooks', async () => {
  const at = (name: string) => join(folder, 'd', name);
  mkdirSync(at('pre-up.d'));
  execFileSync('mkfifo', [at('pipe')]);
  symlinkSync('loop', at('loop'));
  put('zz-last', `: > ${folder}/ran`);
  const own = hooks();
  own.happened('online', status);
  await own.idle();
  expect(troubles).toEqual([]);
  expect(written('ran')).toBe('');
});

test('a hook that writes without end is stopped and named, and so is one that is no program', async () => {
  put('10-endless', 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done');
  writeFileSync(join(folder, 'd', '20-lost'), '#!/no/such/interpreter\n', { mode: 0o755 });
  put('30-killed', 'kill -KILL $$');
  const own = hooks();
  own.happened('online', status);
  await own.idle();
  expect(troubles.map((text) => /(\d\d-\w+) (.*) on online/.exec(text)?.slice(1))).toEqual([
    ['10-endless', 'failed (it wrote more than 65536 bytes)'],
    ['20-lost', expect.stringMatching(/^failed \(spawn .* ENOENT\)$/)],
    ['30-killed', 'was ended by a signal'],
  ]);
});

test('the end of the daemon ends a hook that runs', async () => {
  put('10-slow', 'exec sleep 60');
  const own = hooks();
  own.happened('online', status);
  await new Promise((resolve) => setTimeout(resolve, 200));
  closing.abort();
  await own.idle();
  expect(troubles).toEqual([]);
});

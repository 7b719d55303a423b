// check: whether a configuration is good.
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../../src/cli/check.ts';
import { settingsText } from '../../../src/config/settings.ts';
import { fingerprintOf } from '../../../src/state/proven.ts';
import { NOW, online } from '../status/statuses.ts';
import { fakeHost } from './fake-context.ts';

test('a good configuration', async () => {
  const { context, files, printed } = fakeHost();
  files({ 'c.yaml': 'connect: { apn: [a, ""] }' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
  expect(printed).toEqual([`ok: ${context.root}/c.yaml (apn a, "", ip-type ipv4, metric 700)`]);
});

test('with files that are dropped in, each key is told with the file that it comes from', async () => {
  const { context, files, printed } = fakeHost();
  files({ 'c.yaml': 'connect: { apn: a }', 'c.yaml.d/50-b.yaml': 'connect:\n  ip-type: ipv6\n' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
  expect(printed.slice(1)).toEqual([
    `set: connect.apn in ${context.root}/c.yaml:1`,
    `set: connect.ip-type in ${context.root}/c.yaml.d/50-b.yaml:2`,
  ]);
});

test('files that others may write are good and told, and a name among them drives no terminal', async () => {
  const { context, files, printed } = fakeHost();
  const name = 'c.yaml.d/50-\u001b[2J.yaml';
  files({ 'c.yaml': 'connect: { apn: a }', [name]: 'connect: { apn: b }\n' });
  chmodSync(join(context.root, name), 0o666);
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
  expect(printed.slice(1).map((line) => line.replaceAll(`${context.root}/`, ''))).toEqual([
    'warning: c.yaml.d/50-\\x1b[2J.yaml may be written by others: whoever writes it says where this board connects, ' +
      "from the next reload on. Remedy: chmod go-w 'c.yaml.d/50-\\x1b[2J.yaml', then: systemctl reload percept-lte",
    'set: connect.apn in c.yaml.d/50-\\x1b[2J.yaml:1',
  ]);
});

test('a bad one: a line a problem, 78', async () => {
  const { context, files, printed, complained } = fakeHost();
  files({ 'c.yaml': 'connect: { apm: a }\nlog: { level: loud }' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(78);
  expect(printed).toEqual([]);
  expect(complained).toHaveLength(3);
  expect(complained[1]).toMatch(/c\.yaml:1:12: connect\.apm: unknown key; did you mean 'apn'\?$/);
});

test('what the service could not read is wrong, though root reads it', async () => {
  const { context, files, complained } = fakeHost();
  files({ pin: '1234' });
  const pin = join(context.root, 'pin');
  chmodSync(pin, 0o600);
  expect(pin).toMatch(/^\/tmp\//);
  files({ 'c.yaml': `connect: { apn: a }\nsim: { pin-file: ${pin} }` });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(78);
  expect(complained).toEqual([
    expect.stringMatching(/the service cannot read \/tmp\/.*PrivateTmp=yes.*put it into \/etc$/),
  ]);
});

test('a file that is not there is a fault that may pass: the disk may be mounted later', async () => {
  const { context, files, complained } = fakeHost();
  files({ 'c.yaml': 'connect: { apn: a }\nsim: { pin-file: /nonexistent/pin }' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(1);
  expect(complained[0]).toContain('there is no file /nonexistent/pin');
});

test('a credential, which exists only while systemd runs the service, is not missed', async () => {
  const { context, files } = fakeHost();
  files({ 'c.yaml': 'connect: { apn: a }\nsim: { pin-file: sim-pin }' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
});

const PROVEN = { connect: { apn: 'vzwinternet', 'ip-type': 'ipv4' } };

/** Checks `text` on a board whose `proven` settings carried traffic at 10:30; what is printed. */
async function against(text: string, { proven = PROVEN as unknown, trials = undefined as unknown } = {}) {
  const { context, files, printed } = fakeHost();
  const kept = { version: 1, salt: 'salt', proven: { written: proven, wallMs: NOW - 600_000 }, trials };
  files({ 'c.yaml': text, 'var/lib/percept-lte/proven.json': JSON.stringify(kept) });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
  return printed.slice(1);
}

const condemned = (connect: object, by: object) => {
  const fingerprint = fingerprintOf({ salt: 'salt' }, settingsText({ connect }));
  const one = { fingerprint, ...by };
  return { fingerprint, standing: { kind: 'condemned', by: one }, condemned: [one] };
};

test('a board that has never been online: nothing is said of a trial', async () => {
  const { context, files, printed } = fakeHost();
  files({ 'c.yaml': 'connect: { apn: a }' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
  expect(printed).toHaveLength(1);
});

test('what is proven, where the file has the same', async () => {
  expect(await against('connect: { apn: vzwinternet, ip-type: ipv4 }\nlog: { level: debug }')).toEqual([
    'proven: apn vzwinternet, carried traffic at 10:30; the file has the same settings',
  ]);
});

test('a change: each key with its line, and how long it is on trial', async () => {
  expect(await against('connect:\n  apn: iot.foo\n  ip-type: ipv4v6\nrecovery:\n  trial: 5m\n')).toEqual([
    'proven: apn vzwinternet, carried traffic at 10:30',
    'differs: connect.apn (line 2): vzwinternet before, iot.foo now',
    'differs: connect.ip-type (line 3)',
    'they are on trial until traffic passes, for at most 5 min',
  ]);
});

test.each([
  [
    'another session',
    'connect: { apn: iot.foo, ip-type: ipv4 }',
    4,
    ['a reload now takes effect within the hour: 4 of 4 attempts of this hour are used; the link stays up until then'],
  ],
  [
    'another modem',
    'connect: { apn: vzwinternet, ip-type: ipv4 }\nmodem: { match: { model: FIH7160 } }',
    4,
    [
      'a reload that leads to another modem now takes the link down for up to an hour: 4 of 4 attempts of this hour are used',
    ],
  ],
  ['an attempt is left', 'connect: { apn: iot.foo, ip-type: ipv4 }', 3, []],
  ['another metric', 'connect: { apn: vzwinternet, ip-type: ipv4 }\nnetwork: { metric: 5 }', 4, []],
])(
  'the attempts of the hour are used up: it is said what a reload does to a link that works: %s',
  async (_, text, usedThisHour, told) => {
    const host = fakeHost();
    const kept = { version: 1, salt: 'salt', proven: { written: PROVEN, wallMs: NOW - 600_000 } };
    host.files({ 'c.yaml': text, 'var/lib/percept-lte/proven.json': JSON.stringify(kept) });
    host.daemon({ ...online, attempts: { usedThisHour, limitPerHour: 4, consecutiveFailures: 0 } });
    expect(await check(host.context, join(host.context.root, 'c.yaml'))).toBe(0);
    expect(host.printed.filter((line) => line.startsWith('a reload '))).toEqual(told);
  },
);

test('recovery.trial: off: nothing is taken back, which is said', async () => {
  const lines = await against('connect: { apn: iot.foo }\nrecovery: { trial: off }');
  expect(lines.at(-1)).toBe('recovery.trial is off: the settings of the file are used, whatever becomes of them');
});

test.each([
  [{ how: 'refused', class: 'apn', cause: 27 }, 'were refused, cause 27'],
  [{ how: 'refused', class: 'auth' }, 'were refused'],
  [{ how: 'silent' }, 'carried no traffic while the proven ones did'],
])('settings that were tried before (%o): they are not tried again', async (by, why) => {
  const trials = condemned({ apn: 'iot.foo' }, by);
  const lines = await against('connect: { apn: iot.foo }', { trials });
  expect(lines.at(-1)).toBe(
    `these settings ${why}: they are not tried again until they change, or somebody says: percept-lte accept`,
  );
});

test('another password: that it differs, and not what it is', async () => {
  const proven = { connect: { apn: 'vzwinternet', user: 'board', password: 'old-secret' } };
  const { context, files, printed } = fakeHost();
  const kept = { version: 1, salt: 'salt', proven: { written: proven, wallMs: NOW } };
  files({ 'c.yaml': 'connect:\n  apn: vzwinternet\n  user: board\n  password: new-secret\n' });
  chmodSync(join(context.root, 'c.yaml'), 0o600);
  files({ 'var/lib/percept-lte/proven.json': JSON.stringify(kept) });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
  expect(printed).toContain('differs: connect.password (line 4)');
  expect(printed.join()).not.toMatch(/secret/);
});

test('proven settings of another release that make no sense now', async () => {
  const lines = await against('connect: { apn: a }', { proven: { connect: { apn: 7, nonsense: true } } });
  expect(lines).toEqual(['proven: settings that cannot be used any more, at 10:30']);
});

test('a damaged file of what is proven is told, and left for the daemon', async () => {
  const { context, files, printed } = fakeHost();
  files({ 'c.yaml': 'connect: { apn: a }', 'var/lib/percept-lte/proven.json': '{' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
  expect(printed[1]).toMatch(/^proven: /);
  expect(readFileSync(join(context.root, 'var/lib/percept-lte/proven.json'), 'utf8')).toBe('{');
});

// One configuration of several files: who wins, and who is named when something is wrong.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { merged } from '../../../src/config/files.ts';
import { readConfig } from '../../../src/config/load.ts';
import type { ConfigError } from '../../../src/config/problems.ts';
import { file, folder } from './config-folder.ts';

/** Reads the files, by their paths below the folder, as those of a board. */
async function read(files: Readonly<Record<string, string>>, modes: Readonly<Record<string, number>> = {}) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    file(name, text, modes[name]);
  }
  return await readConfig(join(folder, 'c.yaml'), {}, { imageFolder: join(folder, 'image') });
}
const refusal = (files: Readonly<Record<string, string>>, modes = {}): Promise<string> =>
  read(files, modes).then(
    () => 'none',
    (error: ConfigError) => error.message.replaceAll(`${folder}/`, ''),
  );

test('an image’s, the board’s own, and what is dropped in: the later wins, key by key', async () => {
  const { config, dropIns } = await read({
    'image/10-a.yaml': 'connect: { apn: image, ip-type: ipv4v6 }\nnetwork: { metric: 1 }',
    'image/20-b.yaml': 'network: { metric: 2, mtu: 1400 }',
    'c.yaml': 'connect: { apn: board }\nnetwork: { metric: 3 }',
    'c.yaml.d/20-b.yaml': 'network: { metric: 5 }',
    'c.yaml.d/10-a.yaml': 'network: { metric: 4 }',
  });
  expect(config.connect).toMatchObject({ apn: { kind: 'list', apns: ['board'] }, 'ip-type': 'ipv4v6' });
  expect(config.network).toMatchObject({ metric: 5, mtu: 1400 });
  expect(dropIns.map((path) => path.replace(`${folder}/`, ''))).toEqual([
    'image/10-a.yaml',
    'image/20-b.yaml',
    'c.yaml.d/10-a.yaml',
    'c.yaml.d/20-b.yaml',
  ]);
});

test('a list replaces the one before, and a section with every line commented out changes nothing', async () => {
  const { config } = await read({
    'image/a.yaml': 'connect: { apn: [one, two] }\nprobe: { targets: [dns] }',
    'c.yaml': 'connect:\n  apn: [three]\nprobe:\n  #targets: []\n',
  });
  expect([config.connect.apn, config.probe.targets]).toEqual([{ kind: 'list', apns: ['three'] }, [{ kind: 'dns' }]]);
});

test('hidden files, other suffixes and an empty file are nothing', async () => {
  const files = { 'c.yaml.d/.a.yaml': ':', 'c.yaml.d/b.yml': ':', 'c.yaml.d/c.yaml~': ':', 'c.yaml.d/d.yaml': '' };
  expect((await read({ 'c.yaml': 'connect: { apn: web }', ...files })).config.connect.apn).toEqual({
    kind: 'list',
    apns: ['web'],
  });
});

test('every problem is told with its file, line and key, in the order of the files', async () => {
  expect(
    await refusal({
      'image/a.yaml': 'connect:\n  apm: web\n',
      'c.yaml': 'connect:\n  apn: web\nnetwork:\n  metric: 0\n',
      'c.yaml.d/b.yaml': '\nlog: { level: loud }\n',
    }),
  ).toBe(
    [
      "image/a.yaml:2:3: connect.apm: unknown key; did you mean 'apn'?",
      'c.yaml:4:11: network.metric: found 0, allowed a whole number from 1 to 4294947295',
      'c.yaml.d/b.yaml:2:15: log.level: found "loud", allowed trace, debug, info, warn or error',
    ].join('\n'),
  );
});

test('each file that is no YAML is told', async () => {
  const text = await refusal({ 'c.yaml': 'connect: {', 'c.yaml.d/a.yaml': 'a: b: c', 'c.yaml.d/b.yaml': 'log: {}' });
  expect(text.split('\n').map((line) => line.replace(/: not valid YAML.*/, ''))).toEqual([
    'c.yaml:1:11',
    'c.yaml.d/a.yaml:1:4',
  ]);
});

test('a drop-in with a secret that others can read is refused, also where a later file replaces it', async () => {
  const files = {
    'c.yaml': 'connect: { apn: web }',
    'c.yaml.d/a.yaml': 'connect:\n  password: hunter2\n',
    'c.yaml.d/b.yaml': 'connect: { password: hunter3 }',
  };
  expect(await refusal(files, { 'c.yaml.d/a.yaml': 0o644, 'c.yaml': 0o644 })).toBe(
    'c.yaml.d/a.yaml:2:13: connect.password: others can read this secret (mode 0644); run: chmod 600 c.yaml.d/a.yaml',
  );
  expect((await read(files, { 'c.yaml.d/a.yaml': 0o600 })).config.connect.password?.reveal()).toBe('hunter3');
});

test('a password takes the place of an earlier file’s password-file', async () => {
  const { config, written } = await read({
    'image/a.yaml': 'connect: { apn: web, password-file: /none }\nsim: { pin: "1234" }',
    'c.yaml': 'connect: { password: hunter2 }',
  });
  expect(config.connect.password?.reveal()).toBe('hunter2');
  expect(written.connect).toEqual({ apn: 'web', password: 'hunter2' });
});

test('both in one file is wrong there', async () => {
  const both = { 'c.yaml': 'connect: { apn: web }', 'c.yaml.d/a.yaml': 'sim: { pin: "1234", pin-file: /p }' };
  expect(await refusal(both)).toMatch(/^c\.yaml\.d\/a\.yaml:1:\d+: sim\.pin-file: .*only one of pin and pin-file/);
});

test('an image that brings everything needs no file in /etc; without any file there is nothing', async () => {
  expect(await refusal({})).toMatch(/^c\.yaml: there is no such file/);
  const { config } = await read({ 'image/a.yaml': 'connect: { apn: image }' });
  expect(config.connect.apn).toEqual({ kind: 'list', apns: ['image'] });
});

test('where a key stands is told, with the file where it is not the main one', async () => {
  const { placeOf, origins } = await read({
    'c.yaml': 'connect:\n  apn: web\n',
    'c.yaml.d/a.yaml': 'connect:\n  ip-type: ipv6\n',
  });
  expect(placeOf(['connect', 'apn'])).toBe('line 2');
  expect(placeOf(['connect', 'ip-type'])).toBe(`line 2 of ${folder}/c.yaml.d/a.yaml`);
  expect(origins().map(({ path, place }) => `${path.join('.')} ${place.file.replace(folder, '')}`)).toEqual([
    'connect.apn /c.yaml',
    'connect.ip-type /c.yaml.d/a.yaml',
  ]);
});

test('the example of a fleet is a good drop-in', async () => {
  const example = new URL('../../../config/percept-lte.yaml.d/50-fleet.yaml', import.meta.url);
  const { config } = await read({
    'image/50-fleet.yaml': readFileSync(example, 'utf8'),
    'c.yaml': 'connect: { apn: a }',
  });
  expect(config.recovery['boot-spread']).toBe(60_000);
});

test('a pipe, a device or a file without end in the place of a drop-in or a secret is told, and waited for by nobody', async () => {
  await refusal({ 'c.yaml': 'connect: { apn: own }', 'c.yaml.d/90.yaml': '#'.repeat(200_001) });
  symlinkSync('/dev/zero', join(folder, 'c.yaml.d/20.yaml'));
  execFileSync('mkfifo', ['-m', '600', join(folder, 'c.yaml.d/10.yaml'), join(folder, 'pipe')]);
  const other = 'cannot be read (it is a folder, a pipe or a device, or far too large)';
  expect(await refusal({})).toBe(['10', '20', '90'].map((name) => `c.yaml.d/${name}.yaml: ${other}`).join('\n'));
  rmSync(join(folder, 'c.yaml.d'), { recursive: true });
  const pin = { 'c.yaml': `connect: { apn: own }\nsim: { pin-file: ${folder}/pipe }` };
  expect(await refusal(pin)).toBe(`c.yaml:2:18: sim.pin-file: pipe ${other}`);
});

test('a key named __proto__ is a key that nobody knows', async () => {
  expect(merged({ connect: {} }, JSON.parse('{"__proto__": {"apn": "a"}}'))).not.toHaveProperty('apn');
  expect(await refusal({ 'c.yaml': 'connect: { apn: web }', 'c.yaml.d/a.yaml': '__proto__: { apn: a }' })).toMatch(
    /^c\.yaml\.d\/a\.yaml:1:1: __proto__: unknown key/,
  );
});

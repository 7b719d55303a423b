// Settings that are kept to go back to: as they were written, secrets as the file has them.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changedSettings } from '../../../src/config/changes.ts';
import { parseConfig, readConfig, settingsOf } from '../../../src/config/load.ts';
import { settingsText, withSettings } from '../../../src/config/settings.ts';

function host() {
  const folder = mkdtempSync(join(tmpdir(), 'percept-lte-settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o600);
    return join(folder, name);
  };
  return { folder, write };
}

test('settings that were written down are the same again', async () => {
  const { write } = host();
  const file = write(
    'c.yaml',
    'connect: { apn: [a, b], user: u, password: p }\nnetwork: { mtu: 1400 }\nlog: { level: debug }',
  );
  const { config, written } = await readConfig(file, {});
  const again = await settingsOf(written, {});
  expect(again && changedSettings(again, config)).toEqual([]);
  expect(Object.keys(written)).toEqual(['connect', 'network']);
});

test('a password in a file of its own is kept, so that one written over it can be taken back', async () => {
  const { write } = host();
  const secret = write('password', 'old');
  const file = write('c.yaml', `connect: { apn: a, user: u, password-file: ${secret} }`);
  const { written } = await readConfig(file, {});
  write('password', 'new');
  const { config } = await readConfig(file, {});
  const before = await settingsOf(written, {});
  expect(before?.connect.password?.reveal()).toBe('old');
  expect(before && changedSettings(before, config)).toEqual([['connect', 'password']]);
});

test('what systemd decrypts for the service is not written down, and read again', async () => {
  const { folder, write } = host();
  write('connect.password', 'hunter2');
  const file = write('c.yaml', 'connect: { apn: a, user: u, password-file: connect.password }');
  const env = { CREDENTIALS_DIRECTORY: folder };
  const { written } = await readConfig(file, env);
  expect(JSON.stringify(written)).not.toContain('hunter2');
  expect((await settingsOf(written, env))?.connect.password?.reveal()).toBe('hunter2');
  expect(await settingsOf(written, {})).toBeUndefined();
});

test('settings of another version are none', async () => {
  expect(await settingsOf({ connect: { apn: 'a', teleport: true } }, {})).toBeUndefined();
});

test('the order of keys makes no other settings, another value does', () => {
  const text = (connect: object) => settingsText({ connect });
  expect(text({ apn: 'a', user: 'b' })).toBe(text({ user: 'b', apn: 'a' }));
  expect(text({ apn: 'a' })).not.toBe(text({ apn: 'b' }));
});

test('each key that differs is told, with its line', async () => {
  const { write } = host();
  const file = write('c.yaml', 'connect:\n  apn: b\nmodem:\n  match:\n    plugin: telit\nnetwork:\n  dns: off\n');
  const { config, placeOf } = await readConfig(file, {});
  const changed = changedSettings(parseConfig('connect: { apn: a }', 'f'), config);
  expect(changed.map((path) => `${path.join('.')} ${placeOf(path)}`)).toEqual([
    'connect.apn line 2',
    'modem.match.plugin line 5',
    'network.dns line 7',
  ]);
});

test('roaming that the file forbids stays forbidden on the settings before', () => {
  const file = parseConfig('connect: { apn: b, allow-roaming: false }\nprobe: { targets: [dns] }', 'f');
  const config = withSettings(file, parseConfig('connect: { apn: a }', 'f'));
  expect(config.connect).toMatchObject({ apn: { kind: 'list', apns: ['a'] }, 'allow-roaming': false });
  expect(config.probe.targets).toEqual([{ kind: 'dns' }]);
});

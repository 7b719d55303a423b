// Reading the configuration's files: modes, secrets in files of their own, systemd's credentials.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../../src/config/load.ts';
import type { ConfigError } from '../../../src/config/problems.ts';
import { file, folder } from './config-folder.ts';

const loadConfig = async (...given: Parameters<typeof readConfig>) => (await readConfig(...given)).config;

const refusal = async (path: string, env: Record<string, string> = {}): Promise<string> =>
  loadConfig(path, env).then(
    () => 'none',
    (error: Error) => error.message.replaceAll(folder, ''),
  );

test('without a secret, anybody may read the file', async () => {
  const path = file('c.yaml', 'connect: { apn: web }', 0o644);
  expect((await loadConfig(path, {})).connect.apn).toEqual({ kind: 'list', apns: ['web'] });
});

test('with a secret, nobody else may', async () => {
  const text = 'connect: { apn: web }\nsim:\n  pin: "1234"\n';
  expect(await refusal(file('c.yaml', text, 0o640))).toBe(
    '/c.yaml:3:8: sim.pin: others can read this secret (mode 0640); run: chmod 600 /c.yaml',
  );
  expect((await loadConfig(file('d.yaml', text), {})).sim.pin?.reveal()).toBe('1234');
});

test('secrets come from files of their own, trimmed', async () => {
  const pin = file('pin', '1234\n');
  const password = file('password', 'hunter2\n');
  const path = file('c.yaml', `connect: { apn: web, password-file: ${password} }\nsim: { pin-file: ${pin} }`, 0o644);
  const config = await loadConfig(path, {});
  expect([config.sim.pin?.reveal(), config.connect.password?.reveal()]).toEqual(['1234', 'hunter2']);
});

test('everything that is wrong with the files of secrets is told at once', async () => {
  const pin = file('pin', '12x4');
  const password = file('password', 'hunter2', 0o644);
  const path = file('c.yaml', `connect: { apn: web, password-file: ${password} }\nsim: { pin-file: ${pin} }`);
  expect(await refusal(path)).toMatch(
    /^\/c\.yaml:1:37: connect\.password-file: others can read this secret \(mode 0644\); run: chmod 600 \/password\n\/c\.yaml:2:18: sim\.pin-file: \/pin does not hold a PIN of 4 to 8 digits$/,
  );
});

test('a file that is not there is named', async () => {
  expect(await refusal(file('c.yaml', `connect: { apn: web }\nsim: { pin-file: ${folder}/none }`))).toBe(
    '/c.yaml:2:18: sim.pin-file: there is no file /none',
  );
  expect(await refusal(join(folder, 'none.yaml'))).toMatch(
    /^\/none\.yaml: there is no such file; `percept-lte prepare`/,
  );
  expect(await refusal(folder)).toBe(': cannot be read (it is a folder, a pipe or a device, or far too large)');
});

test('a section that holds itself is bad YAML, and no file that cannot be read now', async () => {
  const path = file('c.yaml', 'connect: &web\n  apn: web\n  <<: *web\n');
  expect(await refusal(path)).toBe('/c.yaml: not valid YAML: nested too deeply, or a part of itself (&, *)');
  expect(await loadConfig(path, {}).then(undefined, (error: ConfigError) => error.mayPass)).toBe(false);
});

test('a name without a path is a credential; its group bits are the mask of an ACL and not looked at', async () => {
  file('sim-pin', '4321', 0o440);
  const path = file('c.yaml', 'connect: { apn: web }\nsim: { pin-file: sim-pin }');
  expect((await loadConfig(path, { CREDENTIALS_DIRECTORY: folder })).sim.pin?.reveal()).toBe('4321');
  expect(await refusal(path)).toMatch(/'sim-pin' is not an absolute path, and systemd has given no credentials/);
  expect((await loadConfig(path, {}, { mayLackCredentials: true })).sim.pin).toBeUndefined();
});

test('what could not be read may pass, and only if nothing else is wrong', async () => {
  const mayPass = (path: string) => loadConfig(path, {}).then(undefined, (error: ConfigError) => error.mayPass);
  const missing = `connect: { apn: web, password-file: ${folder}/not-mounted/pw }\n`;
  expect(await mayPass(file('a.yaml', missing))).toBe(true);
  expect(await mayPass(join(folder, 'none.yaml'))).toBe(true);
  expect(await mayPass(file('b.yaml', `${missing}sim: { pin-file: ${file('pin', 'no PIN')} }`))).toBe(false);
  expect(await mayPass(file('c.yaml', 'connect: { apm: web }'))).toBe(false);
});

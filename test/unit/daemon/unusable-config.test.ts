// A typo in the file of a board that nobody stands beside, at a restart and at a reload.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Found } from '../../../src/codes/codes.ts';
import { readConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import { readAgain } from '../../../src/daemon/sighup.ts';
import { configWarnings, provenInPlaceOf } from '../../../src/daemon/unusable-config.ts';
import { openProvenStore } from '../../../src/state/proven.ts';
import { silentLog } from '../silent-log.ts';

const PROVEN = { connect: { apn: 'web', user: 'board', password: 'hunter2' }, network: { metric: 50 } };

function folder(text: string): { readonly file: string; readonly state: string } {
  const path = mkdtempSync(join(tmpdir(), 'percept-lte-unusable-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  const file = join(path, 'percept-lte.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  return { file, state: path };
}

const errorOf = (file: string): Promise<ConfigError> =>
  readConfig(file, {}).then(
    () => Promise.reject(new Error('the file is good')),
    (error: unknown) => (error instanceof ConfigError ? error : Promise.reject(error)),
  );

const BAD = 'connect:\n  apn: web\n  ip-typ: ipv4\nlog:\n  level: loud\n';

test('a typo at a restart: the board runs on what carried traffic last, and says where the typo is', async () => {
  const { file, state } = folder(BAD);
  await openProvenStore(state).save({ salt: 'salt', proven: { written: PROVEN, wallMs: 1 } });
  const read = await provenInPlaceOf(await errorOf(file), state, {});
  expect(read?.config).toMatchObject({ connect: { apn: { apns: ['web'] } }, network: { metric: 50 } });
  expect(read?.config.connect.password?.reveal()).toBe('hunter2');
  expect(read?.config.log.level).toBe('info');
  expect(read?.written).toEqual(PROVEN);
  const [warning, ...more] = read === undefined ? [] : configWarnings(read);
  expect(more).toEqual([]);
  const text = `${warning?.text}. ${warning?.remedy}`;
  expect(text).toContain(`${file}:3:3: connect.ip-typ: unknown key; did you mean 'ip-type'? (and 1 more)`);
  expect(text).toMatch(/runs on what carried traffic last \(APN web\).*systemctl reload percept-lte/);
  expect(text).not.toContain('hunter2');
});

test('a typo before anything has carried traffic: only a person can mend that', async () => {
  const { file, state } = folder(BAD);
  const error = await errorOf(file);
  expect(await provenInPlaceOf(error, state, {})).toBeUndefined();
  await openProvenStore(state).save({ salt: 'salt', proven: { written: { connect: { apn: 7 } }, wallMs: 1 } });
  expect(await provenInPlaceOf(error, state, {})).toBeUndefined();
});

test('a file that cannot be read now is read again, and nothing is put in its place', async () => {
  const { file, state } = folder(BAD);
  await openProvenStore(state).save({ salt: 'salt', proven: { written: PROVEN, wallMs: 1 } });
  expect(await provenInPlaceOf(await errorOf(`${file}.not-there`), state, {})).toBeUndefined();
});

/** A daemon's warnings, and what stands among them. */
function board() {
  let standing: readonly string[] = [];
  const set = (_: string, found: readonly Found[]) => {
    standing = found.map(({ text }) => text);
  };
  return { warnings: { set }, standing: () => standing };
}

test('a typo at a reload stands as a warning until the file is good', async () => {
  const { file } = folder(BAD);
  const { warnings, standing } = board();
  expect(await readAgain(file, {}, { log: silentLog, warnings })).toBeUndefined();
  expect(standing()).toEqual([expect.stringMatching(/ip-typ: unknown key.*the configuration before stays in force/)]);
  writeFileSync(file, 'connect:\n  apn: web\n');
  expect(await readAgain(file, {}, { log: silentLog, warnings })).toBeDefined();
  expect(standing()).toEqual([]);
});

test('a file that others may write is used, and stands as a warning until a reload finds it closed', async () => {
  const { file } = folder('connect:\n  apn: web\n');
  const { warnings, standing } = board();
  const reload = () => readAgain(file, {}, { log: silentLog, warnings });
  chmodSync(file, 0o666);
  const read = await reload();
  expect(read?.config.connect.apn).toEqual({ kind: 'list', apns: ['web'] });
  expect(standing()).toEqual([expect.stringContaining(`${file} may be written by others`)]);
  // So it is said at the start as well, when a service has just come up with it.
  expect(read && configWarnings(read).map(({ code }) => code)).toEqual(['configuration-writable']);
  chmodSync(file, 0o644);
  await reload();
  expect(standing()).toEqual([]);
});

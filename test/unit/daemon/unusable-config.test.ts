// A typo in the file of a board that nobody stands beside, at a restart and at a reload.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Found } from '../../../src/codes/codes.ts';
import { readConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import { readAgain } from '../../../src/daemon/sighup.ts';
import { configWarnings, provenInPlaceOf, reloadWhenReadable } from '../../../src/daemon/unusable-config.ts';
import { openProvenStore } from '../../../src/state/proven.ts';
import { silentLog } from '../silent-log.ts';
import { SteppedClock } from '../stepped-clock.ts';

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

test('a file that is gone or cannot be read at a restart: the board runs on what carried traffic last', async () => {
  const { file, state } = folder('connect:\n  apn: web\n  password-file: /nonexistent/paswords/lte\n');
  await openProvenStore(state).save({ salt: 'salt', proven: { written: PROVEN, wallMs: 1 } });
  for (const [path, words] of [
    [file, 'connect.password-file: there is no file /nonexistent/paswords/lte'],
    [`${file}.not-there`, 'there is no such file'],
  ] as const) {
    const read = await provenInPlaceOf(await errorOf(path), state, {});
    expect(read?.config.connect.password?.reveal()).toBe('hunter2');
    expect(read && configWarnings(read).map(({ text }) => text)).toEqual([
      expect.stringMatching(new RegExp(`${words}.*runs on what carried traffic last`)),
    ]);
  }
});

const unread = (text: string, mayPass = true) =>
  new ConfigError('f.yaml', [{ file: 'f.yaml', path: '', text, mayPass }]);

/** A daemon that runs on something else than its file, on a stepped clock. */
function waiting(error: ConfigError) {
  const clock = new SteppedClock();
  const stop = new AbortController();
  const disk: { error?: ConfigError } = { error };
  let inPlaceOf: ConfigError | undefined = error;
  let reloads = 0;
  const reload = () => {
    reloads += 1;
    inPlaceOf = undefined;
  };
  const read = () => (disk.error ? Promise.reject(disk.error) : Promise.resolve());
  const ended = reloadWhenReadable({ clock, inPlaceOf: () => inPlaceOf, read, reload }, stop.signal);
  return { ended, stop, disk, reload, minute: () => clock.step(60_000), reloads: () => reloads };
}

test('a file that could not be read at a restart is used as soon as it can be, without a word from anybody', async () => {
  const { ended, disk, minute, reloads } = waiting(unread('cannot be read (EIO)'));
  await minute();
  expect(reloads()).toBe(0);
  delete disk.error;
  await minute();
  await ended;
  expect(reloads()).toBe(1);
});

test('what can be read at last and is no configuration is told once', async () => {
  const { ended, disk, minute, reloads } = waiting(unread('there is no such file'));
  disk.error = unread('unknown key', false);
  await minute();
  await ended;
  expect(reloads()).toBe(1);
});

test('nothing is read again after a reload by hand, where only a person can mend it, and at the end', async () => {
  const [byHand, ending] = [waiting(unread('cannot be read (EIO)')), waiting(unread('cannot be read (EIO)'))];
  byHand.reload();
  ending.stop.abort();
  await Promise.all([byHand.minute(), byHand.ended, ending.ended]);
  const typo = waiting(unread('unknown key', false));
  await typo.ended;
  expect([byHand.reloads(), ending.reloads(), typo.reloads()]).toEqual([1, 0, 0]);
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

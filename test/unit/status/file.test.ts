// The status file: whole, world-readable, and no reason to stumble when it cannot be written.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStatusFile, readStatus, StatusError, statusPath } from '../../../src/status/file.ts';
import { statusJsonSchema } from '../../../src/status/schema.ts';
import { online, refused } from './statuses.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'percept-lte-status-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const unexpected = (error: unknown) => {
  throw error;
};

test('where it is', () => {
  expect(statusPath({})).toBe('/run/percept-lte/status.json');
  expect(statusPath({ RUNTIME_DIRECTORY: '/run/a:/run/b' })).toBe('/run/a/status.json');
});

test('what is written is read back; the mode lets everybody read, whatever the umask', async () => {
  const umask = process.umask(0o077);
  try {
    const file = openStatusFile({ RUNTIME_DIRECTORY: folder }, unexpected);
    await file.write(online);
    expect(await readStatus(file.path)).toEqual(online);
    expect(statSync(file.path).mode & 0o777).toBe(0o644);
    expect(readdirSync(folder)).toEqual(['status.json']);
  } finally {
    process.umask(umask);
  }
});

test('of many writes at once, the last one stays, and none fails', async () => {
  const file = openStatusFile({ RUNTIME_DIRECTORY: folder }, unexpected);
  const writes = Array.from({ length: 50 }, (_, n) => file.write({ ...refused, sentence: String(n) }));
  await Promise.all([...writes, file.write(online)]);
  expect(await readStatus(file.path)).toEqual(online);
});

test('a write that fails is told once, survived, and told again only after one that succeeded', async () => {
  const failures: unknown[] = [];
  const runtime = join(folder, 'runtime');
  writeFileSync(runtime, 'a file where a folder should be');
  const file = openStatusFile({ RUNTIME_DIRECTORY: runtime }, (error) => failures.push(error));
  await file.write(online);
  await file.write(refused);
  expect(failures).toHaveLength(1);
  rmSync(runtime);
  await file.write(online);
  rmSync(runtime, { recursive: true });
  writeFileSync(runtime, '');
  await file.write(refused);
  expect(failures).toHaveLength(2);
});

test.each([
  ['{ "version": 1', /is not a status file of version 1/],
  ['{ "version": 2 }', /is not a status file of version 1/],
])('%j is no status', async (text, expected) => {
  const path = join(folder, 'status.json');
  writeFileSync(path, text);
  await expect(readStatus(path)).rejects.toThrow(expected);
});

test('a file that is absent is told from one that is broken', async () => {
  const absent = readStatus(join(folder, 'status.json'));
  await expect(absent).rejects.toBeInstanceOf(StatusError);
  await expect(absent).rejects.toMatchObject({ isMissing: true });
  mkdirSync(join(folder, 'status.json'));
  await expect(readStatus(join(folder, 'status.json'))).rejects.toMatchObject({ isMissing: false });
});

test('a pipe or a device in the place of the status file is told, and waited for by nobody', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(readStatus(pipe)).rejects.toMatchObject({ isMissing: false });
  await expect(readStatus('/dev/zero')).rejects.toMatchObject({ isMissing: false });
});

test('the schema is published as JSON Schema, and names nothing secret', () => {
  const published = JSON.stringify(statusJsonSchema());
  expect(published).toContain('"lastProof"');
  expect(published).not.toMatch(/"(imsi|iccid|imei|equipmentIdentifier|pin|password|user|ownNumbers)":/i);
});

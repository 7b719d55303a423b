// The tally's two files on real disks: pipes and folders in their place, and a disk that takes
// nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyTally, type Tally } from '../../../src/metrics/tally.ts';
import { TallyStore } from '../../../src/metrics/tally-store.ts';

let folder = '';
let failures: unknown[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tally-'));
  failures = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const [run, disk] = ['run', 'state'];
const file = (where: string) => join(folder, where, 'metrics.json');
const store = (bootId = 'this boot') =>
  new TallyStore({
    stateDirectory: join(folder, disk),
    runtimeDirectory: join(folder, run),
    bootId,
    onFailure: (error) => failures.push(error),
  });
const tally = (onlineSeconds: number): Tally => ({ ...emptyTally(), onlineSeconds, expectedSeconds: onlineSeconds });
const standing = { isOnline: false, isTakenOver: false };

test('pipes in place of the files are not waited for, and are replaced', async () => {
  for (const where of [run, disk]) {
    mkdirSync(join(folder, where));
    spawnSync('mkfifo', [file(where)]);
  }
  const one = store();
  expect(one.load()).toEqual(emptyTally());
  await one.save(tally(7), standing, true);
  await one.settled();
  expect(store().load()).toEqual(tally(7));
  expect(failures).toEqual([]);
});

test('a disk that takes nothing is told once, and gets what it missed as soon as it can', async () => {
  writeFileSync(join(folder, disk), 'no folder');
  const one = store();
  one.load();
  for (const seconds of [1, 2, 3]) {
    await one.save(tally(seconds), standing, seconds === 2);
    await one.settled();
  }
  expect(failures).toHaveLength(1);
  rmSync(join(folder, disk));
  await one.save(tally(4), standing, false);
  await one.settled();
  expect(existsSync(file(disk))).toBe(true);
  expect(store('next boot').load().onlineSeconds).toBe(4);
});

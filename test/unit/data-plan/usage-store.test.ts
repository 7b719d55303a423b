// Which of the two files is believed, and what becomes of one that is damaged.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { atMoment, counted, NO_USAGE, type Usage, usedSince } from '../../../src/data-plan/usage.ts';
import { UsageStore } from '../../../src/data-plan/usage-store.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function host() {
  const folder = mkdtempSync(join(tmpdir(), 'usage-'));
  folders.push(folder);
  const [stateDirectory, runtimeDirectory] = [join(folder, 'state'), join(folder, 'run')];
  const open = (bootId = 'boot') => new UsageStore({ stateDirectory, runtimeDirectory, bootId, onFailure: () => {} });
  return { open, disk: join(stateDirectory, 'data.json'), run: join(runtimeDirectory, 'data.json') };
}

/** What was used after so many bytes, read at that many milliseconds of the boot. */
const used = (bytes: number): Usage => {
  const at = (ms: number) => ({ monotonicMs: ms, wallMs: Date.UTC(2026, 10, 27) + ms });
  const reading = (rxBytes: number) => ({ instance: 'wwan0 3', rxBytes, txBytes: 0 });
  const first = counted(atMoment(NO_USAGE, at(0), 'boot'), 'sim', reading(0));
  return counted(atMoment(first, at(bytes), 'boot'), 'sim', reading(bytes));
};
const bytesIn = (usage: Usage) => usedSince(usage, 'sim', '').bytes;

test('the next process of the boot goes on from /run, the next boot from the disk', async () => {
  const { open, disk } = host();
  const store = open();
  store.save(used(100), true);
  store.save(used(250), false);
  await store.settled();
  expect(bytesIn(open().load())).toBe(250);
  expect(bytesIn(open('another boot').load())).toBe(100);
  expect(statSync(disk).mode & 0o777).toBe(0o600);
});

test('where /run could not be written the disk is the newer one', async () => {
  const { open, run } = host();
  const store = open();
  store.save(used(100), true);
  await store.settled();
  const before = readFileSync(run);
  store.save(used(300), true);
  await store.settled();
  writeFileSync(run, before);
  expect(bytesIn(open().load())).toBe(300);
});

test.each(['', '{', '[]', '{"subscriptions":{"sim":{"days":[{"day":"2026-11-27","bytes":-1,"own":0}],"told":0}}}'])(
  'a file that holds %j is none',
  async (text) => {
    const { open, run, disk } = host();
    const store = open();
    store.save(used(100), true);
    await store.settled();
    writeFileSync(run, text);
    expect(bytesIn(open().load())).toBe(100);
    writeFileSync(disk, text);
    expect(open().load()).toEqual(NO_USAGE);
  },
);

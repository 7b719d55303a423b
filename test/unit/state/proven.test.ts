// What is kept of the settings that carried traffic last.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keptFor, openProvenStore, provenPath, readProven } from '../../../src/state/proven.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'percept-lte-proven-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const KEPT = {
  salt: 'salt',
  proven: { written: { connect: { apn: 'web', password: 'hunter2' } }, wallMs: 1 },
  pin: { pin: '1234', sim: 'hash', wallMs: 1 },
};

const read = (path: string) => {
  const told: string[] = [];
  return { kept: readProven(path, (text) => told.push(text)), told };
};

test('it is for root alone, and comes back as it was', async () => {
  const state = folder();
  await openProvenStore(state).save(KEPT);
  expect(statSync(provenPath(state)).mode & 0o777).toBe(0o600);
  expect(read(provenPath(state))).toEqual({ kept: KEPT, told: [] });
});

test('a first start finds nothing, and says nothing', () => {
  const { kept, told } = read(provenPath(folder()));
  expect(kept.proven).toBeUndefined();
  expect(told).toEqual([]);
});

test.each(['', '{"salt": "a", "proven"', '[]', '"hunter2'])('a damaged file %j is set aside and not quoted', (text) => {
  const path = provenPath(folder());
  writeFileSync(path, text);
  const { kept, told } = read(path);
  expect(kept.proven).toBeUndefined();
  expect(told).toEqual([expect.stringMatching(/is damaged/)]);
  expect(told.join()).not.toContain('hunter2');
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(text);
});

test('one part that makes no sense costs no other', () => {
  const path = provenPath(folder());
  writeFileSync(path, JSON.stringify({ ...KEPT, pin: { pin: 'hunter2', sim: 3 }, trials: { standing: 'x' } }));
  const { kept, told } = read(path);
  expect(kept).toEqual({ salt: KEPT.salt, proven: KEPT.proven });
  expect(told).toHaveLength(2);
  expect(told.join()).not.toContain('hunter2');
});

test('each profile keeps what is proven of it, and one that was never used has nothing', () => {
  const proven = (apn: string) => ({ written: { connect: { apn } }, wallMs: 1 });
  const german = keptFor({ salt: 's', proven: proven('base') }, 'german');
  expect(german.proven).toBeUndefined();
  const back = keptFor({ ...german, proven: proven('g') }, '');
  expect([back.proven, back.profile]).toEqual([proven('base'), undefined]);
  expect(keptFor(back, 'german').proven).toEqual(proven('g'));
  expect(keptFor(back, '')).toBe(back);
  expect(keptFor(back, 'constructor').proven).toBeUndefined();
});

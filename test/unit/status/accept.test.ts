import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requestAcceptance, takeAcceptance } from '../../../src/status/accept.ts';

let folder: string;
let troubles: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'percept-lte-accept-'));
  troubles = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const take = (path: string) => takeAcceptance({ RUNTIME_DIRECTORY: path }, (error) => troubles.push(error));

test('a request is taken once', async () => {
  await requestAcceptance({ RUNTIME_DIRECTORY: folder }, '/');
  expect([await take(folder), await take(folder)]).toEqual([true, false]);
  expect(troubles).toEqual([]);
});

const IN_THE_WAY: readonly [code: string, make: (path: string) => void][] = [
  ['EISDIR', (path) => mkdirSync(join(path, 'accept'), { recursive: true })],
  ['ENOTDIR', (path) => writeFileSync(path, '')],
  ['ELOOP', (path) => symlinkSync(path, path)],
];

test.each(IN_THE_WAY)('a reload meets %s in the place of a request: none, and that is told', async (code, make) => {
  const path = join(folder, 'run');
  make(path);
  expect(await take(path)).toBe(false);
  expect(troubles).toEqual([expect.objectContaining({ code })]);
});

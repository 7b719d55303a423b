// Files that are replaced as a whole.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReplacedFile, replaceFile } from '../../../src/system/replace-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replace-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, 'file');

test('the mode is the one that was asked for, whatever the umask and whatever was left behind', async () => {
  const umask = process.umask(0o077);
  try {
    writeFileSync(join(folder, '.file.percept-lte'), 'half');
    await replaceFile(path(), 'text', { mode: 0o644 });
  } finally {
    process.umask(umask);
  }
  expect(statSync(path()).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder)).toEqual(['file']);
});

test('an old text that cannot be replaced is taken away where none is better', async () => {
  // The name fits, the one beside it is too long.
  const long = join(folder, 'x'.repeat(250));
  writeFileSync(long, 'old');
  await expect(replaceFile(long, 'new', { mode: 0o600 })).rejects.toThrow(/ENAMETOOLONG/);
  expect(readFileSync(long, 'utf8')).toBe('old');
  await expect(replaceFile(long, 'new', { mode: 0o600, orNone: true })).rejects.toThrow(/ENAMETOOLONG/);
  expect(readdirSync(folder)).toEqual([]);
});

test('a link that somebody laid in the way is not followed', async () => {
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'as it was');
  symlinkSync(secret, join(folder, '.file.percept-lte'));
  await replaceFile(path(), 'text', { mode: 0o600 });
  expect(readFileSync(secret, 'utf8')).toBe('as it was');
});

test('what cannot be replaced stays as it was, and nothing is left beside it', async () => {
  mkdirSync(path());
  await expect(replaceFile(path(), 'text', { mode: 0o600, sync: true })).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(['file']);
  await expect(replaceFile(join(folder, 'none', 'file'), '', { mode: 0o600 })).rejects.toThrow(/ENOENT/);
});

test('of many texts at once the last one stays; each resolves when it or a later one is in place', async () => {
  const file = new ReplacedFile(path(), { mode: 0o600 });
  const writes = Array.from({ length: 50 }, async (_, n) => {
    await file.write(String(n));
    expect(Number(readFileSync(path(), 'utf8'))).toBeGreaterThanOrEqual(n);
  });
  await Promise.all(writes);
  expect(readFileSync(path(), 'utf8')).toBe('49');
});

test('a text that could not be written does not hold up the next', async () => {
  mkdirSync(path());
  const file = new ReplacedFile(path(), { mode: 0o600 });
  const [first, second] = [file.write('1'), file.write('2')];
  await expect(first).rejects.toThrow();
  await expect(second).rejects.toThrow();
  rmSync(path(), { recursive: true });
  await file.write('3');
  expect(readFileSync(path(), 'utf8')).toBe('3');
});

test('a folder that somebody removed is made again', async () => {
  const file = new ReplacedFile(join(folder, 'gone', 'file'), { mode: 0o644, folderMode: 0o755 });
  await file.write('one');
  rmSync(join(folder, 'gone'), { recursive: true });
  await file.write('two');
  expect(readFileSync(file.path, 'utf8')).toBe('two');
});

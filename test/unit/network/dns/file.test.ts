// /etc/resolv.conf that is no file: what stands there, or where its link leads, is somebody's
// mistake or mischief.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DnsError } from '../../../../src/network/dns/dns-error.ts';
import { fileBackend } from '../../../../src/network/dns/file.ts';
import { openWrittenFiles, type WrittenFiles } from '../../../../src/network/dns/written-files.ts';

let root = '';
let written: WrittenFiles;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'resolv-'));
  written = openWrittenFiles(join(root, 'state'));
  mkdirSync(join(root, 'etc'));
});
afterEach(() => rmSync(root, { recursive: true }));

const path = () => join(root, 'etc/resolv.conf');
const never = new AbortController().signal;
const put = () =>
  fileBackend({ root, written }).put({ interface: 'wwan0', servers: ['10.0.0.53'], preferred: true }, false, never);
const take = () => fileBackend({ root, written }).take('wwan0', never);
const pipe = (at: string) => {
  execFileSync('mkfifo', [at]);
  return at;
};

const leadsNowhere: readonly (readonly [string, () => string])[] = [
  ['/dev/null', () => '/dev/null'],
  ['/dev/zero, which has no end', () => '/dev/zero'],
  ['itself', () => 'resolv.conf'],
  ['a folder', () => root],
  ['below a file', () => '/etc/passwd/x'],
  ['a name that is too long', () => `/${'a'.repeat(300)}/x`],
  ['a name of letters of all the world', () => 'büro→/nothing'],
  ['a pipe that nobody writes into', () => pipe(join(root, 'pipe'))],
];

test.each(leadsNowhere)(
  'resolv.conf is a link to %s: a file takes its place, and the link comes back',
  async (_, to) => {
    const target = to();
    symlinkSync(target, path());
    expect(await put()).toBe(true);
    expect(lstatSync(path()).isFile()).toBe(true);
    expect(readFileSync(path(), 'utf8')).toContain('nameserver 10.0.0.53\n');
    expect(await put()).toBe(false);
    await take();
    expect(readlinkSync(path())).toBe(target);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  },
);

test('resolv.conf is a pipe that nobody writes into: it is refused by name, and nothing waits for it', async () => {
  pipe(path());
  await expect(put()).rejects.toThrow(DnsError);
  await expect(take()).rejects.toThrow(/is no regular file/);
  expect(lstatSync(path()).isFIFO()).toBe(true);
});

test('resolv.conf is a folder: it is refused by name', async () => {
  mkdirSync(path());
  await expect(put()).rejects.toThrow(/resolv\.conf is no regular file/);
});

test('resolv.conf has 300 MB: it is not read, and stays', async () => {
  writeFileSync(path(), 'nameserver 1.1.1.1\n');
  truncateSync(path(), 300 << 20);
  await expect(put()).rejects.toThrow(/has 314572800 bytes/);
  expect(lstatSync(path()).size).toBe(300 << 20);
});

test('resolv.conf is not UTF-8: the bytes of others stay as they are', async () => {
  const bytes = Buffer.from('# b\u00fcro caf\u00e9\nnameserver 192.168.7.1\r\n', 'latin1');
  writeFileSync(path(), bytes);
  await put();
  expect(readFileSync(path()).subarray(-bytes.length)).toEqual(bytes);
  await take();
  expect(readFileSync(path())).toEqual(bytes);
});

test('resolv.conf leads to another file by now: both are as they were afterwards', async () => {
  const [a, b] = [join(root, 'a'), join(root, 'b')];
  const texts = () => [a, b].map((file) => readFileSync(file, 'utf8'));
  const before = ['nameserver 192.168.7.1\n', 'nameserver 192.168.7.2\n'];
  writeFileSync(a, before[0] ?? '');
  writeFileSync(b, before[1] ?? '');
  symlinkSync(a, path());
  await put();
  rmSync(path());
  symlinkSync(b, path());
  await take();
  expect(texts()).toEqual(before);
  await put();
  rmSync(path());
  symlinkSync(a, path());
  await put();
  expect(texts()).toEqual([expect.stringContaining('nameserver 10.0.0.53\n'), before[1]]);
  await take();
  expect(texts()).toEqual(before);
});

const remembered = () => join(root, 'state/resolv-conf.json');
/** Killed with the block in the file that resolv.conf leads to; then it is led to another one. */
async function killedAndLedElsewhere() {
  const [a, b] = [join(root, 'a'), join(root, 'b')];
  for (const file of [a, b]) writeFileSync(file, 'nameserver 192.168.7.1\n');
  symlinkSync(a, path());
  await put();
  await vi.waitFor(() => expect(existsSync(remembered())).toBe(true));
  rmSync(path());
  symlinkSync(b, path());
  return { a: () => readFileSync(a, 'utf8'), b: () => readFileSync(b, 'utf8') };
}

test.each([
  ['puts its servers', () => put()],
  ['finds no link', () => take()],
])(
  'killed, and resolv.conf led elsewhere before it was started again: one that %s takes the block out',
  async (_, act) => {
    const { a, b } = await killedAndLedElsewhere();
    expect(a()).toContain('nameserver 10.0.0.53\n');
    written = openWrittenFiles(join(root, 'state'));
    await act();
    expect(a()).toBe('nameserver 192.168.7.1\n');
    await take();
    expect(b()).toBe('nameserver 192.168.7.1\n');
  },
);

test('which files there were is written once for each that a link led to, and for none that is no link', async () => {
  writeFileSync(path(), 'nameserver 192.168.7.1\n');
  await put();
  await take();
  expect(existsSync(remembered())).toBe(false);
  rmSync(path());
  await killedAndLedElsewhere();
  const { ino } = statSync(remembered());
  for (const act of [take, put, take]) await act();
  await vi.waitFor(() => expect(JSON.parse(readFileSync(remembered(), 'utf8')).files).toHaveLength(2));
  expect(statSync(remembered()).ino).not.toBe(ino);
  const after = statSync(remembered()).ino;
  for (const act of [put, take, put]) await act();
  expect(statSync(remembered()).ino).toBe(after);
});

test.each(['', '[]', '{"files":["a"]}', '{"files":["/a\\u0000"]}', '{"files":7}', '\0'])(
  'what is remembered is damaged (%j): nothing is',
  (text) => {
    mkdirSync(join(root, 'state'));
    writeFileSync(remembered(), text);
    expect(openWrittenFiles(join(root, 'state')).all).toEqual([]);
  },
);

test('the file that resolv.conf is now has the block, by another name: it stays in', async () => {
  writeFileSync(path(), 'nameserver 192.168.7.1\n');
  await put();
  renameSync(path(), join(root, 'a'));
  symlinkSync(join(root, 'a'), path());
  expect(await put()).toBe(false);
  expect(readFileSync(path(), 'utf8')).toContain('nameserver 10.0.0.53\n');
  await take();
  expect(readFileSync(path(), 'utf8')).toBe('nameserver 192.168.7.1\n');
});

test.each([
  ['others follow', (block: string, others: string) => `${block}${others}`],
  ['nothing follows', (block: string, others: string) => `${others}${block}`],
])('a block that lost its end, and %s: its own lines go, and nothing of others', async (_, text) => {
  const others = 'search lan\n';
  writeFileSync(path(), others);
  await put();
  const block = readFileSync(path(), 'utf8')
    .replace(others, '')
    .replace(/# percept-lte: end\n/, '');
  expect(block).toMatch(/^# percept-lte: begin.*nameserver 10\.0\.0\.53\n$/s);
  writeFileSync(path(), text(block, others));
  await take();
  expect(readFileSync(path(), 'utf8')).toBe(others);
});

test('what somebody wrote into the file that stands for a dangling link stays, until the link leads somewhere', async () => {
  const target = join(root, 'elsewhere');
  for (const leads of [false, true]) {
    rmSync(path(), { force: true });
    symlinkSync(target, path());
    await put();
    writeFileSync(path(), `${readFileSync(path(), 'utf8')}nameserver 192.168.9.9\n`);
    if (leads) writeFileSync(target, 'nameserver 192.168.7.1\n');
    await take();
    expect(lstatSync(path()).isSymbolicLink()).toBe(leads);
    expect(readFileSync(path(), 'utf8')).toBe(leads ? 'nameserver 192.168.7.1\n' : 'nameserver 192.168.9.9\n');
  }
});

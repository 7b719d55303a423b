// The memory's file on real disks: damaged, unreadable, read-only, full; saved under one boot and loaded under another.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
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
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { emptyMemory, type Memory } from '../../../src/state/memory.ts';
import { openMemoryStore, readBootId } from '../../../src/state/store.ts';
import type { Clock } from '../../../src/system/clock.ts';

const NOW = { monotonicMs: 500_000, wallMs: Date.UTC(2026, 0, 5) };
const HASH = 'c0ffee'.repeat(10);
const memory: Memory = {
  ...emptyMemory('this boot', 'salt', NOW),
  attempts: [100_000, 400_000],
  failures: 3,
  refusedPins: [HASH],
  lastGoodApn: 'internet',
};

// Some start a process of their own.
vi.setConfig({ testTimeout: 60_000 });

let directory: string;
let lines: { level: number; msg: string; why?: string }[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memory-'));
  lines = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = () => join(directory, 'memory.json');
const clockAt = (now: typeof NOW): Clock => ({ now: () => now, sleep: () => Promise.resolve() });

function open(at = NOW, bootId = 'this boot', within = directory) {
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return openMemoryStore(within, bootId, clockAt(at), logger);
}

const isEmpty = (loaded: Memory) => loaded.attempts.length === 0 && loaded.refusedPins.length === 0;

test('what is saved is loaded again', () => {
  open().save(memory);
  expect(open().load()).toEqual(memory);
  expect(lines).toEqual([]);
});

test('a missing file is an empty memory and nothing to speak of, each with a salt of its own', () => {
  expect(isEmpty(open().load())).toBe(true);
  expect(open().load().salt).not.toBe(open().load().salt);
  expect(lines).toEqual([]);
});

test('the folder is made, 0700, and the file is 0600, whatever was left behind before', () => {
  const nested = join(directory, 'state', 'percept-lte');
  open(NOW, 'this boot', nested).save(memory);
  expect(statSync(nested).mode & 0o777).toBe(0o700);
  expect(statSync(join(nested, 'memory.json')).mode & 0o777).toBe(0o600);
  writeFileSync(`${file()}.new`, 'half', { mode: 0o644 });
  chmodSync(`${file()}.new`, 0o644);
  open().save(memory);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(open().load()).toEqual(memory);
});

test('the file is replaced, not written into: who has it open reads the old one to its end', () => {
  open().save(memory);
  const before = statSync(file()).ino;
  open().save({ ...memory, failures: 4 });
  expect(statSync(file()).ino).not.toBe(before);
  expect(readdirSync(directory)).toEqual(['memory.json']);
});

const whole = `${JSON.stringify(memory)}\n`;
const damaged: readonly (readonly [string, string | Buffer])[] = [
  ['empty', ''],
  ['cut off in the middle', whole.slice(0, 120)],
  ['all zeros, as ext4 leaves after a power cut', Buffer.alloc(300)],
  ['random bytes', Buffer.from(Array.from({ length: 200 }, (_, index) => (index * 89 + 7) % 256))],
  ['text', 'nothing here\n'],
  ['null', 'null'],
  ['a list', '[1, 2, 3]'],
  ['another version', JSON.stringify({ ...memory, version: 2 })],
  ['attempts as a text', JSON.stringify({ ...memory, attempts: 'many' })],
  ['attempts that are no numbers', JSON.stringify({ ...memory, attempts: ['1', null] })],
  ['a rung that there is not', JSON.stringify({ ...memory, climbs: { prayer: [1] } })],
  ['failures below zero', JSON.stringify({ ...memory, failures: -1 })],
  ['no salt', JSON.stringify({ ...memory, salt: undefined })],
  ['too many attempts', JSON.stringify({ ...memory, attempts: Array(20_000).fill(1) })],
  ['larger than any memory', `${whole}${' '.repeat(3 << 20)}`],
];

test.each(damaged)(
  'a file that is %s is set aside and said so, and the daemon starts with an empty memory',
  (_, content) => {
    writeFileSync(file(), content);
    expect(isEmpty(open().load())).toBe(true);
    expect(existsSync(file())).toBe(false);
    expect(readFileSync(`${file()}.damaged`).equals(Buffer.from(content))).toBe(true);
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'memory file is damaged; starting with an empty one'],
    ]);
    open().save(memory);
    expect(open().load()).toEqual(memory);
  },
);

test('what is damaged is not quoted in the journal', () => {
  writeFileSync(file(), whole.slice(0, -4));
  open().load();
  writeFileSync(file(), whole.replace('"failures":3', '"failures":"x"'));
  open().load();
  expect(lines).toHaveLength(2);
  expect(JSON.stringify(lines)).not.toContain('c0ffee');
  expect(JSON.stringify(lines)).not.toContain('salt"');
});

test('truncated anywhere, the file is a memory or is set aside; never an exception', () => {
  for (let length = 0; length <= whole.length; length += 7) {
    writeFileSync(file(), whole.slice(0, length));
    expect(() => open().load()).not.toThrow();
  }
});

test('stamps from the future, however they came there, do not keep the board offline', () => {
  const far = 1e15;
  writeFileSync(
    file(),
    JSON.stringify({ ...memory, attempts: Array(30).fill(far), holdUntil: far, climbs: { reboot: [far] } }),
  );
  const loaded = open().load();
  expect(Math.max(...loaded.attempts, ...(loaded.climbs.reboot ?? []))).toBeLessThanOrEqual(NOW.monotonicMs);
  expect((loaded.holdUntil ?? 0) - NOW.monotonicMs).toBeLessThanOrEqual(8 * 3_600_000);
});

test('a folder in the file’s place is said, and is no fault', () => {
  mkdirSync(file());
  const store = open();
  expect(isEmpty(store.load())).toBe(true);
  store.save(memory);
  expect(lines.map(({ msg }) => msg)).toEqual([
    'memory file cannot be read; starting with an empty one',
    'memory file cannot be written; limits hold until the daemon restarts',
  ]);
});

test('a loop of symbolic links is said, and is no fault', () => {
  symlinkSync('memory.json', file());
  expect(isEmpty(open().load())).toBe(true);
  expect(lines).toHaveLength(1);
});

test('a save that fails is said once, again after one that worked, and never throws', () => {
  const store = open();
  mkdirSync(file());
  store.save(memory);
  store.save(memory);
  expect(lines).toHaveLength(1);
  rmSync(file(), { recursive: true });
  store.save(memory);
  expect(open().load()).toEqual(memory);
  rmSync(file());
  mkdirSync(file());
  store.save(memory);
  expect(lines).toHaveLength(2);
});

/** Runs the real store in a mount namespace of its own, on a file system made by `mount`, and returns what its script prints. */
function onFileSystem(mount: string, script: string): { readonly out: string; readonly error: string } {
  const setup = `${mount} && exec "$0" --import tsx --input-type=module -e "$1"`;
  const source = `
    import pino from 'pino';
    import { emptyMemory } from '${new URL('../../../src/state/memory.ts', import.meta.url).pathname}';
    import { openMemoryStore } from '${new URL('../../../src/state/store.ts', import.meta.url).pathname}';
    import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
    const said = [];
    const log = pino({}, { write: (line) => said.push(JSON.parse(line).msg) });
    const clock = { now: () => (${JSON.stringify(NOW)}), sleep: async () => {} };
    const store = openMemoryStore(process.env.WHERE, 'this boot', clock, log);
    const memory = ${JSON.stringify(memory)};
    ${script}
  `;
  const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-ec', setup, process.execPath, source], {
    env: { ...process.env, WHERE: directory },
    encoding: 'utf8',
    timeout: 30_000,
    cwd: new URL('../../..', import.meta.url).pathname,
  });
  return { out: stdout.trim(), error: stderr };
}

const isRoot = process.getuid?.() === 0;

test.runIf(isRoot)(
  'on a full disk the last good file stays whole, the limits hold in memory, and it is said once',
  () => {
    // 64 KiB: a dozen blocks beside the file's own, which the filler takes.
    const { out, error } = onFileSystem(
      'mount -t tmpfs -o size=64k none "$WHERE"',
      `
    store.save(memory);
    const good = readFileSync(process.env.WHERE + '/memory.json', 'utf8');
    try { writeFileSync(process.env.WHERE + '/filler', Buffer.alloc(1 << 20)); } catch {}
    store.save({ ...memory, attempts: Array(9000).fill(1) });
    store.save({ ...memory, attempts: Array(9000).fill(2) });
    const now = readFileSync(process.env.WHERE + '/memory.json', 'utf8');
    console.log(JSON.stringify({ same: now === good, loaded: store.load().failures, said }));
    `,
    );
    expect(JSON.parse(out || `"${error}"`)).toEqual({
      same: true,
      loaded: 3,
      said: ['memory file cannot be written; limits hold until the daemon restarts'],
    });
  },
);

test.runIf(isRoot)('on a read-only file system what is there is read, and a save is a line in the journal', () => {
  open().save(memory);
  const { out, error } = onFileSystem(
    'mount --bind "$WHERE" "$WHERE" && mount -o remount,bind,ro "$WHERE"',
    `
    const loaded = store.load();
    store.save({ ...memory, failures: 9 });
    console.log(JSON.stringify({ failures: loaded.failures, after: store.load().failures, said }));
    `,
  );
  expect(JSON.parse(out || `"${error}"`)).toEqual({
    failures: 3,
    after: 3,
    said: ['memory file cannot be written; limits hold until the daemon restarts'],
  });
});

test.runIf(isRoot)('a damaged file on a read-only file system is said, and is no fault', () => {
  writeFileSync(file(), 'rubbish');
  const { out, error } = onFileSystem(
    'mount --bind "$WHERE" "$WHERE" && mount -o remount,bind,ro "$WHERE"',
    'console.log(JSON.stringify({ attempts: store.load().attempts.length, said }));',
  );
  expect(JSON.parse(out || `"${error}"`)).toEqual({
    attempts: 0,
    said: ['memory file is damaged and cannot be set aside; starting with an empty one'],
  });
});

test('the boot’s id is the kernel’s', () => {
  expect(readBootId()).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
});

// The memory's two files on real disks: damaged, unreadable, read-only, full, stalled; saved under
// one boot and loaded under another.
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
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { emptyMemory, Memory } from '../../../src/state/memory.ts';
import { type MemoryStore, NotRecordedError, openMemoryStore, readBootId } from '../../../src/state/store.ts';
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
let lines: { level: number; msg: string; reason?: string }[];
let troubles: (string | undefined)[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memory-'));
  lines = [];
  troubles = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true, maxRetries: 20 }));

const file = () => join(directory, 'state', 'memory.json');
const runFile = () => join(directory, 'run', 'memory.json');
const never = new AbortController().signal;

/** A clock whose sleepers wake when the test says so, or when they are told to end. */
function clockAt(at: () => typeof NOW): Clock & { wake: () => void } {
  const sleepers = new Set<() => void>();
  return {
    now: at,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        sleepers.add(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    wake: () => {
      for (const resolve of sleepers) resolve();
    },
  };
}

function open(
  at: typeof NOW | (() => typeof NOW) = NOW,
  bootId = 'this boot',
  clock = clockAt(typeof at === 'function' ? at : () => at),
) {
  return openMemoryStore({
    stateDirectory: join(directory, 'state'),
    runtimeDirectory: join(directory, 'run'),
    bootId,
    clock,
    log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    onTrouble: (found) => troubles.push(found?.text),
  });
}

/** What another process would load. */
const load = (at = NOW, bootId = 'this boot') => open(at, bootId).load();

async function save(what: Memory, store: MemoryStore = open()): Promise<void> {
  store.save(what);
  await store.recorded('reboot', never);
}

const isEmpty = (loaded: Memory) => loaded.attempts.length === 0 && loaded.refusedPins.length === 0;

test('what is saved is loaded again', async () => {
  await save(memory);
  expect(load()).toEqual(memory);
  expect(lines).toEqual([]);
});

test('a missing file is an empty memory and nothing to speak of, each with a salt of its own', () => {
  expect(isEmpty(load())).toBe(true);
  expect(load().salt).not.toBe(load().salt);
  expect(lines).toEqual([]);
});

test('the folder is made, 0700, and the files are 0600, whatever was left behind before', async () => {
  await save(memory);
  expect(statSync(join(directory, 'state')).mode & 0o777).toBe(0o700);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(statSync(runFile()).mode & 0o777).toBe(0o600);
  const beside = join(directory, 'state', '.memory.json.percept-lte');
  writeFileSync(beside, 'half', { mode: 0o644 });
  chmodSync(beside, 0o644);
  await save(memory);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(load()).toEqual(memory);
  expect(readdirSync(join(directory, 'state'))).toEqual(['memory.json']);
});

test('the file is replaced, not written into: who has it open reads the old one to its end', async () => {
  await save(memory);
  const before = statSync(file()).ino;
  await save({ ...memory, failures: 4 });
  expect(statSync(file()).ino).not.toBe(before);
});

test('a state folder that was wiped while online has the memory again, and is not written for nothing', async () => {
  const store = open();
  await store.keepFile();
  expect(existsSync(file())).toBe(false);
  await save(memory, store);
  const written = statSync(file()).ino;
  await store.keepFile();
  expect(statSync(file()).ino).toBe(written);
  rmSync(dirname(file()), { recursive: true });
  await store.keepFile();
  // The one before has left no rest between writes: nobody waited for this one.
  await vi.waitFor(() => expect(load(NOW, 'another boot').refusedPins).toEqual(memory.refusedPins));
});

test('failures a second apart wear out no flash: /run has them at once, the disk once a minute', async () => {
  const clock = clockAt(() => NOW);
  const store = open(NOW, 'this boot', clock);
  await save({ ...memory, failures: 0 }, store);
  const written = statSync(file()).ino;
  for (let failures = 1; failures <= 50; failures += 1) store.save({ ...memory, failures });
  await vi.waitFor(() => expect(load().failures).toBe(50));
  expect(statSync(file()).ino).toBe(written);
  clock.wake();
  await vi.waitFor(() => expect(readFileSync(file(), 'utf8')).toContain('"failures":50'));
});

test('a PIN is on the disk before it is sent, whenever the disk was written last', async () => {
  const store = open();
  await save(memory, store);
  store.save({ ...memory, pinInFlight: { fingerprint: HASH, retries: 3, sentAt: 1 } });
  await store.recorded('reboot', never);
  rmSync(runFile());
  expect(load().pinInFlight?.fingerprint).toBe(HASH);
});

test('a daemon that ends writes what the disk does not have yet', async () => {
  const store = open();
  await save(memory, store);
  store.save({ ...memory, failures: 7 });
  await store.close();
  expect(readFileSync(file(), 'utf8')).toContain('"failures":7');
});

test('after a restart the newer of the two files counts, after a reboot the one on the disk', async () => {
  const store = open();
  await save(memory, store);
  const older = readFileSync(file());
  await save({ ...memory, failures: 8 }, store);
  // As after a power cut that came before the disk had it.
  writeFileSync(file(), older);
  expect(load().failures).toBe(8);
  expect(load({ ...NOW, monotonicMs: 10 }, 'the next boot').failures).toBe(3);
  writeFileSync(file(), JSON.stringify({ ...memory, failures: 9, savedMonotonicMs: NOW.monotonicMs + 1 }));
  expect(load({ ...NOW, monotonicMs: NOW.monotonicMs + 2 }).failures).toBe(9);
});

test('booted in 1970: an outage of this boot has its true date once the clock is set, and keeps it over a reboot', async () => {
  let now = { monotonicMs: 40_000, wallMs: 40_000 };
  const store = open(() => now);
  const incident = {
    beganWallMs: 30_000,
    beganMs: 30_000,
    seconds: 5,
    reason: 'the bearer was dropped',
    endedBy: 'reconnect',
  };
  const seen = { ...memory, incidents: [incident] };
  await save(seen, store);
  const today = Date.UTC(2026, 10, 24);
  now = { monotonicMs: 50_000, wallMs: today };
  // Nothing is new but the clock.
  await save(seen, store);
  const reboot = { monotonicMs: 20_000, wallMs: 20_000 };
  expect(load(reboot, 'the next boot').incidents[0]?.beganWallMs).toBe(today - 20_000);
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
  ['larger than any memory', `${whole}${' '.repeat(3 << 20)}`],
];

const place = (content: string | Buffer) => {
  mkdirSync(join(directory, 'state'), { recursive: true });
  writeFileSync(file(), content);
};

test.each(damaged)('a file that is %s is set aside and said so, and the daemon starts', async (_, content) => {
  place(content);
  expect(isEmpty(load())).toBe(true);
  expect(existsSync(file())).toBe(false);
  expect(readFileSync(`${file()}.damaged`).equals(Buffer.from(content))).toBe(true);
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([[40, 'memory file is damaged and was set aside']]);
  await save(memory);
  expect(load()).toEqual(memory);
});

test('a pipe in place of both memory files is set aside and not waited for', async () => {
  for (const path of [file(), runFile()]) {
    mkdirSync(dirname(path), { recursive: true });
    spawnSync('mkfifo', [path]);
  }
  expect(isEmpty(load())).toBe(true);
  expect(lines.map(({ msg }) => msg)).toEqual(Array(2).fill('memory file is damaged and was set aside'));
  await save(memory);
  expect(load()).toEqual(memory);
});

test('folders in place of the memory file and of the one beside it are put out of the way', async () => {
  mkdirSync(join(file(), 'x'), { recursive: true });
  mkdirSync(join(directory, 'state', '.memory.json.percept-lte', 'x'), { recursive: true });
  expect(isEmpty(load())).toBe(true);
  await save(memory);
  expect(load()).toEqual(memory);
  expect(troubles.filter(Boolean)).toEqual([]);
});

const odd: readonly (readonly [string, object, string])[] = [
  ['attempts that are a text', { attempts: 'many' }, 'attempts'],
  ['attempts of which some are no numbers', { attempts: ['1', 100_000, null] }, 'attempts'],
  ['failures below zero', { failures: -1 }, 'failures'],
  [
    'an incident in the year 10^290',
    { incidents: [{ beganWallMs: 1e300, seconds: 1, reason: '', endedBy: '' }] },
    'incidents',
  ],
  [
    'an incident that lasted less than nothing',
    { incidents: [{ beganWallMs: 1, seconds: -1, reason: '', endedBy: '' }] },
    'incidents',
  ],
  ['a path that carries 3 bytes', { pathMtu: { apn: 'a', asked: 1500, mtu: 3, wallMs: 1 } }, 'pathMtu'],
  ['a hold until the end of time', { holdUntil: 1e300 }, 'holdUntil'],
  ['a rung with nonsense for stamps', { climbs: { reboot: ['x', 7], 'reset-modem': 3 } }, 'climbs'],
];

test.each(odd)('%s cost nothing else: no refused PIN is forgotten, and it is said', (_, change, key) => {
  place(JSON.stringify({ ...memory, ...change }));
  const loaded = load();
  expect(loaded.refusedPins).toEqual([HASH]);
  expect(loaded.salt).toBe('salt');
  expect(lines).toMatchObject([{ level: 40, dropped: key }]);
});

test('what a newer version remembers survives an older one: its rungs, its keys, and the PIN that was refused', async () => {
  const newer = { ...memory, version: 2, climbs: { 'rung-of-a-newer-version': [100] }, weather: { sun: true } };
  place(JSON.stringify(newer));
  const store = open();
  const loaded = store.load();
  expect(loaded.refusedPins).toEqual([HASH]);
  expect(lines).toEqual([]);
  await save({ ...loaded, failures: 4 }, store);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({
    newClimbs: { 'rung-of-a-newer-version': [100] },
    weather: { sun: true },
    failures: 4,
    refusedPins: [HASH],
  });
});

test('what is damaged is not quoted in the journal', () => {
  place(whole.slice(0, -4));
  load();
  place(whole.replace('"failures":3', '"failures":"x"'));
  load();
  expect(lines).toHaveLength(2);
  expect(JSON.stringify(lines)).not.toContain('c0ffee');
  expect(JSON.stringify(lines)).not.toContain('salt"');
});

test('truncated anywhere, the file is a memory or is set aside; never an exception', () => {
  for (let length = 0; length <= whole.length; length += 7) {
    place(whole.slice(0, length));
    expect(() => load()).not.toThrow();
  }
});

test('any JSON at all is a memory or is set aside, and can be saved and published', () => {
  const key = fc.constantFrom(...Object.keys(Memory.shape));
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), (value) => {
      place(JSON.stringify(value));
      const loaded = load();
      expect(Memory.parse(loaded)).toEqual(loaded);
      for (const { beganWallMs, seconds } of loaded.incidents) new Date(beganWallMs + seconds * 1000).toISOString();
    }),
    { numRuns: 300 },
  );
});

test('stamps from the future, however they came there, do not keep the board offline', () => {
  const far = 1e11;
  place(JSON.stringify({ ...memory, attempts: Array(30).fill(far), holdUntil: far, climbs: { reboot: [far] } }));
  const loaded = load();
  expect(Math.max(...loaded.attempts, ...(loaded.climbs.reboot ?? []))).toBeLessThanOrEqual(NOW.monotonicMs);
  expect((loaded.holdUntil ?? 0) - NOW.monotonicMs).toBeLessThanOrEqual(8 * 3_600_000);
});

test('a file in the folder’s place is said, is no fault, and nothing is taken for recorded', async () => {
  writeFileSync(join(directory, 'state'), '');
  const store = open();
  expect(isEmpty(store.load())).toBe(true);
  store.save(memory);
  await expect(store.recorded('reboot', never)).rejects.toThrow(NotRecordedError);
  expect(lines.map(({ msg }) => msg)).toEqual(['memory file cannot be read']);
  expect(troubles.at(-1)).toMatch(/memory\.json cannot be written \(E.*no PIN is sent and no reboot made/);
  // A restart of the program is remembered all the same.
  await store.recorded('restart', never);
  rmSync(join(directory, 'state'));
  await store.recorded('reboot', never);
  expect(troubles.at(-1)).toBeUndefined();
});

test('a loop of symbolic links is said, and is no fault', () => {
  mkdirSync(join(directory, 'state'));
  symlinkSync('memory.json', file());
  expect(isEmpty(load())).toBe(true);
  expect(lines).toHaveLength(1);
});

test('a disk that stalls holds nobody up, and what waits for it gives up in time', async () => {
  const clock = clockAt(() => NOW);
  const store = open(NOW, 'this boot', clock);
  store.save(memory);
  const recorded = store.recorded('reboot', never);
  // Twenty seconds are over before the disk has done anything.
  clock.wake();
  await expect(recorded).rejects.toThrow(/memory\.json cannot be written: .* did not end within 20 s/);
  // Its write ends before another test counts what disks tell.
  await store.recorded('reboot', never);
});

test('a disk that takes a write and does not answer is told of while it does not', async () => {
  const clock = clockAt(() => NOW);
  const store = open(NOW, 'this boot', clock);
  store.save(memory);
  // Ten seconds are over before the disk has done anything.
  clock.wake();
  await store.recorded('reboot', never);
  const ours = troubles.filter((text) => text === undefined || text.includes(directory));
  expect(ours).toEqual([
    expect.stringMatching(/^the disk has not answered since \d\d:\d\d: a write of .*memory\.json waits/),
    undefined,
  ]);
});

/**
 * Runs the real store in a mount namespace of its own, on a file system made by `mount`, and
 * returns what its script prints.
 */
function onFileSystem(mount: string, script: string): { readonly out: string; readonly error: string } {
  mkdirSync(join(directory, 'state'), { recursive: true });
  const setup = `${mount} && exec "$0" --import tsx --input-type=module -e "$1"`;
  const source = `
    import pino from 'pino';
    import { emptyMemory } from '${new URL('../../../src/state/memory.ts', import.meta.url).pathname}';
    import { openMemoryStore } from '${new URL('../../../src/state/store.ts', import.meta.url).pathname}';
    import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
    const said = [];
    const log = pino({}, { write: (line) => said.push(JSON.parse(line).msg) });
    const clock = { now: () => (${JSON.stringify(NOW)}), sleep: () => new Promise(() => {}) };
    const trouble = [];
    const { signal } = new AbortController();
    const store = openMemoryStore({ stateDirectory: process.env.WHERE, runtimeDirectory: process.env.WHERE + '-run', bootId: 'this boot', clock, log,
      onTrouble: (found) => trouble.push(found?.text ?? null) });
    const save = async (what) => { store.save(what); return await store.recorded('reboot', signal).then(() => 'recorded', (error) => error.name); };
    const memory = ${JSON.stringify(memory)};
    ${script}
  `;
  const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-ec', setup, process.execPath, source], {
    env: { ...process.env, WHERE: join(directory, 'state') },
    encoding: 'utf8',
    timeout: 30_000,
    cwd: new URL('../../..', import.meta.url).pathname,
  });
  return { out: stdout.trim(), error: stderr };
}

const isRoot = process.getuid?.() === 0;

test.runIf(isRoot)('on a full disk the last good file stays whole, and nothing is taken for recorded', () => {
  // 64 KiB: a dozen blocks beside the file's own, which the filler takes.
  const { out, error } = onFileSystem(
    'mount -t tmpfs -o size=64k none "$WHERE"',
    `
    const outcomes = [await save(memory)];
    const good = readFileSync(process.env.WHERE + '/memory.json', 'utf8');
    try { writeFileSync(process.env.WHERE + '/filler', Buffer.alloc(1 << 20)); } catch {}
    outcomes.push(await save({ ...memory, attempts: Array(9000).fill(1) }));
    const now = readFileSync(process.env.WHERE + '/memory.json', 'utf8');
    console.log(JSON.stringify({ same: now === good, outcomes, left: readdirSync(process.env.WHERE), trouble }));
    process.exit();
    `,
  );
  expect(JSON.parse(out || `"${error}"`)).toEqual({
    same: true,
    outcomes: ['recorded', 'NotRecordedError'],
    left: ['filler', 'memory.json'],
    trouble: [null, expect.stringContaining('ENOSPC')],
  });
});

test.runIf(isRoot)('on a read-only disk what is there is read, and nothing is taken for recorded', async () => {
  await save(memory);
  const { out, error } = onFileSystem(
    'mount --bind "$WHERE" "$WHERE" && mount -o remount,bind,ro "$WHERE"',
    `
    const loaded = store.load();
    const outcome = await save({ ...memory, failures: 9 });
    console.log(JSON.stringify({ failures: loaded.failures, outcome, trouble }));
    process.exit();
    `,
  );
  expect(JSON.parse(out || `"${error}"`)).toEqual({
    failures: 3,
    outcome: 'NotRecordedError',
    trouble: [expect.stringContaining('EROFS')],
  });
});

test.runIf(isRoot)('a damaged file on a read-only disk is said, and is no fault', () => {
  place('rubbish');
  const { out, error } = onFileSystem(
    'mount --bind "$WHERE" "$WHERE" && mount -o remount,bind,ro "$WHERE"',
    'console.log(JSON.stringify({ attempts: store.load().attempts.length, said }));',
  );
  expect(JSON.parse(out || `"${error}"`)).toEqual({
    attempts: 0,
    said: ['memory file is damaged and cannot be set aside'],
  });
});

test('the boot’s id is the kernel’s', () => {
  expect(readBootId()).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
});

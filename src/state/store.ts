// Keeps the memory in two files of the same form: one in /run, which outlives a restart of the
// program, and one on the disk, which outlives the boot. Neither a slow disk nor a broken one holds
// up the link: only what must not happen unrecorded (a PIN, a reset, a reboot) waits for the file,
// with a deadline.
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Found, found } from '../codes/codes.ts';
import { atStop, type Clock, within } from '../system/clock.ts';
import { codeOf } from '../system/error-code.ts';
import { IN_RUN, ON_DISK } from '../system/kept-files.ts';
import { NoRegularFileError, readRegularFileSync } from '../system/regular-file.ts';
import { ReplacedFile } from '../system/replace-file.ts';
import { timeOfDay } from '../system/spoken.ts';
import { emptyMemory, type Memory } from './memory.ts';
import { memoryText, type ParsedMemory, parseMemory } from './memory-text.ts';
import { rebase } from './rebase.ts';

/**
 * The folder for what outlives a boot: systemd's StateDirectory=, or without it
 * /var/lib/percept-lte.
 */
export function stateDirectoryOf(env: NodeJS.ProcessEnv): string {
  return env.STATE_DIRECTORY?.split(':')[0] ?? '/var/lib/percept-lte';
}

/** The memory could not be written, so that what must not be forgotten must not be done. */
export class NotRecordedError extends Error {
  override readonly name = 'NotRecordedError';
}

export interface MemoryStore {
  /**
   * The memory as it was last saved, moved into this boot; an empty one where there is none to be
   * had. Never throws.
   */
  load(): Memory;
  /** Begins to write `memory`. Never throws: trouble with the disk is told to `onTrouble`. */
  save(memory: Memory): void;
  /**
   * Resolves when what was saved last outlives a restart of the program, or of the host too.
   * @throws NotRecordedError when that cannot be had within RECORD_DEADLINE_MS; the signal's reason
   * when it aborts
   */
  recorded(outlives: 'restart' | 'reboot', signal: AbortSignal): Promise<void>;
  /** Begins to write the disk's file where it was removed. Never rejects. */
  keepFile(): Promise<void>;
  /** Writes what the disk does not have yet, as far as a stop waits for it. Never rejects. */
  close(): Promise<void>;
}

export interface MemoryStoreOptions {
  /** Its memory.json outlives a reboot. */
  readonly stateDirectory: string;
  /** Its memory.json outlives a restart; on a tmpfs. */
  readonly runtimeDirectory: string;
  readonly bootId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told what is wrong with the disk for as long as it is; undefined when all is well again. */
  readonly onTrouble: (found: Found | undefined) => void;
}

/**
 * The largest memory there can be is a tenth of this: attempts and incidents are bounded. What is
 * larger is not read into memory.
 */
const MOST_BYTES = 2 << 20;

/**
 * Between writes to the disk that nobody waits for: failures a second apart would wear out flash,
 * and /run has them.
 */
const DISK_REST_MS = 60_000;

/**
 * A disk that is busy with something else answers within seconds; what waits for it can be done a
 * minute later as well.
 */
const RECORD_DEADLINE_MS = 20_000;

/** A disk that takes no write for so long is told of, while the write still waits. */
const HANGING_MS = 10_000;

/** A clock that moved by more than this against the other one was set. */
const CLOCK_STEP_MS = 60_000;

/** Kernel's id of this boot; '' where /proc has none, which then counts as one endless boot. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // No /proc/sys: stamps are then compared as if within one boot, and rebase() notices a
    // monotonic clock that went back.
    return '';
  }
}

/** The memory in the folders of `options`. Touches nothing until it is asked to. */
export function openMemoryStore(options: MemoryStoreOptions): MemoryStore {
  return new Store(options);
}

class Store implements MemoryStore {
  readonly #options: MemoryStoreOptions;
  readonly #run: ReplacedFile;
  readonly #disk: ReplacedFile;
  readonly #closing = new AbortController();
  #rest: ParsedMemory['rest'] = {};
  #memory: Memory | undefined;
  /** The wall clock's distance from the monotonic one when #memory was saved. */
  #offsetMs = 0;
  #inRun: Promise<void> = Promise.resolve();
  #onDisk: Promise<void> = Promise.resolve();
  #diskHasIt = true;
  #diskRests = false;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
    const { stateDirectory, runtimeDirectory } = options;
    this.#run = new ReplacedFile(join(runtimeDirectory, 'memory.json'), IN_RUN);
    this.#disk = new ReplacedFile(join(stateDirectory, 'memory.json'), ON_DISK);
  }

  load(): Memory {
    const { bootId, clock } = this.#options;
    const [inRun, onDisk] = [this.#read(this.#run.path), this.#read(this.#disk.path)];
    const latest = newer(inRun, onDisk, bootId);
    this.#rest = latest?.rest ?? {};
    return latest === undefined ? this.#empty() : rebase(latest.memory, bootId, clock.now());
  }

  save(memory: Memory): void {
    const { monotonicMs, wallMs } = this.#options.clock.now();
    const isSet = Math.abs(wallMs - monotonicMs - this.#offsetMs) > CLOCK_STEP_MS;
    if (memory !== this.#memory || isSet) {
      this.#memory = memory;
      this.#offsetMs = wallMs - monotonicMs;
      this.#diskHasIt = false;
      this.#inRun = this.#run.write(this.#text());
      this.#inRun.catch(() => {}); // the status file beside it fails as well, which is told
    }
    if (!this.#diskHasIt && !this.#diskRests) void this.#writeAndRest();
  }

  async recorded(outlives: 'restart' | 'reboot', signal: AbortSignal): Promise<void> {
    const copies = outlives === 'reboot' ? [this.#toDisk()] : [this.#inRun, this.#toDisk()];
    for (const copy of copies) copy.catch(() => {});
    try {
      await within(this.#options.clock, RECORD_DEADLINE_MS, 'writing the memory', signal, () => Promise.any(copies));
    } catch (cause) {
      signal.throwIfAborted();
      const error = cause instanceof AggregateError ? cause.errors.at(-1) : cause;
      throw new NotRecordedError(`${this.#disk.path} cannot be written: ${messageOf(error)}`, { cause });
    }
  }

  async keepFile(): Promise<void> {
    if (this.#memory === undefined || !this.#diskHasIt || !(await this.#disk.isMissing())) return;
    this.#diskHasIt = false;
    this.save(this.#memory);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await atStop(this.#options.clock, () => this.#toDisk());
  }

  async #writeAndRest(): Promise<void> {
    this.#diskRests = true;
    while (!this.#diskHasIt && !this.#closing.signal.aborted) {
      await this.#toDisk().catch(() => {}); // told by #toDisk
      await this.#options.clock.sleep(DISK_REST_MS, this.#closing.signal).catch(() => {});
    }
    this.#diskRests = false;
  }

  /** Resolves when the disk has what was saved last. */
  #toDisk(): Promise<void> {
    if (this.#diskHasIt) return this.#onDisk;
    this.#diskHasIt = true;
    const { onTrouble } = this.#options;
    const written = this.#disk.write(this.#text());
    void this.#tellWhileHanging(written);
    this.#onDisk = written.then(
      () => onTrouble(undefined),
      (error: unknown) => {
        this.#diskHasIt = false;
        onTrouble(found('memory-unwritable', { path: this.#disk.path, said: messageOf(error) }));
        throw error;
      },
    );
    return this.#onDisk;
  }

  /** A write that neither succeeds nor fails: the file system is frozen, or its device hangs. */
  async #tellWhileHanging(written: Promise<void>): Promise<void> {
    const { clock, onTrouble } = this.#options;
    const { wallMs } = clock.now();
    const over = new AbortController();
    const end = () => over.abort();
    written.then(end, end);
    await clock.sleep(HANGING_MS, over.signal).catch(() => {}); // it answered in time
    if (over.signal.aborted) return;
    const since = timeOfDay(wallMs, clock.now().wallMs);
    onTrouble(found('disk-hangs', { path: this.#disk.path, since }));
  }

  #text(): string {
    return memoryText(this.#memory ?? this.#empty(), this.#rest, this.#options.clock.now());
  }

  #empty(): Memory {
    return emptyMemory(this.#options.bootId, randomBytes(16).toString('hex'), this.#options.clock.now());
  }

  /** The memory in the file; undefined where there is none to be had, which has then been said. */
  #read(file: string): ParsedMemory | undefined {
    const { log } = this.#options;
    try {
      const parsed = parseMemory(readRegularFileSync(file, MOST_BYTES), this.#empty());
      const dropped = parsed.dropped.join(', ');
      if (dropped !== '') log.warn({ file, dropped }, 'memory file: what makes no sense in it is left out');
      return parsed;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof NoRegularFileError) this.#setAside(file, error.message);
      else if (!isMissing(error)) log.warn({ file, error: messageOf(error) }, 'memory file cannot be read');
      return undefined;
    }
  }

  #setAside(file: string, reason: string): void {
    const { log } = this.#options;
    const keptAs = `${file}.damaged`;
    try {
      renameSync(file, keptAs);
      log.warn({ file, keptAs, reason }, 'memory file is damaged and was set aside');
    } catch (error) {
      log.warn({ file, reason, error: messageOf(error) }, 'memory file is damaged and cannot be set aside');
    }
  }
}

/** The one that was saved later; only one of this boot can be from /run. */
function newer(inRun: ParsedMemory | undefined, onDisk: ParsedMemory | undefined, bootId: string) {
  if (inRun?.memory.bootId !== bootId || onDisk === undefined) return onDisk ?? inRun;
  const diskIsNewer = onDisk.memory.bootId === bootId && onDisk.memory.savedMonotonicMs > inRun.memory.savedMonotonicMs;
  return diskIsNewer ? onDisk : inRun;
}

const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

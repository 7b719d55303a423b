// The memory's file: read once at start, replaced atomically on each change, 0600. A damaged file is set aside and said so; a disk that
// is full or read-only costs the memory, never the link.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from './../system/clock.ts';
import { emptyMemory, Memory, rebase } from './memory.ts';

/** The folder for what outlives a restart: systemd's StateDirectory=, or without it /var/lib/percept-lte. */
export function stateDirectoryOf(env: NodeJS.ProcessEnv): string {
  return env.STATE_DIRECTORY?.split(':')[0] ?? '/var/lib/percept-lte';
}

/** The memory's place on disk. */
export interface MemoryStore {
  /** The memory as it was last saved, moved into this boot; an empty one where there is none to be had. Never throws. */
  load(): Memory;
  /** Replaces the file. Never throws: a failure is logged once until a save succeeds again. */
  save(memory: Memory): void;
}

/** The largest memory there can be is a tenth of this: attempts and incidents are bounded. What is larger is not read into memory. */
const MOST_BYTES = 2 << 20;

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Kernel's id of this boot; '' where /proc has none, which then counts as one endless boot. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // No /proc/sys: stamps are then compared as if within one boot, and rebase() notices a monotonic clock that went back.
    return '';
  }
}

/** Opens `directory`/memory.json, making the directory (0700) where it is missing. */
export function openMemoryStore(directory: string, bootId: string, clock: Clock, logger: Logger): MemoryStore {
  const path = join(directory, 'memory.json');
  let failing = false;
  const setAside = (why: string) => {
    const aside = `${path}.damaged`;
    try {
      renameSync(path, aside);
      logger.warn({ file: path, keptAs: aside, why }, 'memory file is damaged; starting with an empty one');
    } catch (error) {
      logger.warn(
        { file: path, why, error: String(error) },
        'memory file is damaged and cannot be set aside; starting with an empty one',
      );
    }
  };
  const fresh = () => emptyMemory(bootId, randomBytes(16).toString('hex'), clock.now());
  return {
    load() {
      let text: string;
      try {
        text = statSync(path).size > MOST_BYTES ? '' : readFileSync(path, 'utf8');
      } catch (error) {
        if (!isMissing(error))
          logger.warn({ file: path, error: String(error) }, 'memory file cannot be read; starting with an empty one');
        return fresh();
      }
      const memory = parse(text);
      if (typeof memory !== 'string') return rebase(memory, bootId, clock.now());
      setAside(memory);
      return fresh();
    },
    save(memory) {
      const { monotonicMs, wallMs } = clock.now();
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        replace(path, `${JSON.stringify({ ...memory, savedMonotonicMs: monotonicMs, savedWallMs: wallMs })}\n`);
        failing = false;
      } catch (error) {
        if (!failing)
          logger.warn(
            { file: path, error: String(error) },
            'memory file cannot be written; limits hold until the daemon restarts',
          );
        failing = true;
      }
    },
  };
}

/** The memory in `text`, or the reason why there is none; the reason quotes nothing of the file. */
function parse(text: string): Memory | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which holds hashes that are guessed in no time.
    return text.trim() === '' ? 'it is empty, or far too large' : 'it is not JSON, or cut off';
  }
  const result = Memory.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return `it is no memory file: ${issue?.path.join('.')}: ${issue?.code}`;
}

/** Writes beside and renames over, both synced: after a power cut the file is the old or the new one, never a half. */
function replace(path: string, text: string): void {
  const beside = `${path}.new`;
  const file = openSync(beside, 'w', 0o600);
  try {
    // One that was left behind keeps the mode that it had.
    fchmodSync(file, 0o600);
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  // Without this the rename itself may be lost: a PIN would be sent that nobody remembers.
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

// The memory's file: read once at start, replaced atomically on each change, 0600. A damaged file is set aside and said so; a disk that
// is full or read-only costs the memory, never the link.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
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
        text = readFileSync(path, 'utf8');
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

/** The memory in `text`, or the reason why there is none. */
function parse(text: string): Memory | string {
  try {
    const result = Memory.safeParse(JSON.parse(text));
    return result.success ? result.data : (result.error.issues[0]?.message ?? 'not a memory file');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Writes beside and renames over, synced: after a power cut the file is the old or the new one, never a half. */
function replace(path: string, text: string): void {
  const beside = `${path}.new`;
  const file = openSync(beside, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
}

// Writes and reads the status file. It is replaced as a whole, so that a reader never sees half of one; a failed write disturbs nothing else.
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Status, StatusSchema } from './schema.ts';

/** Where the file is when systemd has not said otherwise (RuntimeDirectory=percept-lte). */
const DEFAULT_RUNTIME_DIRECTORY = '/run/percept-lte';

/** A status file that is absent or that is none. `isMissing` tells the first. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  constructor(
    readonly path: string,
    readonly isMissing: boolean,
    text: string,
    options?: ErrorOptions,
  ) {
    super(text, options);
  }
}

/** What of the environment is looked at. */
export interface StatusEnvironment {
  readonly RUNTIME_DIRECTORY?: string | undefined;
}

/** The path of the status file. systemd may give several folders; the first is the one for this. */
export const statusPath = (env: StatusEnvironment): string =>
  join(env.RUNTIME_DIRECTORY?.split(':')[0] || DEFAULT_RUNTIME_DIRECTORY, 'status.json');

/** The daemon's end of the status file. */
export interface StatusFile {
  readonly path: string;
  /** Replaces the file. Never rejects. While one write is under way only the latest of those that follow is kept. */
  write(status: Status): Promise<void>;
  /** Removes the file, after a write that is under way. Never rejects. */
  remove(): Promise<void>;
}

/** @param onFailure Told of the first failure in a row; the next one only after a write has succeeded. */
export function openStatusFile(env: StatusEnvironment, onFailure: (error: unknown) => void): StatusFile {
  const path = statusPath(env);
  let waiting: Status | undefined;
  let running: Promise<void> | undefined;
  let failing = false;

  const work = async () => {
    while (waiting !== undefined) {
      const status = waiting;
      waiting = undefined;
      try {
        await replace(path, `${JSON.stringify(status, undefined, 2)}\n`);
        failing = false;
      } catch (error) {
        // A board whose /run is full must stay online all the same.
        if (!failing) onFailure(error);
        failing = true;
      }
    }
    running = undefined;
  };

  return {
    path,
    write: (status) => {
      waiting = status;
      running ??= work();
      return running;
    },
    remove: async () => {
      waiting = undefined;
      await running;
      // What cannot be removed lies in a folder that systemd removes when the service ends.
      await rm(path, { force: true }).catch(() => undefined);
    },
  };
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const next = `${path}.new`;
  await writeFile(next, text, { mode: 0o644 });
  // The unit's UMask= must not hide the file from those who may read it.
  await chmod(next, 0o644);
  await rename(next, path);
}

/** Reads the status file. @throws StatusError when it is absent, or not of the published form. */
export async function readStatus(path: string): Promise<Status> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new StatusError(path, isMissing, isMissing ? `there is no ${path}` : `${path} cannot be read`, { cause });
  }
  try {
    return StatusSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StatusError(path, false, `${path} is not a status file of version 1; is it another version's?`, {
      cause,
    });
  }
}

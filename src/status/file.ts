// Writes and reads the status file. It is replaced as a whole, so that a reader never sees half of
// one; a failed write disturbs nothing else, and leaves no old one behind.
import { join } from 'node:path';
import { readRegularFile } from '../system/regular-file.ts';
import { PublishedFile } from '../system/replace-file.ts';
import type { Status } from './schema.ts';

/** Where the file is when systemd has not said otherwise (RuntimeDirectory=percept-lte). */
const DEFAULT_RUNTIME_DIRECTORY = '/run/percept-lte';

/** A hundred times what fifty outages and all warnings need. */
const MOST_BYTES = 10_000_000;

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

/**
 * The folder for what lasts as long as the boot. systemd may give several; the first is the one for
 * this.
 */
export const runtimeDirectoryOf = (env: StatusEnvironment): string =>
  env.RUNTIME_DIRECTORY?.split(':')[0] || DEFAULT_RUNTIME_DIRECTORY;

/** The path of the status file. */
export const statusPath = (env: StatusEnvironment): string => join(runtimeDirectoryOf(env), 'status.json');

/** The daemon's end of the status file. */
export interface StatusFile {
  readonly path: string;
  /**
   * Replaces the file. Never rejects. While one write is under way only the latest of those that
   * follow is kept.
   */
  write(status: Status): Promise<void>;
}

/**
 * @param onFailure Told of the first failure in a row; the next one only after a write has
 * succeeded.
 */
export function openStatusFile(env: StatusEnvironment, onFailure: (error: unknown) => void): StatusFile {
  // A board whose /run is full must stay online all the same.
  const file = new PublishedFile(statusPath(env), { mode: 0o644, folderMode: 0o755, orNone: true }, onFailure);
  return {
    path: file.path,
    async write(status) {
      await file.write(`${JSON.stringify(status, undefined, 2)}\n`);
    },
  };
}

/** Reads the status file. @throws StatusError when it is absent, or not of the published form. */
export async function readStatus(path: string): Promise<Status> {
  let text: string;
  try {
    text = await readRegularFile(path, MOST_BYTES);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new StatusError(path, isMissing, isMissing ? `there is no ${path}` : `${path} cannot be read`, { cause });
  }
  try {
    // Loaded only here: the daemon writes the file and never reads it.
    const { StatusSchema } = await import('./schema.ts');
    return StatusSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StatusError(path, false, `${path} is not a status file of version 1; is it another version's?`, {
      cause,
    });
  }
}

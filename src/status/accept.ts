// How a person ends a trial by hand: `percept-lte accept` leaves a file in the folder of the
// status, into which only root writes, and sends SIGHUP; the daemon takes it away and acts on it.
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../system/replace-file.ts';
import { runtimeDirectoryOf, type StatusEnvironment } from './file.ts';

const acceptPath = (env: StatusEnvironment): string => join(runtimeDirectoryOf(env), 'accept');

/** Leaves the request. @param root The folder that stands for `/`. @throws Error of node:fs */
export async function requestAcceptance(env: StatusEnvironment, root: string): Promise<void> {
  await replaceFile(join(root, acceptPath(env)), '', { mode: 0o600 });
}

/**
 * Whether there was a request, which is gone then. Never rejects: what is no file, or cannot be
 * taken away and would count again at each reload, is no request.
 * @param onTrouble Told why it cannot be known.
 */
export async function takeAcceptance(env: StatusEnvironment, onTrouble: (error: unknown) => void): Promise<boolean> {
  try {
    await unlink(acceptPath(env));
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) onTrouble(error);
    return false;
  }
}

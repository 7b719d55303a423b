// Reads a file of which it is not certain that it is one. A pipe in its place would be waited for,
// a device may have no end, and a file may be of any size: none of them may stop the program.
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/** What is there is a folder, a pipe, a device, or far too large. `code` is as node:fs has it. */
export class NoRegularFileError extends Error {
  override readonly name = 'NoRegularFileError';
  readonly code = 'EINVAL';
}

/** Without O_NONBLOCK opening a pipe waits until somebody writes into it. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * `latin1` makes a character of each byte, for a file of others that is written again with the same
 * bytes.
 */
type Encoding = 'utf8' | 'latin1';

/** The text of the file at `path`. @throws NoRegularFileError, or Error of node:fs */
export const readRegularFile = async (path: string, mostBytes: number, encoding?: Encoding): Promise<string> =>
  (await readTextAndStats(path, mostBytes, encoding)).text;

/**
 * The text of the file at `path`, and its mode and owner as stat has them.
 * @throws NoRegularFileError, or Error of node:fs
 */
export async function readTextAndStats(
  path: string,
  mostBytes: number,
  encoding: Encoding = 'utf8',
): Promise<{ text: string; mode: number; uid: number }> {
  const file = await open(path, FLAGS);
  try {
    const found = await file.stat();
    refuseOthers(path, found, mostBytes);
    return { text: await file.readFile(encoding), mode: found.mode, uid: found.uid };
  } finally {
    await file.close();
  }
}

/** The same, for what is read once at the start. @throws NoRegularFileError, or Error of node:fs */
export function readRegularFileSync(path: string, mostBytes: number): string {
  const file = openSync(path, FLAGS);
  try {
    refuseOthers(path, fstatSync(file), mostBytes);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/**
 * Whether somebody else's code may read the file: it is one and not too large, or it is not there.
 */
export async function mayBeRead(path: string, mostBytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined); // opening it fails as well, and waits for nobody
  return found === undefined || (found.isFile() && found.size <= mostBytes);
}

function refuseOthers(path: string, found: Stats, mostBytes: number): void {
  if (!found.isFile()) throw new NoRegularFileError(`${path} is no regular file`);
  if (found.size > mostBytes)
    throw new NoRegularFileError(`${path} has ${found.size} bytes, far more than it can need`);
}

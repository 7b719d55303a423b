// How commands look at the host: files below a root, so that tests can lay out another host.
import { readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readRegularFile } from '../system/regular-file.ts';

/** More than any file has that is looked at. */
const MOST_BYTES = 1_000_000;

/** The trimmed text of a file, undefined when it cannot be read. */
export const textOf = async (root: string, ...path: string[]): Promise<string | undefined> =>
  // What is absent or closed to us is simply not known; each user says what that means.
  readRegularFile(join(root, ...path), MOST_BYTES).then(
    (text) => text.trim(),
    () => undefined,
  );

/** The names in a folder, none when it cannot be read. */
export const namesIn = async (root: string, ...path: string[]): Promise<readonly string[]> =>
  readdir(join(root, ...path)).then(
    (names) => names.sort(),
    () => [],
  );

/** The last part of what a symbolic link points to. */
export const linkName = async (root: string, ...path: string[]): Promise<string | undefined> =>
  readlink(join(root, ...path)).then(basename, () => undefined);

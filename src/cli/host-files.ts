// How commands look at the host: files below a root, so that tests can lay out another host.
import { readdir, readlink, realpath } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
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

/**
 * Whether nobody can write into the folder at `path`: its file system is read-only, and not this
 * mount of it alone, beside which a service may have one of its own. False where that is not known.
 */
export async function isReadOnlyForAll(root: string, path: string): Promise<boolean> {
  const real = await realpath(join(root, path)).catch(() => join(root, path));
  const folder = join('/', relative(root, real));
  const mounts = ((await textOf(root, 'proc', 'self', 'mountinfo')) ?? '').split('\n').flatMap((line) => {
    const [ours = '', fileSystem = ''] = line.split(' - ');
    const point = ours.split(' ')[4] ?? '';
    const isAbove = folder === point || folder.startsWith(point.endsWith('/') ? point : `${point}/`);
    return isAbove ? [{ point, options: fileSystem.split(' ')[2] ?? '' }] : [];
  });
  // Of two at one place the later one is seen.
  const seen = mounts.toReversed().sort((one, other) => other.point.length - one.point.length)[0];
  return seen?.options.split(',').includes('ro') === true;
}

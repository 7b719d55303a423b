// What a check of `percept-lte doctor` finds, and how it looks at the host: files below a root, so
// that tests can lay out another host.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CliContext } from '../context.ts';

export interface Finding {
  /** fail: it cannot work like this; warn: it may bite some day. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly about: string;
  readonly text: string;
  /** What a person can do about it. */
  readonly remedy?: string;
}

/** Looks at one thing; changes nothing. */
export type Check = (context: CliContext, configPath: string) => Promise<readonly Finding[]>;

/** The trimmed text of a file, undefined when it cannot be read. */
export const textOf = async (root: string, ...path: string[]): Promise<string | undefined> =>
  // What is absent or closed to us is simply not known; each check says what that means.
  readFile(join(root, ...path), 'utf8').then(
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

export interface Process {
  readonly name: string;
  /** Its command line, one word an entry. */
  readonly argv: readonly string[];
}

/** The processes that run. Names are cut to 15 letters by the kernel. */
export async function processes(root: string): Promise<readonly Process[]> {
  const ids = (await namesIn(root, 'proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => ({
      name: await textOf(root, 'proc', id, 'comm'),
      argv: ((await textOf(root, 'proc', id, 'cmdline')) ?? '').split('\0'),
    })),
  );
  return found.flatMap(({ name, argv }) => (name === undefined ? [] : [{ name, argv }]));
}

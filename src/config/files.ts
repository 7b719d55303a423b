// The files that a configuration is made of, and what they say together. Later ones win, key by
// key, in the order that systemd has: an image's files in /usr, the board's own file, and what a
// fleet's tool drops in beside it without editing a file that belongs to a person.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NoRegularFileError, readTextAndStats } from '../system/regular-file.ts';
import { ConfigError, type Place, type Problem, valueAt } from './problems.ts';
import { type ConfigFile, hasKeys, type Owned, parsed } from './yaml.ts';

/** Where the configuration is when nobody says otherwise. */
export const DEFAULT_CONFIG_PATH = '/etc/percept-lte.yaml';

/** What belongs to an image: /usr is the image's, /etc the board's. */
const IMAGE_FOLDER = '/usr/lib/percept-lte/percept-lte.yaml.d';

/** More than twenty profiles need, and little enough to be parsed while the link is watched. */
const MOST_BYTES = 200_000;

/** Where things stand in several files: in the last one that says something of them. */
export class FilePlaces {
  constructor(private readonly files: readonly ConfigFile[]) {}

  /** The place of the value at `path`; of the nearest key above it where there is none. */
  of(path: readonly PropertyKey[]): Place {
    return this.#owner(path).places.of(path);
  }

  /** The place of the key `name` in the section at `path`. */
  ofKey(path: readonly PropertyKey[], name: string): Place {
    return this.#owner([...path, name]).places.ofKey(path, name);
  }

  #owner(path: readonly PropertyKey[]): ConfigFile {
    const owner = this.files.findLast(({ value }) => valueAt(value, path) !== undefined);
    const last = this.files.at(-1);
    if (last === undefined) throw new TypeError('a configuration without a file');
    return owner ?? (path.length === 0 ? last : this.#owner(path.slice(0, -1)));
  }
}

/**
 * Reads the file and what is dropped in beside it, the least first.
 * @throws ConfigError with every file that cannot be read or is no YAML.
 */
export async function readFiles(file: string, imageFolder = imageFolderOf(file)): Promise<readonly ConfigFile[]> {
  const problems: Problem[] = [];
  const tried = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const image = imageFolder === undefined ? [] : ((await tried(() => yamlFilesIn(imageFolder))) ?? []);
  const own = (await tried(() => yamlFilesIn(`${file}.d`))) ?? [];
  // An image that brings everything needs no file in /etc.
  const mayMiss = image.length + own.length > 0;
  const files: ConfigFile[] = [];
  for (const path of [...image, file, ...own]) {
    const read = await tried(() => readOne(path, mayMiss && path === file));
    if (read !== undefined) files.push(read);
  }
  if (problems.length > 0) throw new ConfigError(file, problems);
  return files;
}

/** The folders of drop-ins that are there: whoever may write them adds to the configuration. */
export async function foldersOf(file: string, imageFolder = imageFolderOf(file)): Promise<readonly Owned[]> {
  const paths = [...(imageFolder === undefined ? [] : [imageFolder]), `${file}.d`];
  const found = await Promise.all(
    paths.map(async (path) => {
      const there = await stat(path).catch(() => undefined); // none, or reading it has told why not
      return there === undefined ? [] : [{ path, mode: there.mode, uid: there.uid }];
    }),
  );
  return found.flat();
}

const imageFolderOf = (file: string) => (file === DEFAULT_CONFIG_PATH ? IMAGE_FOLDER : undefined);

/** The `*.yaml` in a folder, in the order of their names; none where there is no folder. */
async function yamlFilesIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /^[^.].*\.yaml$/.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch (cause) {
    if (isMissing(cause)) return [];
    const text = `cannot be read (${reasonOf(cause)})`;
    throw new ConfigError(folder, [{ file: folder, path: '', text, mayPass: true }], { cause });
  }
}

async function readOne(path: string, mayMiss: boolean): Promise<ConfigFile | undefined> {
  try {
    const { text, mode, uid } = await readTextAndStats(path, MOST_BYTES);
    return parsed(text, { path, mode, uid });
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    if (mayMiss && isMissing(cause)) return undefined;
    const text = isMissing(cause)
      ? 'there is no such file; `percept-lte prepare` writes one, and then connect.apn must be set in it'
      : `cannot be read (${reasonOf(cause)})`;
    throw new ConfigError(path, [{ file: path, path: '', text, mayPass: true }], { cause });
  }
}

/** Of two that exclude each other the later file's counts. */
const EITHER: Readonly<Record<string, string>> = {
  password: 'password-file',
  'password-file': 'password',
  pin: 'pin-file',
  'pin-file': 'pin',
};

/** `over` laid over `under`, key by key; a list is replaced as a whole. */
export function merged(under: unknown, over: unknown): unknown {
  if (!hasKeys(under) || !hasKeys(over)) return over;
  const replaced = new Set(Object.keys(over).map((name) => EITHER[name]));
  const kept = Object.entries(under).filter(([name]) => !replaced.has(name));
  const laid = Object.entries(over).map(([name, value]) => [
    name,
    Object.hasOwn(under, name) ? merged(under[name], value) : value,
  ]);
  return Object.fromEntries([...kept, ...laid]);
}

/** Whether others than the owner may look at a file of this mode. */
export const isOpen = (mode: number): boolean => (mode & 0o077) !== 0;

/** That a secret lies open, and what to do. */
export const openText = (path: string, mode: number): string =>
  `others can read this secret (mode ${(mode & 0o777).toString(8).padStart(4, '0')}); run: chmod 600 ${path}`;

/** Whether a file could not be read because it is not there. */
export const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';

/** Why a file could not be read: in words, or as the name of the system's error. */
export const reasonOf = (cause: unknown): string =>
  cause instanceof NoRegularFileError
    ? 'it is a folder, a pipe or a device, or far too large'
    : cause instanceof Error && 'code' in cause
      ? String(cause.code)
      : String(cause);

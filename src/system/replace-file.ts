// Replaces a file as a whole, so that a reader finds the old text or the new one and never a half,
// also after a power cut.
import type { Stats } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './error-code.ts';

export interface ReplaceOptions {
  /** Permissions of the new file, whatever the umask is. */
  readonly mode: number;
  /** Whom the new file shall belong to; left out, it belongs to this process. */
  readonly owner?: Pick<Stats, 'uid' | 'gid'> | undefined;
  /** Permissions of the folder, which is made when it is missing; left out, it must be there. */
  readonly folderMode?: number;
  /**
   * Wait until the disk has it, folder included: without this a power cut may bring the old text
   * back.
   */
  readonly sync?: boolean;
  /** No file rather than the old text, which says what is no longer the case. */
  readonly orNone?: boolean;
}

/**
 * Writes `text` beside `path` and renames it over `path`. @throws Error of node:fs; then `path` is
 * as it was, or is none with `orNone`.
 */
export async function replaceFile(path: string, text: string | Uint8Array, options: ReplaceOptions): Promise<void> {
  try {
    await replace(path, text, options);
  } catch (error) {
    if (!options.orNone) throw error;
    // A full disk lets it go, and may have space for the new one then.
    await unlink(path).catch(() => {});
    if (codeOf(error) !== 'ENOSPC') throw error;
    await replace(path, text, options);
  }
}

async function replace(path: string, text: string | Uint8Array, options: ReplaceOptions): Promise<void> {
  // One name, so that a process that is killed leaves one file behind and not one each time.
  const beside = join(dirname(path), `.${basename(path)}.percept-lte`);
  try {
    await using(await openNew(beside, options), (file) => fill(file, text, options));
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {}); // a folder that cannot be written has none
    throw error;
  }
  if (options.sync) await using(await open(dirname(path), 'r'), (folder) => folder.sync());
}

/**
 * Opens a new file. Looks at what is in its way only when something is: a file that is replaced at
 * each signal of ModemManager's has its folder.
 */
async function openNew(path: string, { mode, folderMode }: ReplaceOptions): Promise<FileHandle> {
  // Exclusive: somebody else's link of that name is not followed.
  const attempt = () => open(path, 'wx', mode);
  try {
    return await attempt();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST')
      await rm(path, { force: true, recursive: true }); // whatever it is: the name is ours
    else if (code === 'ENOENT' && folderMode !== undefined)
      await mkdir(dirname(path), { recursive: true, mode: folderMode });
    else throw error;
    return await attempt();
  }
}

async function fill(file: FileHandle, text: string | Uint8Array, { mode, owner, sync }: ReplaceOptions): Promise<void> {
  await file.writeFile(text);
  await file.chmod(mode);
  if (owner !== undefined) await giveTo(file, owner);
  if (sync) await file.sync();
}

/** Only when it must be: a sandbox without @chown refuses even a chown that changes nothing. */
async function giveTo(file: FileHandle, { uid, gid }: Pick<Stats, 'uid' | 'gid'>): Promise<void> {
  const now = await file.stat();
  if (uid !== now.uid || gid !== now.gid) await file.chown(uid, gid);
}

async function using(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

/**
 * One file that is replaced again and again: one write at a time, and of texts that come meanwhile
 * only the last.
 */
export class ReplacedFile {
  readonly path: string;
  readonly #options: ReplaceOptions;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #nextText = '';

  constructor(path: string, options: ReplaceOptions) {
    this.path = path;
    this.#options = options;
  }

  /** Resolves when `text`, or a later one, is in place. @throws Error of node:fs */
  write(text: string): Promise<void> {
    if (this.#running === undefined) return this.#start(text);
    this.#nextText = text;
    this.#next ??= this.#running.catch(() => {}).then(() => this.#start(this.#nextText));
    return this.#next;
  }

  /** Whether there is no such file: not written yet, or removed by somebody. Never rejects. */
  async isMissing(): Promise<boolean> {
    return await stat(this.path).then(
      () => false,
      (error: unknown) => codeOf(error) === 'ENOENT',
    );
  }

  #start(text: string): Promise<void> {
    this.#next = undefined;
    this.#running = replaceFile(this.path, text, this.#options).finally(() => {
      if (this.#next === undefined) this.#running = undefined;
    });
    return this.#running;
  }
}

/** A file that nobody waits for: a failed write is told, once in a row, and disturbs nothing. */
export class PublishedFile {
  readonly #file: ReplacedFile;
  readonly #onFailure: (error: unknown) => void;
  #isFailing = false;

  constructor(path: string, options: ReplaceOptions, onFailure: (error: unknown) => void) {
    this.#file = new ReplacedFile(path, options);
    this.#onFailure = onFailure;
  }

  get path(): string {
    return this.#file.path;
  }

  /** Resolves when `text`, or a later one, is in place, with whether it is. Never rejects. */
  async write(text: string): Promise<boolean> {
    try {
      await this.#file.write(text);
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (!this.#isFailing) this.#onFailure(error);
      this.#isFailing = true;
      return false;
    }
  }
}

// The files that our block was written into: /etc/resolv.conf may be a link that leads to another
// one by now. Those behind a link are remembered on the disk, where a program that is started after
// it was killed finds them. The list there only grows: it is written when a file is new, and a file
// without a block costs a look.
import { join } from 'node:path';
import * as z from 'zod/mini';
import { ON_DISK, readKept } from '../../system/kept-files.ts';
import { ReplacedFile } from '../../system/replace-file.ts';

/** More than links are led elsewhere; the oldest are forgotten. */
const MOST_FILES = 20;

/** Of so many paths, the longest that there are. */
const MOST_BYTES = MOST_FILES * 5_000;

const Remembered = z.object({ files: z.array(z.string().check(z.regex(/^\/[^\0]*$/))) });

export class WrittenFiles {
  /** Those that may hold a block. */
  readonly #files: Set<string>;
  readonly #remembered: Set<string>;
  readonly #remember: (files: readonly string[]) => void;

  /** @param remember Told of all files behind a link when there is one more. */
  constructor(remembered: readonly string[] = [], remember: (files: readonly string[]) => void = () => {}) {
    this.#files = new Set(remembered);
    this.#remembered = new Set(remembered);
    this.#remember = remember;
  }

  get all(): readonly string[] {
    return [...this.#files];
  }

  /** To be called before a block is written. `isLinked`: /etc/resolv.conf is a link to the file. */
  add(file: string, isLinked: boolean): void {
    this.#files.add(file);
    if (!isLinked || this.#remembered.has(file)) return;
    this.#remembered.add(file);
    this.#remember([...this.#remembered].slice(-MOST_FILES));
  }

  /** It has no block any more. */
  delete(file: string): void {
    this.#files.delete(file);
  }
}

/** Those that are remembered in the folder. Never throws. */
export function openWrittenFiles(stateDirectory: string): WrittenFiles {
  const file = new ReplacedFile(join(stateDirectory, 'resolv-conf.json'), ON_DISK);
  // Nobody waits for a disk: the host has its name servers without this. That it cannot be written
  // is told by the memory, which is beside it.
  const remember = (files: readonly string[]) =>
    void file.write(`${JSON.stringify({ version: 1, files })}\n`).catch(() => {});
  // None, or damaged: only what was led elsewhere meanwhile is not found.
  const remembered = readKept(file, MOST_BYTES, (text) => Remembered.parse(JSON.parse(text)).files);
  return new WrittenFiles(remembered, remember);
}

// Keeps what was used in two files, as the memory is kept: one in /run, for the next process of
// this boot, and one on the disk for the next boot, which is written rarely.
import { type KeptFilesOptions, keptFiles, readKept } from '../system/kept-files.ts';
import type { PublishedFile } from '../system/replace-file.ts';
import { NO_USAGE, Usage } from './usage.ts';

/** Some hundred days of twenty SIMs, and readings. */
const MOST_BYTES = 1 << 20;

/** What a power cut may lose: the bytes of so long a time, and no more than so many. */
const MOST_UNSAVED_MS = 5 * 60_000;
const MOST_UNSAVED_BYTES = 16_000_000;

/** A hundredth of the limit, so that a plan costs the flash no more than a hundred writes. */
const UNSAVED_PART = 1 / 100;

/** Without traffic the date alone is written this often. */
const REST_MS = 3_600_000;

/** What was counted since the disk was written, and how long that is ago. */
export interface Unsaved {
  readonly bytes: number;
  readonly ms: number;
}

/** Whether the disk is to be written. `limit`: of the plan, undefined without one. */
export function isDue({ bytes, ms }: Unsaved, limit: number | undefined): boolean {
  const most = Math.min(MOST_UNSAVED_BYTES, (limit ?? Number.POSITIVE_INFINITY) * UNSAVED_PART);
  return bytes > most || ms >= (bytes > 0 ? MOST_UNSAVED_MS : REST_MS);
}

export class UsageStore {
  readonly #bootId: string;
  readonly #run: PublishedFile;
  readonly #disk: PublishedFile;
  #inRun: Promise<unknown> = Promise.resolve();
  #onDisk: Promise<unknown> = Promise.resolve();

  constructor(options: KeptFilesOptions) {
    this.#bootId = options.bootId;
    const { run, disk } = keptFiles('data.json', options);
    this.#run = run;
    this.#disk = disk;
  }

  /** What was used so far; nothing where no file can be read. Never throws. */
  load(): Usage {
    const [inRun, onDisk] = [read(this.#run), read(this.#disk)];
    const isOfNow = inRun?.clock?.bootId === this.#bootId;
    if (!isOfNow || onDisk === undefined) return onDisk ?? (isOfNow ? inRun : undefined) ?? NO_USAGE;
    // The disk is the newer one where /run could not be written.
    const isNewer = onDisk.clock?.bootId === this.#bootId && onDisk.clock.monotonicMs > inRun.clock.monotonicMs;
    return isNewer ? onDisk : inRun;
  }

  /** Begins to write `usage`, to the disk too if `toDisk`. Never throws. */
  save(usage: Usage, toDisk: boolean): void {
    const text = `${JSON.stringify({ version: 1, ...usage })}\n`;
    this.#inRun = this.#run.write(text);
    if (toDisk) this.#onDisk = this.#disk.write(text);
  }

  /** Resolves when what was saved last is written, or cannot be. */
  async settled(): Promise<void> {
    await Promise.all([this.#inRun, this.#onDisk]);
  }
}

const read = (file: PublishedFile): Usage | undefined =>
  readKept(file, MOST_BYTES, (text) => Usage.parse(JSON.parse(text)));

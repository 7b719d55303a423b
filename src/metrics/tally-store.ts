// Keeps the tally in two files, as the memory is kept: one in /run, exact, for the next process of
// this boot, and one on the disk for the next boot. The disk's is written when something rare was
// counted and otherwise seldom; what may have been counted since is added when it is read, for a
// counter must never fall: a scraper takes that for a beginning at 0 and counts everything twice.
import * as z from 'zod/mini';
import { type KeptFilesOptions, keptFiles, readKept } from '../system/kept-files.ts';
import type { PublishedFile } from '../system/replace-file.ts';
import { emptyTally, Tally, type Timed } from './tally.ts';

/** Seconds and bytes that may be counted before the disk is written for them alone. */
const RESERVE_SECONDS = 15 * 60;
const RESERVE_BYTES = 64 << 20;

/** A tally is looked at every five minutes (REFRESH_MS); this much may come in between. */
const MARGIN_SECONDS = 6 * 60;
const MARGIN_BYTES = RESERVE_BYTES / 2;

/** A tally has some kilobytes at most. */
const MOST_BYTES = 256 << 10;

const Saved = z.object({ bootId: z.string(), isOnline: z.boolean(), isTakenOver: z.boolean(), tally: Tally });
type Saved = z.output<typeof Saved>;

export class TallyStore {
  readonly #bootId: string;
  readonly #run: PublishedFile;
  readonly #disk: PublishedFile;
  /** What the disk has, or is about to get. */
  #onDisk: Tally | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: KeptFilesOptions) {
    this.#bootId = options.bootId;
    const { run, disk } = keptFiles('metrics.json', options);
    this.#run = run;
    this.#disk = disk;
  }

  /** What was counted so far; nothing where no file can be read. Never throws. */
  load(): Tally {
    const inRun = read(this.#run);
    if (inRun !== undefined && inRun.bootId === this.#bootId) return inRun.tally;
    const onDisk = read(this.#disk);
    return onDisk === undefined ? emptyTally() : withReserve(onDisk);
  }

  /**
   * Resolves when the next process of this boot would find `tally`, or nobody can be told. Never
   * rejects. `isRare`: something was counted that must outlive a power cut.
   */
  async save(tally: Tally, timed: Timed, isRare: boolean): Promise<void> {
    const text = `${JSON.stringify({ bootId: this.#bootId, ...timed, tally } satisfies Saved)}\n`;
    if (isRare || this.#onDisk === undefined || isBeyondReserve(this.#onDisk, tally)) {
      this.#onDisk = tally;
      this.#writing = this.#disk.write(text).then((isDone) => {
        // What the disk did not take is tried again with the next change.
        if (!isDone && this.#onDisk === tally) this.#onDisk = undefined;
      });
    }
    await this.#run.write(text);
  }

  /** Resolves when what was saved last is on the disk, or cannot be. */
  async settled(): Promise<void> {
    await this.#writing;
  }
}

function isBeyondReserve(onDisk: Tally, tally: Tally): boolean {
  return (
    tally.expectedSeconds - onDisk.expectedSeconds > RESERVE_SECONDS - MARGIN_SECONDS ||
    tally.receivedBytes - onDisk.receivedBytes > RESERVE_BYTES - MARGIN_BYTES ||
    tally.transmittedBytes - onDisk.transmittedBytes > RESERVE_BYTES - MARGIN_BYTES
  );
}

function withReserve({ tally, isOnline, isTakenOver }: Saved): Tally {
  const bytes = tally.receivedBytes + tally.transmittedBytes === 0 ? 0 : RESERVE_BYTES;
  return {
    ...tally,
    expectedSeconds: tally.expectedSeconds + RESERVE_SECONDS,
    onlineSeconds: tally.onlineSeconds + (isOnline ? RESERVE_SECONDS : 0),
    takeOverSeconds: tally.takeOverSeconds + (isTakenOver ? RESERVE_SECONDS : 0),
    receivedBytes: tally.receivedBytes + bytes,
    transmittedBytes: tally.transmittedBytes + bytes,
  };
}

/** What a file holds. @throws SyntaxError; ZodError */
export const parseSaved = (text: string): Saved => Saved.parse(JSON.parse(text));

const read = (file: PublishedFile): Saved | undefined => readKept(file, MOST_BYTES, parseSaved);

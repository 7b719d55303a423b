// Counts for the metrics at each change, and publishes them for node_exporter's textfile collector.
import { join } from 'node:path';
import type { Connection } from '../connection/connection.ts';
import type { ConnectionEvent } from '../connection/events/event.ts';
import type { Status } from '../status/schema.ts';
import type { Clock } from '../system/clock.ts';
import type { KeptFilesOptions } from '../system/kept-files.ts';
import { PublishedFile } from '../system/replace-file.ts';
import { exposition } from './prometheus-text.ts';
import { type Bytes, counted, elapsed, type Tally, type Timed, timedOf, transferred } from './tally.ts';
import { TallyStore } from './tally-store.ts';

export interface MetricsOptions extends KeptFilesOptions {
  readonly clock: Clock;
}

export class Metrics {
  readonly #options: MetricsOptions;
  readonly #store: TallyStore;
  readonly #file: PublishedFile;
  #tally: Tally;
  #timed: Timed = { isOnline: false, isTakenOver: false };
  #countedMs: number;
  #bytes: { readonly interface: string; readonly read: Bytes } | undefined;
  #isRare = false;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#store = new TallyStore(options);
    const path = join(options.runtimeDirectory, 'metrics.prom');
    this.#file = new PublishedFile(path, { mode: 0o644, folderMode: 0o755, orNone: true }, options.onFailure);
    this.#tally = this.#store.load();
    this.#countedMs = options.clock.now().monotonicMs;
  }

  /** One decision. What it counted is written by the next publish(). */
  changed(from: Connection, to: Connection, because: ConnectionEvent): void {
    this.#pass();
    this.#timed = timedOf(to);
    const now = counted(this.#tally, from, to, because);
    this.#isRare ||= now !== this.#tally;
    this.#tally = now;
  }

  /** Writes the file anew, after `status` was made. Never rejects. */
  async publish(status: Status, bytes: Bytes | undefined): Promise<void> {
    this.#pass();
    this.#transfer(status.link?.interface, bytes);
    const isRare = this.#isRare;
    this.#isRare = false;
    const page = exposition(status, this.#tally, this.#timed);
    // What is published must be known to the next process, or a counter would fall.
    await this.#store.save(this.#tally, this.#timed, isRare);
    await this.#file.write(page);
  }

  async settled(): Promise<void> {
    await this.#store.settled();
  }

  #pass(): void {
    const { monotonicMs } = this.#options.clock.now();
    this.#tally = elapsed(this.#tally, this.#timed, monotonicMs - this.#countedMs);
    this.#countedMs = monotonicMs;
  }

  /** The first reading after a start is where counting begins: what was before is counted. */
  #transfer(name: string | undefined, read: Bytes | undefined): void {
    if (name === undefined || read === undefined) return;
    if (this.#bytes?.interface === name) this.#tally = transferred(this.#tally, this.#bytes.read, read);
    this.#bytes = { interface: name, read };
  }
}

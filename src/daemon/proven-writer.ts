// Writes down what is proven, and tells when the disk does not take it.
import { found } from '../codes/codes.ts';
import type { Kept, ProvenStore } from '../state/proven.ts';
import { atStop, type Clock, within } from '../system/clock.ts';
import type { Warnings } from './warnings.ts';

/** A disk that does not answer must not keep the board on settings that were refused. */
const SAVE_DEADLINE_MS = 20_000;

export class ProvenWriter {
  readonly #store: ProvenStore;
  readonly #clock: Clock;
  readonly #warnings: Pick<Warnings, 'set'>;
  #last: Promise<void> = Promise.resolve();

  constructor(store: ProvenStore, clock: Clock, warnings: Pick<Warnings, 'set'>) {
    this.#store = store;
    this.#clock = clock;
    this.#warnings = warnings;
  }

  /** Resolves when `kept` is on the disk, or when that was given up and told. */
  save(kept: Kept): Promise<void> {
    const saving = () => this.#store.save(kept);
    this.#last = within(this.#clock, SAVE_DEADLINE_MS, 'writing what is proven', undefined, saving).then(
      () => this.#warnings.set('proven settings', []),
      (error: unknown) => {
        const said = error instanceof Error ? error.message : String(error);
        this.#warnings.set('proven settings', [found('proven-unwritable', { path: this.#store.path, said })]);
      },
    );
    return this.#last;
  }

  /** Writes `kept` where the file was removed; one that is there is not worn out. */
  async restore(kept: Kept): Promise<void> {
    if (await this.#store.isMissing()) await this.save(kept);
  }

  /** Resolves when the last of them is done with, or cannot be waited for. Never rejects. */
  close(): Promise<void> {
    return atStop(this.#clock, () => this.#last);
  }
}

// Virtual time: things that happen at moments, in order, and the seeded chance by which they vary.
import { settled } from '../../stepped-clock.ts';

export interface Cancellable {
  cancelled: boolean;
}

interface Entry extends Cancellable {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** More than this within one millisecond is a loop. */
const MOST_AT_ONCE = 1_000;

export class Timeline {
  /** Milliseconds of real time since the world began; never jumps. */
  nowMs = 0;
  #order = 0;
  #ranNow = 0;
  readonly #entries: Entry[] = [];

  after(ms: number, run: () => void): Cancellable {
    const entry: Entry = { atMs: this.nowMs + Math.max(0, ms), order: this.#order++, run, cancelled: false };
    let index = this.#entries.length;
    while (index > 0 && (this.#entries[index - 1]?.atMs ?? 0) > entry.atMs) index -= 1;
    this.#entries.splice(index, 0, entry);
    return entry;
  }

  /** As Clock.sleep. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        entry.cancelled = true;
        reject(signal?.reason);
      };
      const entry = this.after(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /**
   * Lets `ms` pass, or less if `until` becomes true before; returns whether it did. What a moment
   * wakes has run before the next one.
   */
  async advance(ms: number, until: () => boolean = () => false): Promise<boolean> {
    const end = this.nowMs + ms;
    await settled();
    while (!until()) {
      const next = this.#entries[0];
      if (next === undefined || next.atMs > end) {
        this.nowMs = end;
        return until();
      }
      this.#entries.shift();
      if (next.cancelled) continue;
      this.#ranNow = next.atMs - this.nowMs < 1 ? this.#ranNow + 1 : 0;
      if (this.#ranNow > MOST_AT_ONCE) throw new Error(`time stands still at ${next.atMs}`);
      this.nowMs = next.atMs;
      next.run();
      await settled();
    }
    return true;
  }
}

/** Numbers from [0, 1) that only depend on `seed` (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// The time of one turn of a trial: how much of it counts, and how much of that is written down.
import type { Clock } from '../system/clock.ts';

/** How much of a turn a power cut may give back. */
const SAVED_EACH_MS = 60_000;

export class TurnTime {
  readonly #clock: Pick<Clock, 'now'>;
  #sinceMs: number;
  #lookedMs: number;
  #savedMs = 0;
  /** Whether the time from the last look on counts. */
  counts = false;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#sinceMs = clock.now().monotonicMs;
    this.#lookedMs = this.#sinceMs;
  }

  /** When the turn began, on the monotonic clock. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Another turn begins. */
  begin(): void {
    this.#sinceMs = this.#clock.now().monotonicMs;
    this.#savedMs = 0;
  }

  /** The milliseconds since the last look, where they count. */
  look(): number {
    const now = this.#clock.now().monotonicMs;
    const ms = this.counts ? now - this.#lookedMs : 0;
    this.#lookedMs = now;
    return ms;
  }

  /** Whether `spentMs` of the turn are to be written down, which is taken for done then. */
  isDue(spentMs: number): boolean {
    if (spentMs >= this.#savedMs && spentMs - this.#savedMs < SAVED_EACH_MS) return false;
    this.#savedMs = spentMs;
    return true;
  }
}

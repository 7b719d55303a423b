// Tells one correction from a fight with another program over the same interface. Pure but for what
// it counts.

/** Corrections within the window that are still taken for single events. */
const PATIENCE = 5;
const WINDOW_MS = 60_000;

/** The rest doubles from here with each further correction, up to the longest. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

export class CorrectionBackoff {
  #corrections: number[] = [];

  /**
   * Counts a correction at `now` (monotonic ms) and says how long to rest before the next one: 0
   * while nobody is fighting.
   */
  corrected(now: number): number {
    this.#corrections = [...this.#corrections.filter((at) => now - at < WINDOW_MS), now];
    const beyond = this.#corrections.length - PATIENCE;
    return beyond <= 0 ? 0 : Math.min(FIRST_REST_MS * 2 ** (beyond - 1), LONGEST_REST_MS);
  }
}

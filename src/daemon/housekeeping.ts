// What is done when nothing waits: the code that a start needs is kept for the next one, what the
// last minutes left in the memory of the process is given back to the host, and files that somebody
// removed are written again.
import type { Clock } from '../system/clock.ts';

/** By then the link is up and the start is over, if it goes at all. */
const FIRST_MS = 60_000;

/**
 * A whole collection takes 25 ms (some 200 ms on a Cortex-A53). V8 by itself keeps what a burst of
 * signals made it take for as long as nothing more is wanted.
 */
const INTERVAL_MS = 10 * 60_000;

/** V8's own function, with --expose-gc. Node before 22 knows no flavor. */
interface Collector {
  readonly gc?: (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;
}

declare global {
  /** Set by main.ts where the code that V8 made is to be kept for the next start. */
  var keepCode: (() => void) | undefined;
}

/** By then the first packets have passed, and no collection has thrown code away. */
const CODE_MS = 1_500;

/** Has the code kept a moment after the link came up, if that is wanted: it takes 20 ms. */
export function keepCodeSoon(clock: Clock, signal: AbortSignal): void {
  if (globalThis.keepCode === undefined) return;
  void clock.sleep(CODE_MS, signal).then(
    () => globalThis.keepCode?.(),
    () => {}, // the daemon stops
  );
}

/**
 * Tidies up a minute after the start, and then every ten minutes, until `signal` aborts.
 * @param keepFiles Looks whether the files on the disk are there. A disk may keep it waiting.
 */
export async function keepHouse(clock: Clock, signal: AbortSignal, keepFiles: () => void): Promise<void> {
  let waitMs = FIRST_MS;
  while (!signal.aborted) {
    await clock.sleep(waitMs, signal).catch(() => {}); // aborted: the loop ends
    if (signal.aborted) return;
    (globalThis as Collector).gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    keepFiles();
    waitMs = INTERVAL_MS;
  }
}

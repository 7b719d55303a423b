// What is done for the memory of the process, when nothing waits: the code that a start needs is
// kept for the next one, and what the last minutes left behind is given back to the host.
import module from 'node:module';
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

/** Since Node 22.10; writes nothing where NODE_COMPILE_CACHE is not set, or has it all. */
const flushCompileCache = (module as { readonly flushCompileCache?: () => void }).flushCompileCache;

/** Tidies up a minute after the start, and then every ten minutes, until `signal` aborts. */
export async function keepHouse(clock: Clock, signal: AbortSignal): Promise<void> {
  let waitMs = FIRST_MS;
  while (!signal.aborted) {
    await clock.sleep(waitMs, signal).catch(() => {}); // aborted: the loop ends
    if (signal.aborted) return;
    if (waitMs === FIRST_MS) flushCompileCache?.();
    (globalThis as Collector).gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    waitMs = INTERVAL_MS;
  }
}

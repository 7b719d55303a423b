// Time as the program sees it. The only place that touches timers and the system's clocks; tests
// pass a clock they step.
import { childSignal } from './child-signal.ts';

/**
 * A moment, read from both of the host's clocks, since boards without a battery clock jump by years
 * when they find the time.
 */
export interface Moment {
  /**
   * Milliseconds on CLOCK_MONOTONIC, since the host's boot: for durations, also across restarts of
   * the program within one boot.
   */
  readonly monotonicMs: number;
  /** Milliseconds since the Unix epoch: for what outlives this process. May jump. */
  readonly wallMs: number;
}

/** The port through which everything that waits, waits. */
export interface Clock {
  now(): Moment;
  /**
   * Resolves after `ms` milliseconds, however many; rejects with the signal's reason as soon as it
   * aborts.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Milliseconds until the next moment that `ms` divides: what comes round every so often wakes the
 * processor together then, and not each at a time of its own.
 */
export function untilBeat({ monotonicMs }: Moment, ms: number): number {
  const left = Math.ceil(ms - (monotonicMs % ms));
  // A timer may end a moment early: that beat is over.
  return left > EARLY_MS ? left : left + ms;
}
const EARLY_MS = 20;

/** The limit of Node's timers, 24.8 days; DHCP leases last longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The host's own clock. */
export const systemClock: Clock = {
  // hrtime is CLOCK_MONOTONIC itself: unlike performance.now() it goes on counting in the next
  // process of the same boot.
  now: () => ({ monotonicMs: Number(process.hrtime.bigint() / 1000n) / 1000, wallMs: Date.now() }),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      let timer: NodeJS.Timeout;
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const wait = (leftMs: number) => {
        const next = () => {
          if (leftMs > LONGEST_TIMER_MS) return wait(leftMs - LONGEST_TIMER_MS);
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        timer = setTimeout(next, Math.min(leftMs, LONGEST_TIMER_MS));
      };
      wait(Math.max(0, ms));
      signal?.addEventListener('abort', abort, { once: true });
    }),
};

/** A call that did not end within its deadline. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  constructor(
    readonly what: string,
    readonly ms: number,
  ) {
    super(`${what} did not end within ${ms / 1000} s`);
  }
}

/**
 * Runs `work` with a signal of its own that aborts when `signal` does or after `ms` milliseconds.
 * @throws DeadlineError naming `what` after `ms`, whether or not `work` listens to its signal; the
 * signal's reason when that aborts first.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  what: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw signal.reason;
  const own = childSignal(signal);
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then((): never => {
    const error = new DeadlineError(what, ms);
    own.end(error);
    throw error;
  });
  const stopped = new Promise<never>((_, reject) => {
    own.signal.addEventListener('abort', () => reject(own.signal.reason), { once: true });
  });
  // The losers of the race must not surface as unhandled rejections.
  late.catch(() => {});
  stopped.catch(() => {});
  try {
    return await Promise.race([work(own.signal), late, stopped]);
  } finally {
    done.abort();
    own.end(new Error(`${what} is over`));
  }
}

/** A disk that does not answer must not hold up the end: of systemd's 20 s the link takes ten. */
const AT_STOP_MS = 2_000;

/**
 * Waits, at a stop, for `work`, such as a write that is under way, and no longer than AT_STOP_MS.
 * Never rejects.
 */
export async function atStop(clock: Clock, work: () => Promise<unknown>): Promise<void> {
  await within(clock, AT_STOP_MS, 'the end', undefined, work).catch(() => {});
}

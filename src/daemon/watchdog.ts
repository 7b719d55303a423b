// Feeds systemd's watchdog, and only while the daemon gets on: a loop that merely turns is no sign
// of life.
import { type Clock, untilBeat } from '../system/clock.ts';

/**
 * Work that was told to end may take this long: the longest deadline inside it is a hung `ip`'s, 10
 * s.
 */
const PATIENCE_MS = 60_000;

export interface LivenessPorts {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Whether work that was told to end has not. */
  readonly stuck: () => boolean;
  readonly feed: () => void;
}

/**
 * Feeds every `intervalMs` until `signal` aborts; not while something has been stuck for
 * PATIENCE_MS.
 */
export async function feedWatchdog(ports: LivenessPorts, signal: AbortSignal): Promise<void> {
  let wellAt = ports.clock.now().monotonicMs;
  while (!signal.aborted) {
    const now = ports.clock.now().monotonicMs;
    if (!ports.stuck()) wellAt = now;
    if (now - wellAt < PATIENCE_MS) ports.feed();
    await ports.clock.sleep(untilBeat(ports.clock.now(), ports.intervalMs), signal).catch(() => {});
  }
}

// A ModemManager that ends again and again: how often, what is rested for that, and how it is
// told. Pure.
import { spoken } from '../../system/spoken.ts';

/** A row of unasked ends, each less than CALM_MS after the one before. Monotonic milliseconds. */
export interface ManagerEnds {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export const NO_MANAGER_ENDS: ManagerEnds = { count: 0, firstMs: 0, lastMs: Number.NEGATIVE_INFINITY };

/** A ModemManager that went on for this long works again. A judgement. */
const CALM_MS = 10 * 60_000;

/** One end is an accident or an update, two are bad luck; this many are told. */
const TOLD_FROM = 3;

/**
 * Rests after the fourth, fifth … end, before ModemManager is called for, or asked to enable or
 * connect: what it is asked may be what ends it. The last one repeats. systemd has a limit of its
 * own for starts (five within 10 s).
 */
const RESTS_MS = [2_000, 5_000, 10_000, 20_000, 30_000] as const;

/** `ends` with one more at `now`. */
export function countManagerEnd(ends: ManagerEnds, now: number): ManagerEnds {
  const goesOn = now - ends.lastMs < CALM_MS;
  return goesOn ? { ...ends, count: ends.count + 1, lastMs: now } : { count: 1, firstMs: now, lastMs: now };
}

/** Until when nothing is asked of a ModemManager that keeps ending; in the past where none does. */
export function restedUntil({ count, lastMs }: ManagerEnds): number {
  const index = Math.min(count - TOLD_FROM, RESTS_MS.length) - 1;
  return lastMs + (RESTS_MS[index] ?? 0);
}

/** `ModemManager has ended 11 times in 30 s`, while it may end again; else undefined. */
export function manyEnds({ count, firstMs, lastMs }: ManagerEnds, now: number): string | undefined {
  if (count < TOLD_FROM || now - lastMs >= CALM_MS) return undefined;
  return `ModemManager has ended ${count} times in ${spoken(lastMs - firstMs)}`;
}

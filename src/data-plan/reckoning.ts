// Which date it is, on a board whose clock may stand in 1970 or jump by years. What the clock says
// is believed after it has gone evenly for a while; until then the date goes on from the last one
// that was believed, by the clock of the boot. Pure.
import * as z from 'zod/mini';
import type { Moment } from '../system/clock.ts';

/** A clock that moved by more than this against the boot's was set. */
const STEP_MS = 60_000;

/** How long a clock must go evenly to be believed: a wrong one is set by NTP within minutes. */
export const BELIEVED_AFTER_MS = 10 * 60_000;

/** The same for a date that is hardly true: before one that was believed, or long after it. */
export const HARDLY_BELIEVED_AFTER_MS = 24 * 3_600_000;
const LONG_OFF_MS = 62 * HARDLY_BELIEVED_AFTER_MS;

/** No clock was right before this program was written, nor will any be from the year 9999 on. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const LATEST_MS = Date.UTC(9999, 0, 1);

const Ms = z.number().check(z.gte(-1e15), z.lte(1e15));

/** What is known of the clocks since the last look at them. Milliseconds. */
export const Reckoning = z.object({
  bootId: z.string(),
  /** The boot's clock at the last look, and how far the wall clock was ahead of it. */
  monotonicMs: Ms,
  aheadMs: Ms,
  /** Since when, by the boot's clock, the wall clock has gone evenly. */
  evenSinceMs: Ms,
  isBelieved: z.boolean(),
  /** The date: what the wall clock said when it was believed last, and the time that ran since. */
  dateMs: z.optional(z.number().check(z.gte(EARLIEST_MS), z.lte(LATEST_MS))),
});
export type Reckoning = Readonly<z.infer<typeof Reckoning>>;

/** The reckoning at `at` in the boot `bootId`, from the one before. */
export function reckon(before: Reckoning | undefined, { monotonicMs, wallMs }: Moment, bootId: string): Reckoning {
  const isSameBoot = before?.bootId === bootId && before.monotonicMs <= monotonicMs;
  const aheadMs = wallMs - monotonicMs;
  const isEven = isSameBoot && Math.abs(aheadMs - before.aheadMs) <= STEP_MS;
  const evenSinceMs = isEven ? before.evenSinceMs : monotonicMs;
  // Of the time between two boots nothing is known but that this one has lasted so long.
  const passedMs = isSameBoot ? monotonicMs - before.monotonicMs : monotonicMs;
  const reckonedMs = before?.dateMs === undefined ? undefined : Math.min(before.dateMs + passedMs, LATEST_MS);
  const isOdd = reckonedMs !== undefined && (wallMs < reckonedMs - STEP_MS || wallMs > reckonedMs + LONG_OFF_MS);
  const isBelieved =
    isPossible(wallMs) && monotonicMs - evenSinceMs >= (isOdd ? HARDLY_BELIEVED_AFTER_MS : BELIEVED_AFTER_MS);
  const dateMs = isBelieved ? wallMs : reckonedMs;
  return { bootId, monotonicMs, aheadMs, evenSinceMs, isBelieved, ...(dateMs !== undefined && { dateMs }) };
}

const isPossible = (wallMs: number): boolean => wallMs >= EARLIEST_MS && wallMs <= LATEST_MS;

/**
 * The date to go by. Where none was ever believed it is what the clock says, if that can be: there
 * is no other period yet that could end too early.
 */
export function dateOf({ dateMs, monotonicMs, aheadMs }: Reckoning): number | undefined {
  const saidMs = monotonicMs + aheadMs;
  return dateMs ?? (isPossible(saidMs) ? saidMs : undefined);
}

// How many bytes probing has cost within a day, and whether one more round may be paid. Pure;
// whoever wants it to outlive the process keeps the value.

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** Bytes by hour; hours on the clock that the caller uses throughout. */
export interface ProbeBudget {
  readonly hours: readonly { readonly hour: number; readonly bytes: number }[];
}

export const NOTHING_SPENT: ProbeBudget = { hours: [] };

/**
 * Bytes spent in the last 24 hours, and in the rest of the hour before them: rather too much than
 * too little.
 */
export function spentBytes({ hours }: ProbeBudget, nowMs: number): number {
  const now = Math.floor(nowMs / HOUR_MS);
  return hours.filter(({ hour }) => hour >= now - DAY_HOURS && hour <= now).reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Whether something was spent and the rest does not allow `bytes` more. With the day's budget
 * spent, only the counters decide.
 */
export function admits(budget: ProbeBudget, dailyBytes: number, bytes: number, nowMs: number): boolean {
  return spentBytes(budget, nowMs) + bytes <= dailyBytes;
}

/**
 * The budget after `bytes` more. Hours older than a day are forgotten, and hours of the future,
 * which a clock that was wrong has left.
 */
export function spend({ hours }: ProbeBudget, bytes: number, nowMs: number): ProbeBudget {
  const now = Math.floor(nowMs / HOUR_MS);
  const kept = hours.filter(({ hour }) => hour >= now - DAY_HOURS && hour <= now);
  const current = kept.find(({ hour }) => hour === now)?.bytes ?? 0;
  return { hours: [...kept.filter(({ hour }) => hour !== now), { hour: now, bytes: current + bytes }] };
}

// Days and periods of a data plan, by the local time of the host. Pure but for the host's time
// zone.

/** How the carrier counts, as the configuration has it. */
export interface PlanPeriod {
  readonly period: 'day' | 'week' | 'month';
  /** The day on which a month's period begins, 1 to 31: the last one where a month has fewer. */
  readonly day: number;
}

/** Both in milliseconds since the Unix epoch; the end is the next one's begin. */
export interface Period {
  readonly beginMs: number;
  readonly endMs: number;
}

/** The local day, as `2026-11-27`: days compare as their texts do. @param wallMs Up to 9999. */
export function dayOf(wallMs: number): string {
  const then = new Date(wallMs);
  const digits = (value: number, length: number) => String(value).padStart(length, '0');
  return `${digits(then.getFullYear(), 4)}-${digits(then.getMonth() + 1, 2)}-${digits(then.getDate(), 2)}`;
}

/** The period that `wallMs` is in. Weeks begin on Monday. */
export function periodAt(wallMs: number, { period, day }: PlanPeriod): Period {
  const then = new Date(wallMs);
  const [year, month, date] = [then.getFullYear(), then.getMonth(), then.getDate()];
  const midnight = (offset: number) => new Date(year, month, date + offset).getTime();
  if (period === 'day') return { beginMs: midnight(0), endMs: midnight(1) };
  if (period === 'week') {
    const sinceMonday = (then.getDay() + 6) % 7;
    return { beginMs: midnight(-sinceMonday), endMs: midnight(7 - sinceMonday) };
  }
  const begins = (of: number) => {
    const length = new Date(year, of + 1, 0).getDate();
    return new Date(year, of, Math.min(day, length)).getTime();
  };
  const hasBegun = wallMs >= begins(month);
  return hasBegun
    ? { beginMs: begins(month), endMs: begins(month + 1) }
    : { beginMs: begins(month - 1), endMs: begins(month) };
}

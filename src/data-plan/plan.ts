// What of a data plan is used, which mark that has passed, and what is said of it. Pure.
import { type Found, found } from '../codes/codes.ts';
import { RAISE_LIMIT } from '../codes/standing.ts';
import { dataLimit, periodWords } from '../status/data-words.ts';
import type { Status } from '../status/schema.ts';
import { dayOf, type PlanPeriod, periodAt } from './period.ts';
import { dateOf } from './reckoning.ts';
import { type Usage, usedSince } from './usage.ts';

/** The section `data` of the configuration. */
export interface PlanSettings extends PlanPeriod {
  /** Bytes; undefined: there is none, and data is only counted. */
  readonly limit?: number | undefined;
  readonly 'at-limit': 'warn' | 'probes-off' | 'disconnect';
}

/** Percent of the limit at which a person is told. */
export const MARKS = [75, 95, 100] as const;

/** What the status says of the data of one subscription, but for the session. */
export type Plan = Omit<NonNullable<Status['data']>, 'session'>;

/** The plan of `sim` by the date that `usage` reckons with. */
export function planOf(usage: Usage, sim: string, settings: PlanSettings): Plan {
  const { limit, 'at-limit': atLimit } = settings;
  const date = usage.clock && dateOf(usage.clock);
  const period = date === undefined ? undefined : periodAt(date, settings);
  const { bytes, own } = usedSince(usage, sim, period === undefined ? '' : dayOf(period.beginMs));
  return {
    today: usedSince(usage, sim, date === undefined ? '' : dayOf(date)).bytes,
    period: bytes,
    own,
    ...(period && { since: new Date(period.beginMs).toISOString(), until: new Date(period.endMs).toISOString() }),
    ...(limit !== undefined && { limit, atLimit }),
  };
}

/** The highest mark that was passed; 0: none, or no limit. */
export function markOf({ period, limit }: Pick<Plan, 'period' | 'limit'>): number {
  return limit === undefined ? 0 : (MARKS.findLast((mark) => period * 100 >= limit * mark) ?? 0);
}

/** What a used-up plan is called, and what a person can do about it. */
export const usedUpWords = (plan: Plan): { readonly reason: string; readonly remedy: string } => ({
  reason: `data plan used up: ${dataLimit(plan)} ${periodWords(plan)}`,
  remedy: RAISE_LIMIT,
});

const CONSEQUENCES = {
  warn: 'the link stays up',
  'probes-off': 'the link stays up, and probes are off: a dead link is only noticed when ModemManager says so',
  disconnect: 'the link is taken down until then',
} as const satisfies Record<PlanSettings['at-limit'], string>;

/** What stands to be warned of at the mark that was passed; nothing below the first. */
export function planWarnings(plan: Plan): readonly Found[] {
  const percent = markOf(plan);
  if (percent === 0) return [];
  const words = { limit: dataLimit(plan), period: periodWords(plan) };
  if (percent < 100) return [found('data-plan-low', { ...words, percent })];
  return [found('data-plan-used-up', { ...words, consequence: CONSEQUENCES[plan.atLimit ?? 'warn'] })];
}

// What each subscription has used, day by day, counted from the kernel's counters of the bearer's
// interface: a value, and what becomes of it when time passes and when the counters are read. Pure.
//
// A reading counts what came since the reading of the same interface before it. The readings are
// kept in the same value as what was counted, so that whichever copy of it is found after a kill or
// a power cut, no byte is counted twice. A day's bytes keep their date, and a period is the sum of
// its days: a clock that was wrong, or a period that is configured otherwise, loses none.
import * as z from 'zod/mini';
import type { Moment } from '../system/clock.ts';
import { dayOf } from './period.ts';
import { Reckoning, reckon } from './reckoning.ts';

const Bytes = z.int().check(z.gte(0));

const Day = z.object({
  /** As `2026-11-27`; '' for what was counted while the clock was not believed. */
  day: z.string(),
  bytes: Bytes,
  /** How many of them were the daemon's own. */
  own: Bytes,
});
type Day = Readonly<z.infer<typeof Day>>;

const Subscription = z.object({
  /** In the order in which they began. */
  days: z.array(Day),
  /** The last mark that was told: percent of the limit. */
  told: z.number().check(z.gte(0), z.lte(100)),
});

const Reading = z.object({ rxBytes: Bytes, txBytes: Bytes });

export const Usage = z.object({
  clock: z.optional(Reckoning),
  /** The last reading of each interface of this boot; undefined before there was any at all. */
  readings: z.optional(z.record(z.string(), Reading)),
  /** By the salted hash of the ICCID; '' where the modem tells none. */
  subscriptions: z.record(z.string(), Subscription),
});
export type Usage = Readonly<z.infer<typeof Usage>>;

/** Nothing counted, and nothing read. */
export const NO_USAGE: Usage = { subscriptions: {} };

/** The counters of one interface: one that is made anew, also under the same name, is another. */
export interface InterfaceReading {
  /** As the kernel tells interfaces apart within a boot, such as `wwan0 7`. */
  readonly instance: string;
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** More than a period has; of older days the oldest two become one, so that no byte is lost. */
const KEPT_DAYS = 100;
/** As many SIMs as a board meets in its life. */
const KEPT_SUBSCRIPTIONS = 20;
/** More interfaces than a boot brings; one that is forgotten and read again is counted twice. */
const KEPT_READINGS = 1000;

const UNDATED = '';
const NOTHING: Usage['subscriptions'][string] = { days: [], told: 0 };

/** `usage` at `at`, in the boot `bootId`: knows the date, and the counters of this boot alone. */
export function atMoment(usage: Usage, at: Moment, bootId: string): Usage {
  const before = usage.clock;
  const clock = reckon(before, at, bootId);
  const isOtherBoot = before !== undefined && (before.bootId !== bootId || before.monotonicMs > at.monotonicMs);
  const readings = isOtherBoot && usage.readings !== undefined ? {} : usage.readings;
  const now: Usage = { ...usage, clock, ...(readings !== undefined && { readings }) };
  const { isBelieved, dateMs } = clock;
  if (isBelieved && dateMs !== undefined) return dated(now, dayOf(dateMs));
  // A board whose clock is never believed gets on by reckoned days, or no period would ever end.
  const was = before?.dateMs;
  const isNextDay = was !== undefined && dateMs !== undefined && dayOf(was) !== dayOf(dateMs);
  return isNextDay ? dated(now, dayOf(was)) : now;
}

/** `usage` in which what has no date yet has `day`. */
function dated(usage: Usage, day: string): Usage {
  const each = Object.entries(usage.subscriptions);
  if (!each.some(([, { days }]) => days.some((one) => one.day === UNDATED))) return usage;
  const subscriptions = each.map(([sim, subscription]) => {
    const undated = subscription.days.filter((one) => one.day === UNDATED);
    const rest = subscription.days.filter((one) => one.day !== UNDATED);
    const days = undated.reduce((all, { bytes, own }) => added(all, day, bytes, own), rest);
    return [sim, { ...subscription, days }] as const;
  });
  return { ...usage, subscriptions: Object.fromEntries(subscriptions) };
}

/**
 * `usage` after the counters were read, what they grew by being `sim`'s. An interface that was not
 * read before began at 0 since; but for the very first, which may have carried anything before.
 */
export function counted(usage: Usage, sim: string, { instance, rxBytes, txBytes }: InterfaceReading): Usage {
  const before = usage.readings?.[instance];
  const has = before !== undefined && before.rxBytes <= rxBytes && before.txBytes <= txBytes;
  const base = has ? before : { rxBytes: 0, txBytes: 0 };
  const bytes = usage.readings === undefined ? 0 : rxBytes - base.rxBytes + txBytes - base.txBytes;
  const { [instance]: _, ...others } = usage.readings ?? {};
  const kept = Object.entries(others).slice(1 - KEPT_READINGS);
  const readings = { ...Object.fromEntries(kept), [instance]: { rxBytes, txBytes } };
  return withBytes({ ...usage, readings }, sim, bytes, 0);
}

/** `usage` with `bytes` known to have been the daemon's own; the counters have them already. */
export const withOwn = (usage: Usage, sim: string, bytes: number): Usage => withBytes(usage, sim, 0, bytes);

function withBytes(usage: Usage, sim: string, bytes: number, own: number): Usage {
  if (bytes === 0 && own === 0) return usage;
  const { clock } = usage;
  const day = clock?.isBelieved === true && clock.dateMs !== undefined ? dayOf(clock.dateMs) : UNDATED;
  const subscription = usage.subscriptions[sim] ?? NOTHING;
  const days = added(subscription.days, day, bytes, own);
  return withSubscription(usage, sim, { ...subscription, days });
}

/** The subscription that was used last stands last. */
function withSubscription(usage: Usage, sim: string, subscription: Usage['subscriptions'][string]): Usage {
  const { [sim]: _, ...others } = usage.subscriptions;
  const kept = Object.entries(others).slice(1 - KEPT_SUBSCRIPTIONS);
  return { ...usage, subscriptions: { ...Object.fromEntries(kept), [sim]: subscription } };
}

function added(days: readonly Day[], day: string, bytes: number, own: number): Day[] {
  const has = days.some((one) => one.day === day);
  const all = has
    ? days.map((one) => (one.day === day ? { day, bytes: one.bytes + bytes, own: one.own + own } : one))
    : [...days, { day, bytes, own }];
  const [first, second, ...rest] = all;
  if (all.length <= KEPT_DAYS || first === undefined || second === undefined) return all;
  const [, later = first.day] = [first.day, second.day].sort();
  return [{ day: later, bytes: first.bytes + second.bytes, own: first.own + second.own }, ...rest];
}

/**
 * What `sim` has used since the local day `since` ('': ever). What has no date yet counts, and so
 * do days that a wrong clock has put into the future.
 */
export function usedSince(usage: Usage, sim: string, since: string): { readonly bytes: number; readonly own: number } {
  const days = (usage.subscriptions[sim] ?? NOTHING).days.filter(({ day }) => day === UNDATED || day >= since);
  const sum = (part: 'bytes' | 'own') => days.reduce((all, day) => all + day[part], 0);
  return { bytes: sum('bytes'), own: sum('own') };
}

/** The mark that `sim`'s user was told last. */
export const toldOf = (usage: Usage, sim: string): number => (usage.subscriptions[sim] ?? NOTHING).told;

/** `usage` after `told` was told of `sim`'s plan. */
export function withTold(usage: Usage, sim: string, told: number): Usage {
  return toldOf(usage, sim) === told
    ? usage
    : withSubscription(usage, sim, { ...(usage.subscriptions[sim] ?? NOTHING), told });
}

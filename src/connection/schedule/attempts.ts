// When the next connect may be sent to the carrier: the schedule, its jitter, the hourly ceiling
// and the holds after refusals. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Memory } from '../../state/memory.ts';
import type { Policy, Step } from '../policy.ts';

export const HOUR_MS = 3_600_000;

/** A session this long clears the count of failures. */
export const SESSION_LASTS_MS = 60_000;

/** Rests after whole rounds of refusals by the carrier: 15 min, 1 h, 6 h and 6 h from then on. */
const REFUSED_RESTS_MS = [15 * 60_000, HOUR_MS, 6 * HOUR_MS] as const;

/**
 * Rest after "not subscribed", "illegal SIM", "barred": repeating those gets a SIM banned (GSMA
 * TS.34).
 */
const SUBSCRIPTION_REST_MS = 6 * HOUR_MS;

/**
 * A network that drops a whole fleet gets the first attempts of the boards that are not using their
 * links over this long, instead of all in one moment. A board by itself cannot tell its own loss
 * from everybody's; but a board that is idle does not miss two seconds.
 */
const IDLE_SPREAD_MS = 2_000;

/** Traffic proves a link in use once a minute (watch-traffic.ts); after this it counts as idle. */
const IN_USE_MS = 90_000;

/**
 * The schedule's quick steps are for glitches between ModemManager and modem. What the network
 * itself refused (a 3GPP cause tells) is not mended within a second, and a fleet that asks again
 * that soon doubles the load that it was refused for: the schedule goes on from here.
 */
const REFUSED_STEP = 3;

/** Under congestion the schedule runs three times slower and never below this. */
const CONGESTION_FLOOR_MS = 60_000;

/**
 * Timers take whole milliseconds and may fire a little early by the clock that stamps are made
 * with. What is due within this is due, or a wait of a millisecond would follow each wait.
 */
export const TIMER_SLACK_MS = 20;

/** Spreads `ms` by ±25 %, `chance` from [0, 1). */
export function jitter(ms: number, chance: number): number {
  return ms * (0.75 + 0.5 * chance);
}

/** The stamps of `stamps` that are less than `windowMs` old at `now`. */
export function within(stamps: readonly number[], windowMs: number, now: number): number[] {
  return stamps.filter((stamp) => now - stamp < windowMs);
}

/**
 * The earliest monotonic moment at which the ceiling admits one more attempt, or `now`. A window
 * over the stamps themselves, since a bucket of 30 that is refilled with 30 an hour admits 60 in
 * some hour.
 */
export function ceilingAdmitsAt(memory: Memory, policy: Policy, now: number): number {
  const recent = within(memory.attempts, HOUR_MS, now);
  const oldestThatCounts = recent[recent.length - policy.attemptsPerHour];
  // With the slack on top, being early by it never admits one attempt too many.
  return oldestThatCounts === undefined ? now : oldestThatCounts + HOUR_MS + TIMER_SLACK_MS;
}

/** The memory with one attempt more, at `now`. */
export function countAttempt(memory: Memory, now: number): Memory {
  return { ...memory, attempts: [...within(memory.attempts, HOUR_MS, now), now] };
}

/**
 * The delay before the attempt that follows `failures` failed ones, in milliseconds, with jitter.
 */
export function scheduleDelay(policy: Policy, failures: number, failure: Failure | undefined, chance: number): number {
  const index = isRefusal(failure) ? Math.max(failures, REFUSED_STEP) : failures;
  const step = policy.scheduleMs[Math.min(index, policy.scheduleMs.length - 1)] ?? 0;
  if (failure?.class === 'congestion') return jitter(Math.max(3 * step, CONGESTION_FLOOR_MS), chance);
  if (failure?.class === 'busy') return jitter(Math.max(1_000, Math.min(step, 5_000)), chance);
  return jitter(step, chance);
}

/** Whether the network said no for a reason of its own that has no class of its own. */
export function isRefusal(failure: Failure | undefined): boolean {
  return failure?.class === 'refused' && failure.cause !== undefined;
}

/**
 * The delay before the attempt that follows the loss of a session that worked, proven last at
 * `provenAt`: none while the link is in use.
 */
export function firstAttemptDelay(provenAt: number, now: number, chance: number): number {
  return now - provenAt < IN_USE_MS ? 0 : chance * IDLE_SPREAD_MS;
}

/**
 * Whether a wait is so short that the link may stay meanwhile, for the case that the address does.
 */
export function isMoment(ms: number): boolean {
  return ms <= IDLE_SPREAD_MS;
}

/** The memory after every try was refused, with `holdUntil` set if that earns a rest. */
export function afterRefusal(memory: Memory, failure: Failure, { at, chance }: Step): Memory {
  if (failure.class === 'subscription')
    return { ...memory, holdUntil: at.monotonicMs + jitter(SUBSCRIPTION_REST_MS, chance) };
  const rest = REFUSED_RESTS_MS[Math.min(memory.refusedRounds, REFUSED_RESTS_MS.length - 1)] ?? 0;
  return { ...memory, refusedRounds: memory.refusedRounds + 1, holdUntil: at.monotonicMs + jitter(rest, chance) };
}

// When the next connect may be sent to the carrier: the schedule, its jitter and the hourly
// ceiling. The holds after refusals are in holds.ts. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import { type Memory, type Rung, rungs } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import type { Policy, Step } from '../policy.ts';

export const HOUR_MS = 3_600_000;

/** A session this long clears the count of failures. */
export const SESSION_LASTS_MS = 60_000;

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
 * The monotonic moment at which the ceiling admits one more attempt, or `attempts` in a row as far
 * as it admits so many in an hour; undefined: now. A window over the stamps themselves, since a
 * bucket of 30 that is refilled with 30 an hour admits 60 in some hour.
 */
export function heldByCeiling(
  memory: Memory,
  { attemptsPerHour }: Pick<Policy, 'attemptsPerHour'>,
  now: number,
  attempts = 1,
): number | undefined {
  const attaches = rungs.filter((rung) => ATTACHES[rung]).flatMap((rung) => memory.climbs[rung] ?? []);
  const recent = within([...memory.attempts, ...attaches], HOUR_MS, now).sort((one, other) => one - other);
  const oldestThatCounts = recent[recent.length - Math.max(1, attemptsPerHour - (attempts - 1))];
  // With the slack on top, being early by it never admits one attempt too many.
  return oldestThatCounts === undefined ? undefined : oldestThatCounts + HOUR_MS + TIMER_SLACK_MS;
}

/** Rungs after which the modem attaches anew, which a carrier that counts attempts counts too. */
const ATTACHES = {
  'probe-modem': false,
  reconnect: false,
  'delete-bearers': false,
  'cycle-radio': true,
  'reset-modem': true,
  'reauthorise-usb': true,
  'restart-modemmanager': false,
  reboot: false,
} as const satisfies Readonly<Record<Rung, boolean>>;

/** The memory without the attempt that was counted last: it never left ModemManager. */
export function uncountAttempt(memory: Memory): Memory {
  return { ...memory, attempts: memory.attempts.slice(0, -1) };
}

/** What an attempt that failed is rested for. Monotonic milliseconds. */
export interface Rest {
  readonly scheduledMs: number;
  /** Where an event cuts it short. */
  readonly cutMs: number;
}

export const NO_REST: Rest = { scheduledMs: 0, cutMs: 0 };

/** An event that cuts a wait short does so only after this long, or a quarter of the wait. */
const CUT_FLOOR_MS = 10_000;

/**
 * How long an attempt that failed is rested for: by the schedule, and at least where an event cuts
 * that short. Registration that comes and goes may not spend the hour's attempts in minutes: once
 * half of them are used after waits that were cut (`cuts`), the rest is spread over the hour.
 */
export function restAfterAttempt(
  { memory, cuts }: { readonly memory: Memory; readonly cuts: number },
  failure: Failure,
  { at, chance, policy }: Step,
): Rest {
  const half = policy.attemptsPerHour / 2;
  const isHasty = cuts > 0 && within(memory.attempts, HOUR_MS, at.monotonicMs).length > half;
  const delay = Math.max(scheduleDelay(policy, memory.failures, failure, chance), isHasty ? HOUR_MS / half : 0);
  const cut = isHasty ? delay : Math.min(delay, Math.max(CUT_FLOOR_MS, delay / 4));
  return { scheduledMs: at.monotonicMs + delay, cutMs: at.monotonicMs + cut };
}

/** The memory with one attempt more, at `now`. */
export function countAttempt(memory: Memory, now: number): Memory {
  return { ...memory, attempts: [...within(memory.attempts, HOUR_MS, now), now] };
}

/**
 * The delay before the attempt that follows `failures` failed ones, in milliseconds, with jitter.
 */
function scheduleDelay(policy: Policy, failures: number, failure: Failure | undefined, chance: number): number {
  const index = isRefusal(failure) ? Math.max(failures, REFUSED_STEP) : failures;
  const step = policy.scheduleMs[Math.min(index, policy.scheduleMs.length - 1)] ?? 0;
  if (failure?.class === 'congestion') return jitter(Math.max(3 * step, CONGESTION_FLOOR_MS), chance);
  if (failure?.class === 'busy') return jitter(Math.max(1_000, step), chance);
  return jitter(step, chance);
}

/** When the attempt is due that follows `failures` failed ones. Monotonic milliseconds. */
export function scheduledAt(failures: number, failure: Failure | undefined, { at, chance, policy }: Step): number {
  return at.monotonicMs + scheduleDelay(policy, failures, failure, chance);
}

/** Whether the network said no for a reason of its own that has no class of its own. */
export function isRefusal(failure: Failure | undefined): boolean {
  return failure?.class === 'refused' && failure.networkCause !== undefined;
}

/**
 * When the attempt is due that follows the loss of a session that worked, proven last at `proven`:
 * at once while the link is in use. Monotonic milliseconds.
 */
export function firstAttemptAt(proven: Moment, { at, chance }: Step): number {
  const isInUse = at.monotonicMs - proven.monotonicMs < IN_USE_MS;
  return at.monotonicMs + (isInUse ? 0 : chance * IDLE_SPREAD_MS);
}

/**
 * Whether a wait is so short that the link may stay meanwhile, for the case that the address does.
 */
export function isMoment(ms: number): boolean {
  return ms <= IDLE_SPREAD_MS;
}

// What follows a failure: wait, another offer, a rest, a rung of the ladder, or a person. Pure.
import type { Failure } from '../modem/failure.ts';
import type { Rung } from '../state/memory.ts';
import type { Moment } from '../system/clock.ts';
import { afterRefusal, scheduleDelay } from './attempts.ts';
import { blockedFailure } from './blocked.ts';
import type { Connection } from './connection.ts';
import { countClimb, FAILURES_PER_RUNG, ladderMayMend, nextRung } from './ladder.ts';
import { IP_TYPE_CAUSES, offersOf } from './offers.ts';
import { block, enter, place } from './place.ts';
import type { Policy } from './policy.ts';
import { withOutage } from './session.ts';

/** A failure that is coverage although the modem calls itself registered: no attempt before this, or the wait would be a loop. */
const COVERAGE_FLOOR_MS = 10_000;

/** After an Unlock that failed for another reason than the PIN, the SIM's state is read again. */
const UNLOCK_RETRY_MS = 60_000;

/** The connection after `failure` in an attempt to enable or connect. */
export function afterFailure(
  before: Connection,
  failure: Failure,
  policy: Policy,
  at: Moment,
  chance: number,
): Connection {
  const now = countFailure(before, failure, at);
  switch (failure.class) {
    case 'sim-missing':
    case 'sim-error':
    case 'pin':
    case 'puk':
      return block(now, failure, at);
    case 'apn':
    case 'auth':
      return afterRefusedOffer(now, failure, policy, at, chance);
    case 'subscription': {
      const memory = afterRefusal(now.memory, failure, true, at.monotonicMs, chance);
      return block({ ...now, memory }, failure, at, memory.holdUntil);
    }
    case 'coverage':
      return afterCoverage(now, failure, policy, at, chance);
    case 'congestion': {
      const until = at.monotonicMs + scheduleDelay(policy, now.memory.failures, failure, chance);
      return wait({ ...now, memory: { ...now.memory, holdUntil: until } }, failure, until, at);
    }
    case 'busy':
    case 'gone':
    case 'timeout':
    case 'bus':
    case 'other':
      return climbOrWait(now, failure, policy, at, chance);
  }
}

function countFailure(now: Connection, failure: Failure, at: Moment): Connection {
  const counted = withOutage(now, failure.meaning, at);
  const outage = counted.outage && { ...counted.outage, failuresSinceRung: counted.outage.failuresSinceRung + 1 };
  return {
    ...counted,
    outage,
    lastFailure: { failure, at },
    memory: { ...now.memory, failures: now.memory.failures + 1 },
  };
}

/** Waiting until `until`, without the link: a first attempt failed, so the old address is not coming back. */
function wait(now: Connection, failure: Failure, until: number, at: Moment): Connection {
  return enter({ ...now, link: undefined }, { kind: 'waiting', until, failure, why: failure.meaning }, at);
}

function afterRefusedOffer(now: Connection, failure: Failure, policy: Policy, at: Moment, chance: number): Connection {
  const offers = offersOf(policy, now.memory);
  const current = offers[now.offer % offers.length];
  const ipTypeRefused = failure.cause !== undefined && IP_TYPE_CAUSES.has(failure.cause);
  // An APN that was refused is not offered again with other IP types; an IP type that was refused is followed by the next one.
  let next = now.offer + 1;
  while (!ipTypeRefused && next % offers.length !== 0 && offers[next % offers.length]?.apn === current?.apn) next += 1;
  const roundDone = next % offers.length === 0;
  const memory = afterRefusal(now.memory, failure, roundDone, at.monotonicMs, chance);
  const moved: Connection = { ...now, offer: next % offers.length, memory };
  if (roundDone) return block(moved, failure, at, memory.holdUntil);
  return wait(moved, failure, at.monotonicMs + scheduleDelay(policy, 1, failure, chance), at);
}

function afterCoverage(now: Connection, failure: Failure, policy: Policy, at: Moment, chance: number): Connection {
  const registered = now.facts.kind === 'modem' && now.facts.modem.state === 'registered';
  if (!registered) return place({ ...now, link: undefined }, policy, at);
  const delay = Math.max(COVERAGE_FLOOR_MS, scheduleDelay(policy, now.memory.failures, failure, chance));
  return wait(now, failure, at.monotonicMs + delay, at);
}

function climbOrWait(now: Connection, failure: Failure, policy: Policy, at: Moment, chance: number): Connection {
  const due = (now.outage?.failuresSinceRung ?? 0) >= FAILURES_PER_RUNG;
  const climbing =
    due && ladderMayMend(failure) ? climb(now, 'delete-bearers', failure.meaning, policy, at) : undefined;
  if (climbing !== undefined) return climbing;
  return wait(now, failure, at.monotonicMs + scheduleDelay(policy, now.memory.failures, failure, chance), at);
}

/** The connection on the next admitted rung from `from` upwards; undefined when none is admitted. Entering it is what counts the climb. */
export function climb(now: Connection, from: Rung, cause: string, policy: Policy, at: Moment): Connection | undefined {
  const rung = nextRung(now, policy, from, at.monotonicMs);
  if (rung === undefined) return undefined;
  const counted = withOutage(now, cause, at);
  const outage = counted.outage && {
    ...counted.outage,
    climbed: [...counted.outage.climbed, rung],
    failuresSinceRung: 0,
  };
  const modem = now.facts.kind === 'modem' ? now.facts.modem : undefined;
  const memory = countClimb(now.memory, rung, at.monotonicMs);
  return enter({ ...counted, outage, memory }, { kind: 'recovering', rung, cause, modem }, at);
}

/**
 * A rung failed: the next one at once. One that ran into its deadline means a modem that does not answer, and the rungs
 * that ask it to do something would each run into theirs; the next one is the first that does not need its help.
 */
export function afterFailedRung(
  before: Connection,
  failure: Failure,
  policy: Policy,
  at: Moment,
  chance: number,
): Connection {
  if (before.phase.kind !== 'recovering') return before;
  const now: Connection = { ...before, lastFailure: { failure, at } };
  const from = before.hung
    ? 'restart-modemmanager'
    : failure.class === 'timeout'
      ? 'reauthorise-usb'
      : 'delete-bearers';
  const climbing = climb(now, from, before.phase.cause, policy, at);
  if (climbing !== undefined) return climbing;
  // Nothing left to climb: its caps run out with time, and a new outage round may begin from the bottom.
  const outage = now.outage && { ...now.outage, climbed: [] };
  const failures = now.memory.failures + 1;
  const until = at.monotonicMs + scheduleDelay(policy, failures, failure, chance);
  return wait({ ...now, outage, memory: { ...now.memory, failures } }, failure, until, at);
}

/** SendPin failed. A refusal is remembered for good; anything else leaves the PIN untried, and the retries are read before the next try. */
export function afterFailedUnlock(now: Connection, failure: Failure, at: Moment): Connection {
  if (now.phase.kind !== 'unlocking') return now;
  if (failure.class === 'puk') return block(now, blockedFailure('puk'), at);
  if (failure.class !== 'pin') return block(now, failure, at, at.monotonicMs + UNLOCK_RETRY_MS);
  const refusedPins = [...now.memory.refusedPins.slice(-99), now.phase.fingerprint];
  return block({ ...now, memory: { ...now.memory, refusedPins } }, blockedFailure('pin-refused'), at);
}

// What follows a failure: a wait, another try, a rest, a rung of the ladder, or a person. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Rung } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection } from '../connection.ts';
import { COVERAGE_FLOOR_MS, SIM_REST_MS } from '../deadlines.ts';
import { phaseFor } from '../phase-for.ts';
import type { Step } from '../policy.ts';
import { ApnTries, IP_TYPE_CAUSES } from '../schedule/apn-tries.ts';
import { afterRefusal, isRefusal, scheduleDelay } from '../schedule/attempts.ts';
import { ENTRY_RUNGS, FAILURES_PER_RUNG, ladderMayMend, startNextRung } from '../schedule/ladder.ts';
import { block, enter, withOutage, withoutLink } from '../transitions.ts';

/** The connection after `failure` in an attempt to enable or connect. */
export function afterFailure(before: Connection, failure: Failure, step: Step): Connection {
  const { at, chance, policy } = step;
  const now = countFailure(before, failure, at);
  switch (failure.class) {
    case 'sim-missing':
    case 'sim-error':
    case 'pin':
    case 'puk':
      return block(now, failure, at, at.monotonicMs + SIM_REST_MS);
    case 'apn':
    case 'auth':
      return afterRefusedTry(keepingFirst(before, now, step), failure, step);
    case 'subscription': {
      const memory = afterRefusal(now.memory, failure, true, step);
      return block({ ...now, memory }, failure, at, memory.holdUntil);
    }
    case 'coverage':
      return afterCoverage(now, failure, step);
    case 'congestion': {
      const untilMs = at.monotonicMs + scheduleDelay(policy, now.memory.failures, failure, chance);
      return wait({ ...now, memory: { ...now.memory, holdUntil: untilMs } }, failure, untilMs, at);
    }
    case 'busy':
    case 'gone':
    case 'timeout':
    case 'hung':
    case 'bus':
    case 'radio-off':
    case 'host':
      return climbOrWait(now, failure, step);
    case 'refused':
    case 'other': {
      const inTry = now.phase.kind === 'connecting';
      const tryIndex = inTry ? new ApnTries(policy, now).otherIpType : now.tryIndex;
      return climbOrWait({ ...now, tryIndex }, failure, step);
    }
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

/**
 * Waiting until `untilMs`, without the link: an attempt failed, so its address does not come back.
 */
function wait(now: Connection, failure: Failure, untilMs: number, at: Moment): Connection {
  const without = withoutLink(now, failure.meaning, at);
  return enter(without, { kind: 'waiting', untilMs, failure, reason: failure.meaning }, at);
}

/**
 * Keeps the first error of an APN's fall-back through IP types; later ones only say it failed too.
 */
function keepingFirst(before: Connection, now: Connection, { policy }: Step): Connection {
  const first = before.lastFailure;
  const told =
    new ApnTries(policy, now).isFallBack && first !== undefined && IP_TYPE_CAUSES.has(first.failure.cause ?? 0);
  return told ? { ...now, lastFailure: first } : now;
}

function afterRefusedTry(now: Connection, failure: Failure, step: Step): Connection {
  const { at, chance, policy } = step;
  const tries = new ApnTries(policy, now);
  const { index, isRoundDone } = IP_TYPE_CAUSES.has(failure.cause ?? 0) ? tries.next : tries.nextApn;
  const memory = afterRefusal(now.memory, failure, isRoundDone, step);
  const moved: Connection = { ...now, tryIndex: index, memory };
  if (isRoundDone) return block(moved, now.lastFailure?.failure ?? failure, at, memory.holdUntil);
  return wait(moved, failure, at.monotonicMs + scheduleDelay(policy, 1, failure, chance), at);
}

/**
 * No coverage: registration is waited for if ModemManager already shows the modem searching. If it
 * still says `registered`, no event will come, so the schedule decides.
 */
function afterCoverage(now: Connection, failure: Failure, step: Step): Connection {
  const { at, chance, policy } = step;
  if (isSearching(now)) return phaseFor(withoutLink(now, failure.meaning, at), step);
  const delay = Math.max(COVERAGE_FLOOR_MS, scheduleDelay(policy, now.memory.failures, failure, chance));
  return wait(now, failure, at.monotonicMs + delay, at);
}

function isSearching({ facts }: Connection): boolean {
  return facts.kind === 'modem' && (facts.modem.state === 'searching' || facts.modem.state === 'enabled');
}

function climbOrWait(now: Connection, failure: Failure, step: Step): Connection {
  const { at, chance, policy } = step;
  // A connect that failed while the modem was searching failed for want of coverage, whatever the
  // error is called.
  const unheard = failure.class === 'timeout' || failure.class === 'other' || failure.class === 'refused';
  if (unheard && now.phase.kind === 'connecting' && isSearching(now)) return afterCoverage(now, failure, step);
  const untilMs = at.monotonicMs + scheduleDelay(policy, now.memory.failures, failure, chance);
  const due = (now.outage?.failuresSinceRung ?? 0) >= FAILURES_PER_RUNG && ladderMayMend(failure.class);
  // After a rung the next attempt goes out at once, but not to a network that refused the last:
  // that keeps to the schedule.
  const held = isRefusal(failure) ? { ...now, memory: { ...now.memory, holdUntil: untilMs } } : now;
  const climbing = due ? startNextRung(held, ENTRY_RUNGS.attemptsFail, failure.meaning, step) : undefined;
  return climbing ?? wait(held, failure, untilMs, at);
}

/**
 * A rung failed: the next one at once. One that ran into its deadline means a modem that does not
 * answer; the rungs that ask it to do something would each run into theirs and are passed over.
 */
export function afterFailedRung(before: Connection, failure: Failure, step: Step): Connection {
  if (before.phase.kind !== 'recovering') return before;
  const { at, chance, policy } = step;
  const now: Connection = { ...before, lastFailure: { failure, at } };
  // What was to be climbed on is gone from the bus: the news of that is under way, and the modem
  // may be back already.
  const climbing =
    failure.class === 'gone' ? undefined : startNextRung(now, rungAfter(now, failure), before.phase.reason, step);
  if (climbing !== undefined) return climbing;
  const failures = now.memory.failures + 1;
  const untilMs = at.monotonicMs + scheduleDelay(policy, failures, failure, chance);
  return wait({ ...now, memory: { ...now.memory, failures } }, failure, untilMs, at);
}

function rungAfter(now: Connection, failure: Failure): Rung {
  if (now.hung || failure.class === 'hung') return ENTRY_RUNGS.modemManagerHung;
  return failure.class === 'timeout' || now.facts.kind !== 'modem' ? ENTRY_RUNGS.modemSilent : ENTRY_RUNGS.attemptsFail;
}

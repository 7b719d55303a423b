// What follows a failure: a wait, another try, a rest, a rung of the ladder, or a person. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import { type Rung, rungs } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import { type Connection, modemOf } from '../connection.ts';
import { COVERAGE_FLOOR_MS, SIM_REST_MS } from '../phase/deadlines.ts';
import { isAbroadForbidden, phaseFor } from '../phase/phase-for.ts';
import { block, enter, withOutage, withoutLink } from '../phase/transitions.ts';
import type { Step } from '../policy.ts';
import { ApnTries, NOT_SUBSCRIBED } from '../schedule/apn-tries.ts';
import { heldByCeiling, isRefusal, restAfterAttempt, scheduledAt, uncountAttempt } from '../schedule/attempts.ts';
import { afterRefusal } from '../schedule/holds.ts';
import { ENTRY_RUNGS, FAILURES_PER_RUNG, highestRung, SPANS, startNextRung, uncountClimb } from '../schedule/ladder.ts';
import { refusedAuto } from '../words/auto-apn-words.ts';
import { toldByFacts } from './told-by-facts.ts';

const SEARCHING = 'the modem finds no network';

/** The connection after `failure` in an attempt to enable or connect. */
export function afterFailure(before: Connection, told: Failure, step: Step): Connection {
  const { at, policy } = step;
  const failure = inTry(before) ? toldByFacts(told, before.facts) : told;
  const now = countFailure(before, failure, step);
  if (isAbroadForbidden(now.facts, policy)) return phaseFor(now, step);
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
      // Cause 33 speaks of this APN: another one of the list may be in the plan.
      if (failure.networkCause === NOT_SUBSCRIBED) return afterRefusedTry(now, failure, step);
      return blockForRefusal(now, failure, step);
    }
    case 'coverage':
      return afterCoverage(now, failure, step);
    case 'congestion': {
      const untilMs = nextTryAt(now, failure, step);
      return wait({ ...now, memory: { ...now.memory, holdUntil: untilMs } }, failure, untilMs, at);
    }
    case 'busy':
      return climbOrWait(inTry(now) ? { ...now, memory: uncountAttempt(now.memory) } : now, failure, step);
    case 'gone':
    case 'timeout':
    case 'hung':
    case 'bus':
    case 'host':
    case 'taken':
      return climbOrWait(now, failure, step);
    case 'radio-off':
      return now.phase.kind === 'enabling' ? afterRadioOff(now, failure, step) : climbOrWait(now, failure, step);
    case 'refused':
      if (inTry(now) && failure.networkCause === undefined) return afterUntoldRefusal(now, failure, step);
      return climbOrWait(withOtherIpType(now, step), failure, step);
    case 'other':
      return climbOrWait(withOtherIpType(now, step), failure, step);
  }
}

function countFailure(now: Connection, failure: Failure, step: Step): Connection {
  const { at } = step;
  const memory = { ...now.memory, failures: now.memory.failures + 1 };
  const counted = withOutage(now, failure.reason, at);
  const outage = counted.outage && { ...counted.outage, failuresSinceRung: counted.outage.failuresSinceRung + 1 };
  return {
    ...counted,
    outage,
    lastFailure: { failure, at },
    rest: inTry(now) ? restAfterAttempt({ memory, cuts: now.cuts }, failure, step) : now.rest,
    memory,
  };
}

const inTry = ({ phase }: Connection): boolean => phase.kind === 'connecting';

/** A try that failed has its rest already; an Enable has none. */
function nextTryAt(now: Connection, failure: Failure, step: Step): number {
  return inTry(now) ? now.rest.scheduledMs : scheduledAt(now.memory.failures, failure, step);
}

function withOtherIpType(now: Connection, { policy }: Step): Connection {
  return inTry(now) ? { ...now, tryIndex: new ApnTries(policy, now).otherIpType } : now;
}

/**
 * Waiting until `untilMs`, without the link: an attempt failed, so its address does not come back.
 */
function wait(now: Connection, failure: Failure, untilMs: number, at: Moment): Connection {
  const without = withoutLink(now, failure.reason, at);
  const enables = now.phase.kind === 'enabling' ? { ...now.enables, notBefore: untilMs } : now.enables;
  const rest = inTry(now) ? { scheduledMs: untilMs, cutMs: Math.min(now.rest.cutMs, untilMs) } : now.rest;
  return enter({ ...without, enables, rest }, { kind: 'waiting', untilMs, failure, reason: failure.reason }, at);
}

/**
 * Keeps the first error of an APN's fall-back through IP types; later ones only say it failed too.
 */
function keepingFirst(before: Connection, now: Connection, { policy }: Step): Connection {
  const first = before.lastFailure;
  const told = inTry(now) && new ApnTries(policy, now).isFallBack && first?.failure.networkCause !== undefined;
  return told ? { ...now, lastFailure: first } : now;
}

function afterRefusedTry(now: Connection, failure: Failure, step: Step): Connection {
  const { index, isRoundDone } = new ApnTries(step.policy, now).after(failure);
  const moved: Connection = { ...now, tryIndex: index };
  if (isRoundDone) return blockForRefusal(moved, now.lastFailure?.failure ?? failure, step);
  return wait(moved, failure, scheduledAt(1, failure, step), step.at);
}

/**
 * Somebody refused at once and told nothing. The modem answers, so no reset would help: every try
 * is made, the radio is cycled once, every try is made again, and then it rests like any refusal.
 */
function afterUntoldRefusal(now: Connection, failure: Failure, step: Step): Connection {
  // A connect that failed while the modem was searching failed for want of coverage.
  if (isSearching(now)) return afterCoverage(now, failure, step);
  const { at, policy } = step;
  const { index, isRoundDone } = new ApnTries(policy, now).after(failure);
  const moved: Connection = { ...now, tryIndex: index };
  const { climbed = [], failuresSinceRung = 0 } = now.outage ?? {};
  if (!isRoundDone || failuresSinceRung < FAILURES_PER_RUNG) return wait(moved, failure, now.rest.scheduledMs, at);
  const climbing =
    climbed.includes('cycle-radio') || !admitsAttach(now, step)
      ? undefined
      : startNextRung(moved, SPANS.radioCycle, failure.reason, step);
  if (climbing !== undefined) return climbing;
  return blockForRefusal(moved, failure, step);
}

/** A carrier that counts attempts counts the attach after a rung too. */
function admitsAttach({ memory }: Connection, { at, policy }: Step): boolean {
  return heldByCeiling(memory, policy, at.monotonicMs) === undefined;
}

/** Blocked for as long as the refusal rests. */
function blockForRefusal(now: Connection, failure: Failure, step: Step): Connection {
  const operatorCode = modemOf(now.facts)?.operatorCode ?? '';
  const told = refusedAuto(new ApnTries(step.policy, now).found, failure);
  const { memory, untilMs } = afterRefusal(now.memory, told, operatorCode, step);
  return block({ ...now, memory }, told, step.at, untilMs);
}

/**
 * Waits after the second, third … Enable in a row that left the radio off; the last one repeats.
 */
const RADIO_OFF_RESTS_MS = [60_000, 5 * 60_000, 15 * 60_000] as const;

/** No rung moves an airplane switch or lifts an FCC lock: told after two, then tried rarely. */
function afterRadioOff(now: Connection, failure: Failure, step: Step): Connection {
  const { at } = step;
  const radioOff = now.enables.radioOff + 1;
  const counted: Connection = { ...now, enables: { ...now.enables, radioOff } };
  const restMs = RADIO_OFF_RESTS_MS[Math.min(radioOff - 2, RADIO_OFF_RESTS_MS.length - 1)];
  if (restMs === undefined) return wait(counted, failure, scheduledAt(now.memory.failures, failure, step), at);
  const notBefore = at.monotonicMs + restMs;
  return block({ ...counted, enables: { ...counted.enables, notBefore } }, failure, at, notBefore);
}

/**
 * No coverage: registration is waited for if ModemManager already shows the modem searching. If it
 * still says `registered`, no event will come, so the schedule decides.
 */
function afterCoverage(now: Connection, failure: Failure, step: Step): Connection {
  const { at } = step;
  if (isSearching(now)) {
    // Some modems search for ever until their radio is cycled: after a safety try, and once an
    // hour, since an outage sees each rung once before its hour is over (startNextRung). One that
    // is gone, or cannot be asked, is not cycled.
    const { phase } = now;
    const isSafetyTry = phase.kind === 'connecting' && phase.modem.state !== 'registered';
    const isThere = failure.class !== 'gone' && failure.class !== 'bus';
    const cycling =
      isSafetyTry && isThere && admitsAttach(now, step)
        ? startNextRung(now, SPANS.radioCycle, SEARCHING, step)
        : undefined;
    return cycling ?? phaseFor(withoutLink(now, failure.reason, at), step);
  }
  return wait(now, failure, Math.max(at.monotonicMs + COVERAGE_FLOOR_MS, now.rest.scheduledMs), at);
}

function isSearching({ facts }: Connection): boolean {
  const state = modemOf(facts)?.state;
  return state === 'searching' || state === 'enabled';
}

function climbOrWait(now: Connection, failure: Failure, step: Step): Connection {
  const to = highestRung(failure.class);
  // A connect that failed while the modem was searching failed for want of coverage, whatever the
  // error is called. It says nothing of the modem; a ModemManager that hangs is found out by itself
  // (modem-manager-ping.ts).
  if (to !== undefined && inTry(now) && isSearching(now)) return afterCoverage(now, failure, step);
  const untilMs = nextTryAt(now, failure, step);
  const failedEnough = (now.outage?.failuresSinceRung ?? 0) >= FAILURES_PER_RUNG;
  const due = failedEnough && to !== undefined && admitsAttach(now, step);
  // After a rung the next attempt goes out at once, but not to a network that refused the last:
  // that keeps to the schedule.
  const held = isRefusal(failure) ? { ...now, memory: { ...now.memory, holdUntil: untilMs } } : now;
  const climbing = due ? startNextRung(held, { from: ENTRY_RUNGS.attemptsFail, to }, failure.reason, step) : undefined;
  return climbing ?? wait(held, failure, untilMs, step.at);
}

/**
 * A rung failed: the next one at once. One that ran into its deadline means a modem that does not
 * answer; the rungs that ask it to do something would each run into theirs and are passed over.
 */
export function afterFailedRung(before: Connection, failure: Failure, step: Step): Connection {
  if (before.phase.kind !== 'recovering') return before;
  const { at } = step;
  const { rung } = before.phase;
  if (failure.class === 'taken') return afterTaken(uncountClimb(before, rung), failure, step);
  // What ModemManager says of the modem still stands, and with it the rest before the next look.
  if (rung === ENTRY_RUNGS.simMissing) return phaseFor(before, step);
  const now: Connection = { ...before, lastFailure: { failure, at } };
  // What was to be climbed on is gone from the bus: the news of that is under way, and the modem
  // may be back already.
  const next = { from: later(rung, rungAfter(now, failure)), to: before.phase.to };
  const climbing = failure.class === 'gone' ? undefined : startNextRung(now, next, before.phase.reason, step);
  if (climbing !== undefined) return climbing;
  const failures = now.memory.failures + 1;
  return wait({ ...now, memory: { ...now.memory, failures } }, failure, scheduledAt(failures, failure, step), at);
}

/** Another program has the modem: it is left alone, unless it was given back meanwhile. */
function afterTaken(now: Connection, failure: Failure, step: Step): Connection {
  const { at } = step;
  if (now.facts.kind !== 'no-modem') return phaseFor(now, step);
  const taken: Connection = { ...now, isTaken: true, lastFailure: { failure, at } };
  return enter(taken, { kind: 'absent', missing: 'modem', detail: failure.reason }, at);
}

/** A rung that does not exist here says nothing of what is amiss: the next one, or the schedule. */
export function afterSkippedRung(now: Connection, reason: string, step: Step): Connection {
  if (now.phase.kind !== 'recovering') return now;
  const { at } = step;
  const { rung, to } = now.phase;
  const climbing = startNextRung(now, { from: rung, to }, now.phase.reason, step);
  if (climbing !== undefined) return climbing;
  const untilMs = scheduledAt(now.memory.failures, undefined, step);
  const without = withoutLink(now, reason, at);
  const outage = without.outage && { ...without.outage, passedOver: reason };
  return enter({ ...without, outage }, { kind: 'waiting', untilMs, failure: now.lastFailure?.failure, reason }, at);
}

const later = (one: Rung, other: Rung): Rung => (rungs.indexOf(one) < rungs.indexOf(other) ? other : one);

function rungAfter(now: Connection, failure: Failure): Rung {
  if (now.hung || failure.class === 'hung') return ENTRY_RUNGS.modemManagerHung;
  return failure.class === 'timeout' || now.facts.kind !== 'modem' ? ENTRY_RUNGS.modemSilent : ENTRY_RUNGS.attemptsFail;
}

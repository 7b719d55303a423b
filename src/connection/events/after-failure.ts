// What follows a failure: wait, another offer, a rest, a rung of the ladder, or a person. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Rung } from '../../state/memory.ts';
import { pinFingerprint } from '../../state/pins.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection } from '../connection.ts';
import { block, place, UNLOCK_REST_MS, withRefusedPin } from '../phase-for.ts';
import type { Policy } from '../policy.ts';
import { IP_TYPE_CAUSES, offerAfterUnknown, offersOf } from '../schedule/apn-tries.ts';
import { afterRefusal, isRefusal, scheduleDelay } from '../schedule/attempts.ts';
import { climb, FAILURES_PER_RUNG, ladderMayMend } from '../schedule/ladder.ts';
import { enter, withOutage, withoutLink } from '../steps.ts';
import { blockedFailure } from '../words/blocked-reasons.ts';

/** A failure that is coverage although the modem calls itself registered: no attempt before this, or the wait would be a loop. */
const COVERAGE_FLOOR_MS = 10_000;

/** A connect may fail for the SIM by a glitch, with a modem that goes on calling itself registered; then no event will come to end the wait. */
const SIM_REST_MS = 15 * 60_000;

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
      return block(now, failure, at, at.monotonicMs + SIM_REST_MS);
    case 'apn':
    case 'auth':
      return afterRefusedOffer(keepingFirst(before, now, policy), failure, policy, at, chance);
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
    case 'radio-off':
      return climbOrWait(now, failure, policy, at, chance);
    case 'refused':
    case 'other':
      return climbOrWait({ ...now, offer: offerAfterUnknown(now, policy) }, failure, policy, at, chance);
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
  const without = withoutLink(now, failure.meaning, at);
  return enter(without, { kind: 'waiting', until, failure, why: failure.meaning }, at);
}

/** Of an APN whose IP types are refused one after the other the first error tells why; the others only say that the fall-back is no good either. */
function keepingFirst(before: Connection, now: Connection, policy: Policy): Connection {
  const offers = offersOf(policy, now);
  const isFallBack = offers[now.offer % offers.length]?.apn === offers[(now.offer % offers.length) - 1]?.apn;
  const first = before.lastFailure;
  const told = isFallBack && first !== undefined && IP_TYPE_CAUSES.has(first.failure.cause ?? 0);
  return told ? { ...now, lastFailure: first } : now;
}

function afterRefusedOffer(now: Connection, failure: Failure, policy: Policy, at: Moment, chance: number): Connection {
  const offers = offersOf(policy, now);
  const current = offers[now.offer % offers.length];
  const ipTypeRefused = failure.cause !== undefined && IP_TYPE_CAUSES.has(failure.cause);
  // An APN that was refused is not offered again with other IP types; an IP type that was refused is followed by the next one.
  let next = now.offer + 1;
  while (!ipTypeRefused && next % offers.length !== 0 && offers[next % offers.length]?.apn === current?.apn) next += 1;
  const roundDone = next % offers.length === 0;
  const memory = afterRefusal(now.memory, failure, roundDone, at.monotonicMs, chance);
  const moved: Connection = { ...now, offer: next % offers.length, memory };
  if (roundDone) return block(moved, now.lastFailure?.failure ?? failure, at, memory.holdUntil);
  return wait(moved, failure, at.monotonicMs + scheduleDelay(policy, 1, failure, chance), at);
}

/** Out of coverage the registration is waited for, if ModemManager says that it is gone; what it said before the failure is no such news. */
function afterCoverage(now: Connection, failure: Failure, policy: Policy, at: Moment, chance: number): Connection {
  if (isSearching(now)) return place(withoutLink(now, failure.meaning, at), policy, at);
  const delay = Math.max(COVERAGE_FLOOR_MS, scheduleDelay(policy, now.memory.failures, failure, chance));
  return wait(now, failure, at.monotonicMs + delay, at);
}

function isSearching({ facts }: Connection): boolean {
  return facts.kind === 'modem' && (facts.modem.state === 'searching' || facts.modem.state === 'enabled');
}

function climbOrWait(now: Connection, failure: Failure, policy: Policy, at: Moment, chance: number): Connection {
  // A connect that failed while the modem was searching failed for want of coverage, whatever the error is called.
  const unheard = failure.class === 'timeout' || failure.class === 'other' || failure.class === 'refused';
  if (unheard && now.phase.kind === 'connecting' && isSearching(now))
    return afterCoverage(now, failure, policy, at, chance);
  const until = at.monotonicMs + scheduleDelay(policy, now.memory.failures, failure, chance);
  const due = (now.outage?.failuresSinceRung ?? 0) >= FAILURES_PER_RUNG && ladderMayMend(failure);
  // After a rung the next attempt goes out at once, but not to a network that refused the last: that keeps to the schedule.
  const held = isRefusal(failure) ? { ...now, memory: { ...now.memory, holdUntil: until } } : now;
  return (
    (due ? climb(held, 'delete-bearers', failure.meaning, policy, at) : undefined) ?? wait(held, failure, until, at)
  );
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
  // What was to be climbed on is gone from the bus: the news of that is under way, and the modem may be back already.
  const climbing =
    failure.class === 'gone' ? undefined : climb(now, rungAfter(now, failure), before.phase.cause, policy, at);
  if (climbing !== undefined) return climbing;
  const failures = now.memory.failures + 1;
  const until = at.monotonicMs + scheduleDelay(policy, failures, failure, chance);
  return wait({ ...now, memory: { ...now.memory, failures } }, failure, until, at);
}

/** The failure of a rung when ModemManager holds its name on the bus and does not answer (activities/climb.ts). */
const HUNG = 'ModemManagerHungError';

/** A hung ModemManager is restarted at once: a power cycle of the modem would not wake it. */
function rungAfter(now: Connection, failure: Failure): Rung {
  if (now.hung || failure.name === HUNG) return 'restart-modemmanager';
  return failure.class === 'timeout' || now.facts.kind !== 'modem' ? 'reauthorise-usb' : 'delete-bearers';
}

/**
 * SendPin failed. A refusal is remembered for good. ModemManager says IncorrectPassword for one, which elsewhere is the carrier's word.
 * After anything else the SIM's count of tries is read before the next one (place.ts), since the PIN may have reached it.
 */
export function afterFailedUnlock(now: Connection, failure: Failure, policy: Policy, at: Moment): Connection {
  if (now.phase.kind !== 'unlocking') return now;
  if (failure.class === 'puk') return block(now, blockedFailure('puk'), at);
  const retryAt = at.monotonicMs + UNLOCK_REST_MS;
  if (failure.class !== 'pin' && failure.class !== 'auth') return block(now, failure, at, retryAt);
  const { pinInFlight: _, ...rest } = now.memory;
  const memory = withRefusedPin(rest, now.phase.fingerprint);
  // A PIN that was changed meanwhile is tried when the count of tries has been read again.
  const { modem, fingerprint } = now.phase;
  const current = policy.pin && pinFingerprint(memory.salt, modem.sim?.identifier ?? '', policy.pin.reveal());
  const changed = current !== undefined && current !== fingerprint;
  return block({ ...now, memory }, blockedFailure('pin-refused'), at, changed ? retryAt : undefined);
}

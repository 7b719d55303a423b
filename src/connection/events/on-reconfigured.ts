// What the connection becomes when the configuration was reloaded. Pure.
import type { Connection, Link } from '../connection.ts';
import { withFreshLink } from '../link/link-for.ts';
import type { Phase } from '../phase/phase.ts';
import { isAbroadForbidden, phaseFor } from '../phase/phase-for.ts';
import { endSession, withoutLink } from '../phase/transitions.ts';
import type { Reconfigured, Step } from '../policy.ts';
import { ApnTries } from '../schedule/apn-tries.ts';
import { NO_REST } from '../schedule/attempts.ts';
import { askedWithFingerprint } from '../schedule/fingerprints.ts';
import { withHoldsFor, withoutHolds } from '../schedule/holds.ts';
import { onRung } from '../schedule/ladder.ts';
import { sessionHeldUntil } from '../schedule/next-attempt.ts';

const CONFIGURATION_CHANGED = 'the configuration changed';

const ANOTHER_MODEM = 'another modem is to be used';

/**
 * A change for the link is applied to it and to nothing else. One for the session makes waiting
 * pointless, and leaves alone what fits; what is under way at ModemManager with the old settings is
 * ended there first, so that two are never under way. A session that is up and does not fit stays
 * while the hourly ceiling admits no other: the link is worth more than the settings.
 */
export function onReconfigured(
  now: Connection,
  { relevant, leavesModem, keepsHolds }: Reconfigured,
  step: Step,
): Connection {
  // The ceiling itself may be another one.
  if (relevant === 'nothing') return renewedInTime(now, step);
  const applied = withFreshLink(now, step);
  if (relevant === 'link') return renewedInTime(applied, step);
  const memory = keepsHolds === true ? withHoldsFor(now.memory, step.policy) : withoutHolds(now.memory);
  const fresh: Connection = { ...applied, tryIndex: 0, rest: NO_REST, memory };
  const inUse = now.link !== undefined || now.phase.kind === 'connecting';
  if (leavesModem === true && inUse && now.phase.kind !== 'riding')
    return onRung(withoutLink(fresh, ANOTHER_MODEM, step.at), 'reconnect', ANOTHER_MODEM, step);
  switch (now.phase.kind) {
    case 'recovering':
    case 'unlocking':
    case 'enabling':
    case 'riding':
    case 'plan-used-up':
    case 'stopping':
      return fresh;
    case 'connecting':
      return onRung(fresh, 'reconnect', CONFIGURATION_CHANGED, step);
    case 'absent':
    case 'settling':
    case 'blocked':
    case 'registering':
    case 'waiting':
    case 'roaming-forbidden':
      if (now.link === undefined) return phaseFor(fresh, step);
      if (stillFits(now, now.link, step)) return fresh;
      // It goes on, as through a restart of ModemManager, and may do so until it can be renewed.
      if (now.sessionSince !== undefined && renewalDue(now, step) !== undefined) return phaseFor(fresh, step);
      return reconnected(fresh, step);
    case 'configuring':
    case 'online':
      return now.link === undefined ? phaseFor(fresh, step) : kept(fresh, now.phase, now.link, step);
  }
}

/** The moment has come at which the ceiling admits a session of the settings in force. */
export function onRenewalDue(now: Connection, step: Step): Connection {
  const next = renewedInTime(now, step);
  // The timer has gone off, so that the same phase would never hear of it again.
  return next === now && isWaiting(now.phase) ? { ...now, phase: { ...now.phase } } : next;
}

function renewedInTime(now: Connection, step: Step): Connection {
  return isWaiting(now.phase) && now.link !== undefined ? kept(now, now.phase, now.link, step) : now;
}

type InSession = Extract<Phase, { kind: 'configuring' | 'online' }>;

const isWaiting = (phase: Phase): phase is InSession => 'renewal' in phase && phase.renewal !== undefined;

/** The session goes on where it fits, or until another one is admitted; else it is ended. */
function kept(now: Connection, phase: InSession, link: Link, step: Step): Connection {
  if (stillFits(now, link, step))
    return phase.renewal === undefined ? now : { ...now, phase: { ...phase, renewal: undefined } };
  const dueMs = renewalDue(now, step);
  if (dueMs === undefined) return reconnected(now, step);
  if (dueMs === phase.renewal?.dueMs) return now;
  const since = phase.renewal?.since ?? step.at;
  return { ...now, phase: { ...phase, renewal: { since, dueMs } } };
}

/** Until when a session that does not fit stays; undefined: no longer. Abroad it costs money. */
function renewalDue(now: Connection, step: Step): number | undefined {
  return isAbroadForbidden(now.facts, step.policy) ? undefined : sessionHeldUntil(now, step);
}

function reconnected(now: Connection, step: Step): Connection {
  return onRung(endSession(now, CONFIGURATION_CHANGED, step.at), 'reconnect', CONFIGURATION_CHANGED, step);
}

/** Whether the session is one that the new configuration would ask for. */
function stillFits(now: Connection, { bearer }: Link, { policy }: Step): boolean {
  const isAskedAlike = now.askedWith === askedWithFingerprint(now.memory, policy);
  return isAskedAlike && new ApnTries(policy, now).fits(bearer) && !isAbroadForbidden(now.facts, policy);
}

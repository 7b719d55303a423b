// What the connection becomes when the configuration was reloaded. Pure.
import type { Connection, Link } from '../connection.ts';
import { withFreshLink } from '../link/link-for.ts';
import { isAbroadForbidden, phaseFor } from '../phase/phase-for.ts';
import { endSession, withoutLink } from '../phase/transitions.ts';
import type { Step } from '../policy.ts';
import { ApnTries } from '../schedule/apn-tries.ts';
import { askedWithFingerprint, withHoldsFor, withoutHolds } from '../schedule/holds.ts';
import { onRung } from '../schedule/ladder.ts';
import type { ConnectionEvent } from './event.ts';

const CONFIGURATION_CHANGED = 'the configuration changed';

const ANOTHER_MODEM = 'another modem is to be used';

/**
 * A change for the link is applied to it and to nothing else. One for the session makes waiting
 * pointless, and leaves alone what fits; what is under way at ModemManager with the old settings is
 * ended there first, so that two are never under way.
 */
export function onReconfigured(
  now: Connection,
  { relevant, leavesModem, keepsHolds }: Omit<Extract<ConnectionEvent, { kind: 'reconfigured' }>, 'at' | 'chance'>,
  step: Step,
): Connection {
  if (relevant === 'nothing') return now;
  const applied = withFreshLink(now, step);
  if (relevant === 'link') return applied;
  const rest = { scheduledMs: 0, cutMs: 0 };
  const memory = keepsHolds === true ? withHoldsFor(now.memory, step.policy) : withoutHolds(now.memory);
  const fresh: Connection = { ...applied, tryIndex: 0, rest, memory };
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
    case 'configuring':
    case 'online':
      if (now.link === undefined) return phaseFor(fresh, step);
      if (stillFits(now, now.link, step)) return fresh;
      return onRung(endSession(fresh, CONFIGURATION_CHANGED, step.at), 'reconnect', CONFIGURATION_CHANGED, step);
  }
}

/** Whether the session is one that the new configuration would ask for. */
function stillFits(now: Connection, { bearer }: Link, { policy }: Step): boolean {
  const isAskedAlike = now.askedWith === askedWithFingerprint(now.memory, policy);
  return isAskedAlike && new ApnTries(policy, now).fits(bearer) && !isAbroadForbidden(now.facts, policy);
}

// What the connection becomes when the configuration was reloaded. Pure.
import type { Connection, ConnectionEvent, Link } from '../connection.ts';
import { withFreshLink } from '../link/link-for.ts';
import { isAbroadForbidden, phaseFor } from '../phase-for.ts';
import type { Step } from '../policy.ts';
import { ApnTries } from '../schedule/apn-tries.ts';
import { credentialsFingerprint, withoutHolds } from '../schedule/holds.ts';
import { onRung } from '../schedule/ladder.ts';
import { endSession } from '../transitions.ts';

const CONFIGURATION_CHANGED = 'the configuration changed';

type Relevance = Extract<ConnectionEvent, { kind: 'reconfigured' }>['relevant'];

/**
 * A change for the link is applied to it and to nothing else. One for the session makes waiting
 * pointless, and leaves alone what fits; what is under way at ModemManager with the old settings is
 * ended there first, so that two are never under way.
 */
export function onReconfigured(now: Connection, relevant: Relevance, step: Step): Connection {
  if (relevant === 'nothing') return now;
  const applied = withFreshLink(now, step);
  if (relevant === 'link') return applied;
  const rest = { scheduledMs: 0, cutMs: 0 };
  const fresh: Connection = { ...applied, tryIndex: 0, rest, memory: withoutHolds(now.memory) };
  switch (now.phase.kind) {
    case 'recovering':
    case 'unlocking':
    case 'enabling':
    case 'riding':
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
  const sameCredentials = now.credentials === credentialsFingerprint(now.memory, policy);
  return sameCredentials && new ApnTries(policy, now).fits(bearer) && !isAbroadForbidden(now.facts, policy);
}

// What a change of the connection says about the settings in force. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection } from '../connection.ts';
import type { ConnectionEvent } from '../events/event.ts';
import { isKeptOut } from '../link/link-for.ts';
import { NOT_SUBSCRIBED } from '../schedule/apn-tries.ts';
import { heldFailure } from '../schedule/holds.ts';
import type { TrialEvent } from './trial.ts';

/** Whether the network refused what it was asked for, and not the SIM or the modem as such. */
const isOfSettings = ({ class: kind, networkCause }: Failure): boolean =>
  kind === 'apn' || kind === 'auth' || (kind === 'subscription' && networkCause === NOT_SUBSCRIBED);

/** What the step from `from` to `to` says about the settings in force; undefined: nothing. */
export function trialEventOf(from: Connection, to: Connection, because: ConnectionEvent): TrialEvent | undefined {
  const { sim } = to.memory;
  if (hasPassed(from, to, because)) return { kind: 'passed', sim };
  if (to.phase !== from.phase) {
    const failure = refusalIn(to, because.at);
    if (failure !== undefined && isOfSettings(failure)) {
      const apn = from.phase.kind === 'connecting' ? from.phase.settings.apn : undefined;
      return { kind: 'refused', class: failure.class, cause: failure.networkCause, apn, sim };
    }
  }
  return sim !== undefined && sim !== from.memory.sim ? { kind: 'simSeen', sim } : undefined;
}

/**
 * Traffic passed in a session of the settings in force, and it was asked how far it gets; one that
 * rides through a restart of ModemManager may be of those before. A session that the settings do
 * not touch goes on as proof; one that stays until it can be renewed is none.
 */
function hasPassed(from: Connection, to: Connection, because: ConnectionEvent): boolean {
  const { phase, sessionSince, proof, link, reach } = to;
  if (phase.kind !== 'online' || sessionSince === undefined || proof === undefined || link === undefined) return false;
  if (phase.renewal !== undefined) return false;
  // Alive and not through where it should be, as by an APN without internet, is no proof.
  if (reach?.session !== sessionSince.monotonicMs || isKeptOut(reach, link.apn)) return false;
  if (because.kind === 'reachJudged') return reach !== from.reach;
  if (because.kind === 'linkProven') return proof === because.proof;
  return because.kind === 'reconfigured' && from.phase.kind === 'online' && to.link === from.link;
}

/** The refusal that is rested for; also one that was earned before the program was started anew. */
function refusalIn({ phase, memory }: Connection, at: Moment): Failure | undefined {
  if (phase.kind === 'blocked') return phase.failure;
  const isHeld = phase.kind === 'waiting' && (memory.holdUntil ?? 0) > at.monotonicMs;
  return isHeld ? heldFailure(memory) : undefined;
}

/** What differs between the settings that take turns, as far as it decides when time counts. */
export interface TrialSubject {
  /** `modem` differs: a modem that is not found may be the change's fault. */
  readonly modem: boolean;
  /**
   * What the modem attaches with differs: a network that is not found may be the change's fault.
   */
  readonly attach: boolean;
}

/** What of that the keys say, each by the names that lead to it. */
export const subjectOf = (changed: readonly (readonly string[])[]): TrialSubject => ({
  modem: changed.some(([section]) => section === 'modem'),
  attach: changed.some((path) => path.join('.') === 'connect.attach-apn'),
});

/**
 * Whether traffic could pass now, as far as coverage and modem are concerned, so that silence
 * speaks against the settings. @param since Monotonic milliseconds at which the turn began.
 */
export function couldPass({ phase, memory }: Connection, since: number, subject: TrialSubject): boolean {
  switch (phase.kind) {
    case 'connecting':
      return true;
    case 'configuring':
    case 'online':
      // Else the session is of the settings before.
      return phase.renewal === undefined;
    case 'waiting':
    case 'blocked':
    case 'recovering': {
      // Neither the ceiling nor a SIM that is missing is the settings' fault.
      const blames = phase.kind !== 'blocked' || isOfSettings(phase.failure) || phase.failure.class === 'refused';
      return blames && memory.attempts.some((stamp) => stamp >= since);
    }
    case 'registering':
      return subject.attach;
    case 'absent':
      return subject.modem && phase.missing !== 'modemmanager';
    case 'riding':
    case 'settling':
    case 'unlocking':
    case 'enabling':
    case 'roaming-forbidden':
    case 'plan-used-up':
    case 'stopping':
      return false;
  }
}

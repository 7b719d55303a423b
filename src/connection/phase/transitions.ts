// The small changes that decisions are made of: a phase entered, a session ended, an outage begun,
// the link given up. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Incident } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import type { AcquiredAddresses, Connection } from '../connection.ts';
import { SESSION_LASTS_MS, within } from '../schedule/attempts.ts';
import type { UsedUp } from '../schedule/used-up.ts';
import type { Phase } from './phase.ts';

/** How many outages are remembered. */
export const KEPT_INCIDENTS = 50;

/** Short sessions are counted over this long. */
const FLAP_WINDOW_MS = 10 * 60_000;

/** The same connection in `phase`, entered at `at`. */
export function enter(connection: Connection, phase: Phase, at: Moment): Connection {
  return { ...connection, phase, phaseSince: at };
}

/** `connection` with an outage that began at `at`, unless one is going on. */
export function withOutage(connection: Connection, reason: string, at: Moment): Connection {
  if (connection.outage !== undefined) return connection;
  return { ...connection, outage: { since: at, reason, climbed: [], failuresSinceRung: 0 } };
}

/**
 * `connection` after its session, if it had one, ended: an outage begins, and a session that lasted
 * clears the count of failures before it.
 */
export function endSession(connection: Connection, reason: string, at: Moment): Connection {
  if (connection.sessionSince === undefined) return connection;
  const lasted = at.monotonicMs - connection.sessionSince.monotonicMs >= SESSION_LASTS_MS;
  const flaps = lasted ? [] : [...within(connection.flaps, FLAP_WINDOW_MS, at.monotonicMs), at.monotonicMs];
  const ended: Connection = { ...connection, sessionSince: undefined, proof: undefined, flaps };
  return withOutage(lasted ? clearFailures(ended) : ended, reason, at);
}

/**
 * `connection` with one more incident that was over at `at`: the one door for all of them. The list
 * has a most, so that a new one is told by the last entry and not by the length.
 */
export function withIncident(
  connection: Connection,
  { since, ...told }: Pick<Incident, 'reason' | 'loss' | 'endedBy'> & { readonly since: Moment },
  at: Moment,
): Connection {
  const { memory } = connection;
  const incident: Incident = {
    beganWallMs: since.wallMs,
    beganMs: since.monotonicMs,
    seconds: Math.max(0, Math.round((at.monotonicMs - since.monotonicMs) / 100) / 10),
    ...told,
  };
  return { ...connection, memory: { ...memory, incidents: [...memory.incidents, incident].slice(-KEPT_INCIDENTS) } };
}

/** `connection` without its link, and without the session that it carried. */
export function withoutLink(connection: Connection, reason: string, at: Moment): Connection {
  return { ...endSession(connection, reason, at), link: undefined };
}

/** Drops the link, unless its session goes on through a restart of ModemManager. */
export function dropLinkUnlessInSession(connection: Connection): Connection {
  return connection.sessionSince === undefined ? { ...connection, link: undefined } : connection;
}

/**
 * Stores addresses from DHCP or router advertisements. Ignored if unchanged, or if the bearer has
 * been replaced meanwhile.
 */
export function recordAddresses(connection: Connection, acquired: AcquiredAddresses): Connection {
  const known = JSON.stringify(connection.acquired) === JSON.stringify(acquired);
  return known || connection.link?.bearer.path !== acquired.bearer ? connection : { ...connection, acquired };
}

/** `connection` as if no attempt had failed. */
export function clearFailures(connection: Connection): Connection {
  const { memory } = connection;
  if (memory.failures === 0 && memory.refusedRounds === 0 && connection.lastFailure === undefined) return connection;
  return { ...connection, lastFailure: undefined, memory: { ...memory, failures: 0, refusedRounds: 0 } };
}

/** `connection` with a failure that is told, and nothing done about it. */
export function withFailure(connection: Connection, failure: Failure, at: Moment): Connection {
  return { ...withOutage(connection, failure.reason, at), lastFailure: { failure, at } };
}

/** The connection waiting for a person, its link gone. `untilMs`: when it is tried all the same. */
export function block(connection: Connection, failure: Failure, at: Moment, untilMs?: number): Connection {
  return enter(
    { ...withoutLink(connection, failure.reason, at), lastFailure: { failure, at } },
    { kind: 'blocked', failure, untilMs },
    at,
  );
}

/** The connection disconnected for a data plan that is used up, its link gone. */
export function stopForPlan(connection: Connection, modem: Modem, usedUp: UsedUp, at: Moment): Connection {
  return enter(withoutLink(connection, usedUp.reason, at), { kind: 'plan-used-up', modem, usedUp }, at);
}

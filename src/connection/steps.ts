// The small changes that transitions are made of: a phase entered, a session ended, an outage begun, the link given up. Pure.
import type { Moment } from '../system/clock.ts';
import type { Connection, Learned, Phase } from './connection.ts';
import { SESSION_LASTS_MS, within } from './schedule/attempts.ts';

/** Short sessions are counted over this long. */
const FLAP_WINDOW_MS = 10 * 60_000;

/** The same connection in `phase`, entered at `at`. */
export function enter(connection: Connection, phase: Phase, at: Moment): Connection {
  return { ...connection, phase, phaseSince: at };
}

/** `connection` with an outage that began at `at`, unless one is going on. */
export function withOutage(connection: Connection, cause: string, at: Moment): Connection {
  if (connection.outage !== undefined) return connection;
  return { ...connection, outage: { since: at, cause, climbed: [], failuresSinceRung: 0 } };
}

/** `connection` after its session, if it had one, ended: the count of failures is cleared by a session that lasted, and an outage begins. */
export function endSession(connection: Connection, cause: string, at: Moment): Connection {
  if (connection.sessionSince === undefined) return connection;
  const lasted = at.monotonicMs - connection.sessionSince.monotonicMs >= SESSION_LASTS_MS;
  const flaps = lasted ? [] : [...within(connection.flaps, FLAP_WINDOW_MS, at.monotonicMs), at.monotonicMs];
  const ended: Connection = { ...connection, sessionSince: undefined, proof: undefined, flaps };
  return withOutage(lasted ? clearFailures(ended) : ended, cause, at);
}

/** `connection` with its link given up, and the session that it carried ended: a session without a link is none. */
export function withoutLink(connection: Connection, cause: string, at: Moment): Connection {
  return { ...endSession(connection, cause, at), link: undefined };
}

/** `connection` without its link, unless the session was ridden through a ModemManager restart and may still carry traffic. */
export function withLivingLink(connection: Connection): Connection {
  return connection.sessionSince === undefined ? { ...connection, link: undefined } : connection;
}

/** `connection` with the addresses that were learned for its link. What is known already changes nothing, and for a former bearer it comes too late. */
export function withLearned(connection: Connection, learned: Learned): Connection {
  const known = JSON.stringify(connection.learned) === JSON.stringify(learned);
  return known || connection.link?.bearer.path !== learned.bearer ? connection : { ...connection, learned };
}

/** `connection` as if no attempt had failed. */
export function clearFailures(connection: Connection): Connection {
  const { memory } = connection;
  if (memory.failures === 0 && memory.refusedRounds === 0 && connection.lastFailure === undefined) return connection;
  return { ...connection, lastFailure: undefined, memory: { ...memory, failures: 0, refusedRounds: 0 } };
}

// The session's life: how it begins, is proven, is lost, and what an outage leaves behind. Pure.
import type { Incident } from '../state/memory.ts';
import type { Moment } from '../system/clock.ts';
import { SESSION_LASTS_MS, scheduleDelay, within } from './attempts.ts';
import type { Connection, Link, Proof } from './connection.ts';
import { linkOf, sameLink } from './link.ts';
import { enter, place, towardsConnecting } from './place.ts';
import type { Policy } from './policy.ts';

/** Short sessions within FLAP_WINDOW_MS that are answered at once; more of them is a link that comes and goes, and follows the schedule. */
const FLAPS_ANSWERED_AT_ONCE = 10;
const FLAP_WINDOW_MS = 10 * 60_000;

const KEPT_INCIDENTS = 50;

/** `connection` with an outage that began at `at`, unless one is going on. */
export function withOutage(connection: Connection, cause: string, at: Moment): Connection {
  if (connection.outage !== undefined) return connection;
  return { ...connection, outage: { since: at, cause, climbed: [], failuresSinceRung: 0 } };
}

/** `connection` after its session ended: the count of failures is cleared by a session that lasted, and an outage begins. */
export function endSession(connection: Connection, cause: string, at: Moment): Connection {
  if (connection.sessionSince === undefined) return connection;
  const lasted = at.monotonicMs - connection.sessionSince.monotonicMs >= SESSION_LASTS_MS;
  const flaps = lasted ? [] : [...within(connection.flaps, FLAP_WINDOW_MS, at.monotonicMs), at.monotonicMs];
  const ended: Connection = { ...connection, sessionSince: undefined, proof: undefined, flaps };
  return withOutage(lasted ? clearFailures(ended) : ended, cause, at);
}

/** The bearer was lost while the link was up: the first attempt goes out at once, with the link still in place for the case that the address stays. */
export function loseSession(
  connection: Connection,
  cause: string,
  policy: Policy,
  at: Moment,
  chance: number,
): Connection {
  const proven = connection.proof !== undefined;
  const ended = endSession(connection, cause, at);
  if (ended.facts.kind !== 'modem' || ended.facts.modem.state !== 'registered') return place(ended, policy, at);
  const atOnce = proven && ended.flaps.length <= FLAPS_ANSWERED_AT_ONCE;
  if (atOnce) return towardsConnecting(ended, ended.facts.modem, policy, at, at.monotonicMs);
  const failures = ended.memory.failures + 1;
  const counted: Connection = { ...ended, memory: { ...ended.memory, failures } };
  const delay = scheduleDelay(policy, failures, undefined, chance);
  return towardsConnecting(counted, ended.facts.modem, policy, at, at.monotonicMs + delay);
}

/** The link is configured: the session begins, or goes on if it was adopted. */
export function beginSession(connection: Connection, at: Moment): Connection {
  if (connection.phase.kind !== 'configuring') return connection;
  const { modem, adopted } = connection.phase;
  const memory =
    connection.link === undefined ? connection.memory : { ...connection.memory, lastGoodApn: connection.link.apn };
  return enter({ ...connection, memory, offer: 0, sessionSince: at }, { kind: 'online', modem, adopted }, at);
}

/** Traffic was seen to pass: the outage is over, and after a while the failures before it are forgotten. */
export function proveSession(connection: Connection, proof: Proof, policy: Policy): Connection {
  const proven: Connection = {
    ...closeOutage(connection, proof.at),
    proof,
    distrusted: undefined,
    link: restored(connection, policy),
  };
  const since = connection.sessionSince?.monotonicMs ?? proof.at.monotonicMs;
  return proof.at.monotonicMs - since >= SESSION_LASTS_MS ? clearFailures(proven) : proven;
}

function clearFailures(connection: Connection): Connection {
  const { memory } = connection;
  if (memory.failures === 0 && memory.refusedRounds === 0 && connection.lastFailure === undefined) return connection;
  return { ...connection, lastFailure: undefined, memory: { ...memory, failures: 0, refusedRounds: 0 } };
}

/** The link with its normal metric again; the same object where nothing changes, so that nobody works on it. */
function restored(connection: Connection, policy: Policy): Link | undefined {
  const { link } = connection;
  if (link === undefined) return undefined;
  const normal = linkOf(link.bearer, link.apn, policy);
  return normal === undefined || sameLink(normal, link) ? link : normal;
}

function closeOutage(connection: Connection, at: Moment): Connection {
  const { outage, memory } = connection;
  if (outage === undefined) return connection;
  const incident: Incident = {
    beganWallMs: outage.since.wallMs,
    seconds: Math.max(0, Math.round((at.monotonicMs - outage.since.monotonicMs) / 100) / 10),
    cause: outage.cause,
    endedBy: outage.climbed.at(-1) ?? 'reconnect',
  };
  return {
    ...connection,
    outage: undefined,
    memory: { ...memory, incidents: [...memory.incidents, incident].slice(-KEPT_INCIDENTS) },
  };
}

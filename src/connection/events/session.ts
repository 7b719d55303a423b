// The session's life: how it begins, is proven, is lost, and what an outage leaves behind. Pure.
import type { Incident } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection, Proof } from '../connection.ts';
import { relinked } from '../link/link-for.ts';
import { place } from '../phase-for.ts';
import type { Policy } from '../policy.ts';
import { offersOf } from '../schedule/apn-tries.ts';
import { firstAttemptDelay, SESSION_LASTS_MS, scheduleDelay } from '../schedule/attempts.ts';
import { clearFailures, endSession, enter, withOutage } from '../steps.ts';

/** Short sessions that are answered at once; more of them is a link that comes and goes, and follows the schedule. */
const FLAPS_ANSWERED_AT_ONCE = 10;

const KEPT_INCIDENTS = 50;

/**
 * The bearer was lost while the link was up: the first attempt goes out at once, with the link still in place for the case that the
 * address stays. A session that never passed traffic, or that comes and goes, waits for the schedule first, by a hold: ModemManager
 * tells of the loss in several steps, and none of them may cut that wait short.
 */
export function loseSession(
  connection: Connection,
  cause: string,
  policy: Policy,
  at: Moment,
  chance: number,
): Connection {
  const { proof } = connection;
  const ended = withOutage(endSession(connection, cause, at), cause, at);
  const worked = proof !== undefined && ended.flaps.length <= FLAPS_ANSWERED_AT_ONCE;
  const failures = ended.memory.failures + (worked ? 0 : 1);
  const delay = worked
    ? firstAttemptDelay(proof.at.monotonicMs, at.monotonicMs, chance)
    : scheduleDelay(policy, failures, undefined, chance);
  const earliest = at.monotonicMs + delay;
  const holdUntil = Math.max(ended.memory.holdUntil ?? earliest, earliest);
  return place({ ...ended, memory: { ...ended.memory, failures, holdUntil } }, policy, at);
}

/** The link is configured: the session begins, or goes on if it was adopted. */
export function beginSession(connection: Connection, policy: Policy, at: Moment): Connection {
  if (connection.phase.kind !== 'configuring') return connection;
  const { modem, adopted } = connection.phase;
  const memory =
    connection.link === undefined ? connection.memory : { ...connection.memory, lastGoodApn: connection.link.apn };
  const begun: Connection = { ...connection, memory, sessionSince: at };
  return enter({ ...begun, offer: provenOffer(begun, policy) }, { kind: 'online', modem, adopted }, at);
}

/** The first offer, or IPv4 alone where that is what worked: another refusal of ipv4v6 at each reconnect would cost an attempt and a second. */
function provenOffer(connection: Connection, policy: Policy): number {
  const { link } = connection;
  if (link?.bearer.properties.ipType !== 'ipv4') return 0;
  const proven = offersOf(policy, connection).findIndex(({ apn, ipType }) => apn === link.apn && ipType === 'ipv4');
  return Math.max(0, proven);
}

/**
 * Traffic was seen to pass: the outage is over, and after a while the failures before it are forgotten. Without a session it is news of
 * the one before, which was already given up.
 */
export function proveSession(connection: Connection, proof: Proof, policy: Policy): Connection {
  if (connection.sessionSince === undefined) return connection;
  const proven: Connection = {
    ...closeOutage(connection, proof.at),
    proof,
    distrusted: undefined,
    // With its normal metric again.
    link: connection.link && relinked(connection.link, policy, connection.memory),
  };
  return proof.at.monotonicMs - connection.sessionSince.monotonicMs >= SESSION_LASTS_MS
    ? clearFailures(proven)
    : proven;
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

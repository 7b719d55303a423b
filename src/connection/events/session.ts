// The session's life: how it begins, is proven, is lost, and what an outage leaves behind. Pure.
import type { Moment } from '../../system/clock.ts';
import type { Connection, Proof } from '../connection.ts';
import { withFreshLink } from '../link/link-for.ts';
import { phaseFor } from '../phase/phase-for.ts';
import { clearFailures, endSession, enter, withIncident, withOutage } from '../phase/transitions.ts';
import type { Policy, Step } from '../policy.ts';
import { ApnTries } from '../schedule/apn-tries.ts';
import { firstAttemptAt, NO_REST, SESSION_LASTS_MS, scheduledAt } from '../schedule/attempts.ts';
import { modemFingerprint } from '../schedule/fingerprints.ts';
import { withGoodApn } from '../schedule/good-apns.ts';

/** Short sessions that are answered at once; more of them is a link that comes and goes. */
const FLAPS_ANSWERED_AT_ONCE = 10;

const KEPT_APNS = 10;

/**
 * The bearer was lost while the link was up: the first attempt goes out at once, with the link
 * still in place in case the address stays. A session that never passed traffic, or that comes and
 * goes, waits for the schedule first, by a hold: ModemManager tells of the loss in several steps,
 * and none of them may cut that wait short.
 */
export function loseSession(connection: Connection, reason: string, step: Step): Connection {
  const { at } = step;
  const { proof } = connection;
  const ended = withOutage(endSession(connection, reason, at), reason, at);
  const worked = proof !== undefined && ended.flaps.length <= FLAPS_ANSWERED_AT_ONCE;
  const failures = ended.memory.failures + (worked ? 0 : 1);
  const earliest = worked ? firstAttemptAt(proof.at, step) : scheduledAt(failures, undefined, step);
  const holdUntil = Math.max(ended.memory.holdUntil ?? earliest, earliest);
  return phaseFor({ ...ended, memory: { ...ended.memory, failures, holdUntil } }, step);
}

/** The link is configured: the session begins, or goes on if it was adopted. */
export function beginSession(connection: Connection, { at, policy }: Step): Connection {
  if (connection.phase.kind !== 'configuring') return connection;
  const { modem, adopted, renewal } = connection.phase;
  const { link } = connection;
  const used = { ...connection.memory, modem: modemFingerprint(connection.memory.salt, modem) };
  const memory = link === undefined ? used : { ...used, lastGoodApn: link.apn, interface: link.wanted.interface };
  const begun: Connection = { ...connection, memory, sessionSince: at, rest: NO_REST };
  return enter(withTryInUse(begun, policy), { kind: 'online', modem, adopted, renewal }, at);
}

/**
 * What is in use comes first the next time, also where IPv4 alone is what worked: another refusal
 * of ipv4v6 at each reconnect would cost an attempt and a second.
 */
function withTryInUse(connection: Connection, policy: Policy): Connection {
  const { link } = connection;
  if (link === undefined) return { ...connection, tryIndex: 0 };
  const ipType = link.bearer.properties.ipType === 'ipv4' ? 'ipv4' : policy.ipType;
  return { ...connection, tryIndex: Math.max(0, new ApnTries(policy, connection).indexOf(link.apn, ipType)) };
}

/**
 * Traffic was seen to pass: the outage is over, and after a while the failures before it are
 * forgotten. Without a session it is news of the one before, which was already given up.
 */
export function proveSession(connection: Connection, proof: Proof, step: Step): Connection {
  if (connection.sessionSince === undefined) return healed(connection, proof, step);
  const known = recordGoodApn(recordAnswer(closeOutage(connection, proof.at), proof), step.policy);
  const closed: Connection = { ...known, proof, deadBearerPath: undefined };
  const proven = withFreshLink(closed, step);
  return proof.at.monotonicMs - connection.sessionSince.monotonicMs >= SESSION_LASTS_MS
    ? clearFailures(proven)
    : proven;
}

/** A dead link that stayed up answers again: its bearer is trusted, and adopted as it is. */
function healed(connection: Connection, { at }: Proof, step: Step): Connection {
  const { phase, link, deadBearerPath } = connection;
  if (phase.kind !== 'waiting' || link?.bearer.path !== deadBearerPath) return connection;
  return phaseFor({ ...closeOutage(connection, at), deadBearerPath: undefined }, step);
}

/** Remembers that probes can be answered over this APN. */
function recordAnswer(connection: Connection, { roundTripMs }: Proof): Connection {
  const { link, memory } = connection;
  const known = memory.answeredApns ?? [];
  if (roundTripMs === undefined || link === undefined || known.includes(link.apn)) return connection;
  return { ...connection, memory: { ...memory, answeredApns: [...known, link.apn].slice(-KEPT_APNS) } };
}

/** Traffic passes over this APN, with this subscription. */
function recordGoodApn(connection: Connection, policy: Policy): Connection {
  const { link } = connection;
  const memory = link === undefined ? connection.memory : withGoodApn(connection.memory, link.apn);
  return memory === connection.memory ? connection : withTryInUse({ ...connection, memory }, policy);
}

function closeOutage(connection: Connection, at: Moment): Connection {
  const { outage } = connection;
  if (outage === undefined) return connection;
  const { since, reason, loss, climbed } = outage;
  const told = { since, reason, ...(loss && { loss }), endedBy: climbed.at(-1) ?? 'reconnect' };
  return withIncident({ ...connection, outage: undefined }, told, at);
}

// What becomes of the link: a bearer connected, the kernel took or refused the link, nothing
// answers over it. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Connection, Link } from '../connection.ts';
import { linkFor, NO_ADDRESS, sameLink, withFreshLink } from '../link/link-for.ts';
import { withoutStalePathMtu } from '../link/path-mtu.ts';
import { HOST_FAULT_REST_MS } from '../phase/deadlines.ts';
import type { Phase } from '../phase/phase.ts';
import { phaseFor } from '../phase/phase-for.ts';
import { endSession, enter, withFailure, withOutage, withoutLink } from '../phase/transitions.ts';
import type { Step } from '../policy.ts';
import { heldByCeiling, scheduledAt, uncountAttempt } from '../schedule/attempts.ts';
import { askedWithFingerprint } from '../schedule/fingerprints.ts';
import { ENTRY_RUNGS, startNextRung } from '../schedule/ladder.ts';
import { afterFailure } from './after-failure.ts';
import type { ConnectionEvent } from './event.ts';

/** A connect that the network answered slowly once is forgotten after so many others. */
const KEPT_CONNECTS = 5;

/** `ip` hung, or the keeper of the link has nothing to say. */
const LINK_NOT_APPLIED: Failure = {
  class: 'host',
  name: 'link-not-applied',
  text: '',
  reason: 'the link could not be configured in time',
  remedy: 'see what `ip` says: ip link; ip address; ip route',
};

/** Neither an interface nor an address came with it. */
const BEARER_UNUSABLE: Failure = {
  class: 'other',
  name: 'bearer-unusable',
  text: '',
  reason: NO_ADDRESS,
  remedy: 'see the bearer with: mmcli -b any; try another connect.apn',
};

/**
 * The connect has its bearer: the link of it is made, and `configuring` puts it up. A bearer
 * without an interface or an address counts as a failed attempt.
 */
export function onBearerConnected(
  now: Connection,
  event: Extract<ConnectionEvent, { kind: 'bearerConnected' }>,
  step: Step,
): Connection {
  if (now.phase.kind !== 'connecting') return now;
  const took = event.at.monotonicMs - now.phaseSince.monotonicMs;
  const fresh = withoutStalePathMtu(now.memory, event.at);
  const timed = { ...fresh, connectMs: [...(fresh.connectMs ?? []), Math.round(took)].slice(-KEPT_CONNECTS) };
  const link = linkFor({ ...now, memory: timed }, event.bearer, step, event.apn);
  if (link === undefined) return afterFailure(now, BEARER_UNUSABLE, step);
  const memory = joinsOldCall(now, link) ? uncountAttempt(timed) : timed;
  const askedWith = askedWithFingerprint(memory, step.policy);
  const begun: Connection = { ...now, memory, link, askedWith, deadBearerPath: undefined };
  return enter(begun, { kind: 'configuring', modem: now.phase.modem, adopted: false }, event.at);
}

/**
 * Whether a connect only joined the call that was there: one of QMI outlives the ModemManager that
 * made it, and the carrier does not hear of who asks for it anew. It is the old one as far as can
 * be known: nobody told of its end, and everything that the network gave is the same.
 */
function joinsOldCall({ phase, sessionSince, link }: Connection, joined: Link): boolean {
  const speaksQmi = phase.kind === 'connecting' && phase.modem.ports.some(({ type }) => type === 'qmi');
  return speaksQmi && sessionSince !== undefined && sameLink(link, joined);
}

/**
 * A link that is being put up and that the host refuses is tried again by its keeper. One that is
 * up is configured once more, for `ip` may have raced.
 */
export function onLinkFailed(now: Connection, failure: Failure, step: Step): Connection {
  const { phase } = now;
  if (phase.kind === 'configuring' && failure.class === 'host') return withFailure(now, failure, step.at);
  if (phase.kind === 'configuring') return afterFailure(now, failure, step);
  if (phase.kind !== 'online') return now;
  return enter(now, { ...phase, kind: 'configuring' }, step.at);
}

/**
 * Nothing answers over the link. The ladder is climbed; when it is used up the link stays, with its
 * penalty, and is probed: it may heal by itself. Attempts go on by the schedule. So it does where
 * the hourly ceiling admits no other session, which any rung would be followed by.
 */
export function onLinkDead(
  now: Connection,
  { reason, at, silentMs = 0 }: Extract<ConnectionEvent, { kind: 'linkDead' }>,
  step: Step,
): Connection {
  const { phase, link } = now;
  if (phase.kind === 'riding') return phaseFor(withoutLink(now, reason, at), step);
  // The keeper goes on probing it.
  if (phase.kind === 'waiting' && link?.bearer.path === now.deadBearerPath) return now;
  if (phase.kind !== 'online' && phase.kind !== 'configuring') return withoutLink(now, reason, at);
  const isProvable = link === undefined || now.memory.answeredApns?.includes(link.apn) === true;
  if (!isProvable && phase.kind === 'online' && now.unprovenApn === link.apn) return withoutProof(now, step);
  const unprovenApn = isProvable ? now.unprovenApn : link.apn;
  const since = { monotonicMs: at.monotonicMs - silentMs, wallMs: at.wallMs - silentMs };
  const ended = endSession(withOutage(now, reason, since), reason, at);
  const outage = ended.outage && { ...ended.outage, dead: true as const };
  const dead = withFreshLink({ ...ended, outage, unprovenApn, deadBearerPath: link?.bearer.path }, step);
  const isHeld = heldByCeiling(dead.memory, step.policy, at.monotonicMs) !== undefined;
  if (isHeld && !now.hung) return waitWithDeadLink(dead, reason, step);
  const from = now.hung ? ENTRY_RUNGS.modemManagerHung : ENTRY_RUNGS.linkDead;
  return startNextRung(dead, { from }, reason, step) ?? waitWithDeadLink(dead, reason, step);
}

/**
 * Online without a proof: over this APN nothing ever answered, and another session changed nothing.
 * Where it is a private network the link is fine, and to take it away would be the fault.
 */
function withoutProof(now: Connection, step: Step): Connection {
  return withFreshLink({ ...now, outage: undefined, deadBearerPath: undefined }, step);
}

/** Waits for the schedule with a link that is dead and stays up. */
function waitWithDeadLink(dead: Connection, reason: string, step: Step): Connection {
  const { at, policy } = step;
  const failures = dead.memory.failures + 1;
  const untilMs = Math.max(
    scheduledAt(failures, undefined, step),
    heldByCeiling(dead.memory, policy, at.monotonicMs) ?? 0,
  );
  const counted: Connection = { ...dead, memory: { ...dead.memory, failures } };
  const passedOver = dead.outage?.passedOver;
  const told = `${reason}; the link stays and is probed${passedOver === undefined ? '' : `; ${passedOver}`}`;
  return enter(counted, { kind: 'waiting', untilMs, failure: undefined, reason: told }, at);
}

/**
 * The keeper goes on trying to put the link up. What the host refuses a new session would not mend,
 * so one is made only after a long time, in case that the carrier's addresses were at fault.
 */
export function onStillConfiguring(
  now: Connection,
  phase: Extract<Phase, { kind: 'configuring' }>,
  step: Step,
): Connection {
  const failure = now.lastFailure?.failure;
  const byHost = failure?.class === 'host' ? failure : LINK_NOT_APPLIED;
  const lastAttempt = now.memory.attempts.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (step.at.monotonicMs - lastAttempt >= HOST_FAULT_REST_MS) return afterFailure(now, byHost, step);
  return enter(withFailure(now, byHost, step.at), { ...phase }, step.at);
}

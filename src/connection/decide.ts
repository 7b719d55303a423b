// decide(): what the connection becomes when something happens. Pure: no clock, no randomness, nothing awaited; the runner does the rest.

import type { Failure } from '../modem/errors/failure.ts';
import type { Moment } from '../system/clock.ts';
import type { Connection, ConnectionEvent, Phase } from './connection.ts';
import { afterFailedRung, afterFailedUnlock, afterFailure } from './events/after-failure.ts';
import { modemOf, onFacts, settledLook } from './events/on-facts.ts';
import { beginSession, proveSession } from './events/session.ts';
import { cautious, linkOf, penalised, relinked } from './link/link-for.ts';
import { learnPathMtu, withoutStalePathMtu } from './link/path-mtu.ts';
import { place, towardsConnecting } from './phase-for.ts';
import type { Policy } from './policy.ts';
import { fits } from './schedule/apn-tries.ts';
import { climb, onRung } from './schedule/ladder.ts';
import { endSession, enter, withLearned, withOutage, withoutLink } from './steps.ts';

const CONFIGURATION_CHANGED = 'the configuration changed';

/** `ip` hung, or the keeper of the link has nothing to say. */
const LINK_NOT_APPLIED: Failure = {
  class: 'other',
  name: 'link-not-applied',
  text: '',
  meaning: 'the link could not be configured in time',
  advice: 'see what `ip` says: ip link; ip address; ip route',
};

/** Neither an interface nor an address came with it. */
const BEARER_UNUSABLE: Failure = {
  ...LINK_NOT_APPLIED,
  name: 'bearer-unusable',
  meaning: 'the bearer cannot be configured',
  advice: 'see the bearer with: mmcli -b any; try another connect.apn',
};

/** The connection after `event`. The same object, or one with the same `phase` or `link` object, means that what runs for it runs on. */
export function decide(now: Connection, event: ConnectionEvent, policy: Policy): Connection {
  if (now.phase.kind === 'stopping') return now;
  const { at, chance } = event;
  switch (event.kind) {
    case 'facts':
      return onFacts(now, event.facts, policy, at, chance);
    case 'elapsed':
      return onElapsed(now, policy, at, chance);
    case 'unlocked':
    case 'enabled':
    case 'climbed':
      return placeWhenChanged(now, policy, at);
    case 'bearerConnected':
      return onBearerConnected(now, event, policy);
    case 'linkLearned':
      return withLearned(now, event.learned);
    case 'linkApplied':
      return beginSession(now, policy, at);
    case 'linkFailed':
      return onLinkFailed(now, event.failure, policy, at, chance);
    case 'linkProven':
      return proveSession(now, event.proof, policy);
    case 'linkDead':
      return onLinkDead(now, event, policy);
    case 'pathMtu':
      return learnPathMtu(now, event, policy);
    case 'failed':
      return onFailed(now, event, policy);
    case 'modemManagerHung':
      return onHung({ ...now, hung: true }, policy, at);
    case 'reconfigured':
      return onReconfigured(now, event.relevant, policy, at);
    case 'stop':
      return onStop(now, !event.keepLink && policy.onStop === 'disconnect', at);
  }
}

/** What is connected, or about to be since ModemManager goes on connecting without us, is disconnected. */
function onStop(now: Connection, disconnect: boolean, at: Moment): Connection {
  const ours = now.link !== undefined || now.phase.kind === 'connecting';
  const modem = ours ? modemOf(now.facts) : undefined;
  return enter({ ...now, link: disconnect ? undefined : now.link }, { kind: 'stopping', modem, disconnect }, at);
}

function onElapsed(now: Connection, policy: Policy, at: Moment, chance: number): Connection {
  const { phase } = now;
  switch (phase.kind) {
    case 'absent':
      return onStillAbsent(now, phase, policy, at);
    case 'riding':
      // ModemManager is back and the modem is not: nothing is left to ride. Without ModemManager it goes on being called for.
      return now.facts.kind === 'no-modem' ? place(now, policy, at) : enter(now, { ...phase }, at);
    case 'settling':
      return onStillSettling(now, phase, policy, at);
    case 'registering':
      return towardsConnecting(now, phase.modem, policy, at, at.monotonicMs);
    case 'configuring':
      return afterFailure(now, LINK_NOT_APPLIED, policy, at, chance);
    case 'blocked':
      return onStillBlocked(now, phase.failure, policy, at);
    case 'waiting':
    case 'unlocking':
      return place(now, policy, at);
    case 'enabling':
    case 'connecting':
    case 'online':
    case 'recovering':
    case 'stopping':
      return now;
  }
}

type In<K extends Phase['kind']> = Extract<Phase, { kind: K }>;

/** Nobody but a person can choose between modems. The others are waited for again when there is nothing to climb. */
function onStillAbsent(now: Connection, phase: In<'absent'>, policy: Policy, at: Moment): Connection {
  if (phase.missing === 'choice') return now;
  const from = phase.missing === 'modem' && now.device !== undefined ? 'reauthorise-usb' : 'restart-modemmanager';
  return climb(now, from, `no ${phase.missing}`, policy, at) ?? enter(now, { ...phase }, at);
}

/** A connect or disconnect that does not end is cancelled by disconnecting; other states that do not end need the modem restarted. */
function onStillSettling(now: Connection, phase: In<'settling'>, policy: Policy, at: Moment): Connection {
  const { state } = phase.modem;
  const inSession = state === 'connecting' || state === 'disconnecting' || state === 'connected';
  const cause = `ModemManager leaves the modem ${state}`;
  const climbing = climb(now, inSession ? 'reconnect' : 'reset-modem', cause, policy, at);
  if (climbing !== undefined) return climbing;
  return state === 'connected' ? onRung(now, 'reconnect', cause, at) : enter(now, { ...phase }, at);
}

/** A modem that failed for no fault of its SIM stays so until it is restarted; whatever else blocks is looked at again. */
function onStillBlocked(now: Connection, failure: Failure, policy: Policy, at: Moment): Connection {
  const failed = modemOf(now.facts)?.state === 'failed' && failure.class === 'other';
  return (failed ? climb(now, 'reset-modem', failure.meaning, policy, at) : undefined) ?? place(now, policy, at);
}

/** Our call succeeded, and the facts that follow from it may still be on their way: they are waited for, not asked twice. */
function placeWhenChanged(now: Connection, policy: Policy, at: Moment): Connection {
  const { phase } = now;
  if (phase.kind !== 'unlocking' && phase.kind !== 'enabling' && phase.kind !== 'recovering') return now;
  const modem = modemOf(now.facts);
  const unchanged = modem !== undefined && phase.modem !== undefined && settledLook(phase.modem) === settledLook(modem);
  const mustChange = phase.kind !== 'recovering' || modem?.state === 'connected';
  return unchanged && mustChange ? enter(now, { kind: 'settling', modem }, at) : place(now, policy, at);
}

function onBearerConnected(
  now: Connection,
  event: Extract<ConnectionEvent, { kind: 'bearerConnected' }>,
  policy: Policy,
): Connection {
  if (now.phase.kind !== 'connecting') return now;
  const memory = withoutStalePathMtu(now.memory, event.at);
  const link = linkOf(event.bearer, event.offer.apn, policy, memory);
  if (link === undefined) return afterFailure(now, BEARER_UNUSABLE, policy, event.at, event.chance);
  const begun: Connection = { ...now, memory, link: cautious(link, now.outage, policy), distrusted: undefined };
  return enter(begun, { kind: 'configuring', modem: now.phase.modem, adopted: false }, event.at);
}

/** The kernel refused a link that is being put up, or a change of one that is up; the latter is tried once more, for `ip` may have raced. */
function onLinkFailed(now: Connection, failure: Failure, policy: Policy, at: Moment, chance: number): Connection {
  if (now.phase.kind === 'configuring') return afterFailure(now, failure, policy, at, chance);
  if (now.phase.kind !== 'online') return now;
  return enter(now, { kind: 'configuring', modem: now.phase.modem, adopted: now.phase.adopted }, at);
}

function onLinkDead(
  now: Connection,
  { why, at, silentMs = 0 }: Extract<ConnectionEvent, { kind: 'linkDead' }>,
  policy: Policy,
): Connection {
  const { phase, link } = now;
  if (phase.kind === 'riding') return place(withoutLink(now, why, at), policy, at);
  if (phase.kind !== 'online' && phase.kind !== 'configuring') return withoutLink(now, why, at);
  const since = { monotonicMs: at.monotonicMs - silentMs, wallMs: at.wallMs - silentMs };
  const ended = endSession(withOutage(now, why, since), why, at);
  const dead: Connection = {
    ...ended,
    outage: ended.outage && { ...ended.outage, dead: true },
    distrusted: link?.bearer.path,
    link: link && penalised(link, policy),
  };
  return (
    climb(dead, now.hung ? 'restart-modemmanager' : 'reconnect', why, policy, at) ??
    place({ ...dead, link: undefined }, policy, at)
  );
}

function onFailed(now: Connection, event: Extract<ConnectionEvent, { kind: 'failed' }>, policy: Policy): Connection {
  switch (now.phase.kind) {
    case 'unlocking':
      return afterFailedUnlock(now, event.failure, policy, event.at);
    case 'recovering':
      return afterFailedRung(now, event.failure, policy, event.at, event.chance);
    case 'enabling':
    case 'connecting':
      return afterFailure(now, event.failure, policy, event.at, event.chance);
    case 'absent':
    case 'riding':
    case 'settling':
    case 'blocked':
    case 'registering':
    case 'waiting':
    case 'configuring':
    case 'online':
    case 'stopping':
      return now;
  }
}

/** A ModemManager that does not answer is restarted, unless the link carries traffic without it: a restart would reset the session. */
function onHung(now: Connection, policy: Policy, at: Moment): Connection {
  if (now.phase.kind === 'online' || now.phase.kind === 'recovering') return now;
  return climb(now, 'restart-modemmanager', 'ModemManager does not answer', policy, at) ?? now;
}

/**
 * A change for the link is applied to it and to nothing else. One for the session makes waiting pointless, and leaves alone what fits;
 * what is already on its way at ModemManager under the old settings is ended there first, so that two are never under way.
 */
function onReconfigured(
  now: Connection,
  relevant: 'nothing' | 'link' | 'session' | 'modem',
  policy: Policy,
  at: Moment,
): Connection {
  if (relevant === 'nothing') return now;
  const applied = now.link === undefined ? now : { ...now, link: relinked(now.link, policy, now.memory) };
  if (relevant === 'link') return applied;
  const { holdUntil: _, ...memory } = now.memory;
  const fresh: Connection = { ...applied, offer: 0, memory: { ...memory, failures: 0, refusedRounds: 0 } };
  switch (now.phase.kind) {
    case 'recovering':
    case 'unlocking':
    case 'enabling':
    case 'riding':
    case 'stopping':
      return fresh;
    case 'connecting':
      return onRung(fresh, 'reconnect', CONFIGURATION_CHANGED, at);
    case 'absent':
    case 'settling':
    case 'blocked':
    case 'registering':
    case 'waiting':
    case 'configuring':
    case 'online':
      if (now.link === undefined) return place(fresh, policy, at);
      if (fits(now.link.bearer, policy, now)) return fresh;
      return onRung(endSession(fresh, CONFIGURATION_CHANGED, at), 'reconnect', CONFIGURATION_CHANGED, at);
  }
}

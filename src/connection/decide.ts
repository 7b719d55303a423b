// decide(): what the connection becomes when something happens. Pure: no clock, no randomness, nothing awaited; the runner does the rest.
import type { Moment } from '../system/clock.ts';
import { afterFailedRung, afterFailedUnlock, afterFailure, climb } from './after-failure.ts';
import type { Connection, ConnectionEvent } from './connection.ts';
import { linkOf, penalised, sameLink } from './link.ts';
import { fits } from './offers.ts';
import { modemOf, onFacts, settledLook } from './on-facts.ts';
import { enter, place, towardsConnecting } from './place.ts';
import type { Policy } from './policy.ts';
import { beginSession, endSession, loseSession, proveSession, withOutage } from './session.ts';

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
    case 'linkApplied':
      return beginSession(now, at);
    case 'linkFailed':
      return now.phase.kind === 'configuring' ? afterFailure(now, event.failure, policy, at, chance) : now;
    case 'linkProven':
      return proveSession(now, event.proof, policy);
    case 'linkDead':
      return onLinkDead(now, event.why, policy, at);
    case 'failed':
      return onFailed(now, event, policy);
    case 'modemManagerHung':
      return onHung({ ...now, hung: true }, policy, at);
    case 'reconfigured':
      return onReconfigured(now, event.relevant, policy, at);
    case 'stop': {
      const disconnect = !event.keepLink && policy.onStop === 'disconnect';
      const modem = now.facts.kind === 'modem' && now.link !== undefined ? now.facts.modem : undefined;
      return enter({ ...now, link: disconnect ? undefined : now.link }, { kind: 'stopping', modem, disconnect }, at);
    }
  }
}

function onElapsed(now: Connection, policy: Policy, at: Moment, chance: number): Connection {
  const { phase } = now;
  switch (phase.kind) {
    case 'absent':
      return (
        climb(
          now,
          phase.missing === 'modem' && now.device !== undefined ? 'reauthorise-usb' : 'restart-modemmanager',
          `no ${phase.missing}`,
          policy,
          at,
        ) ?? now
      );
    case 'settling':
      return (
        climb(now, 'reset-modem', `ModemManager leaves the modem ${phase.modem.state}`, policy, at) ??
        enter(now, { ...phase }, at)
      );
    case 'registering':
      return towardsConnecting(now, phase.modem, policy, at, at.monotonicMs);
    case 'configuring':
      return loseSession(
        { ...now, sessionSince: now.sessionSince ?? at },
        'the link could not be configured',
        policy,
        at,
        chance,
      );
    case 'blocked':
    case 'waiting':
      return place(now, policy, at);
    case 'riding':
    case 'unlocking':
    case 'enabling':
    case 'connecting':
    case 'online':
    case 'recovering':
    case 'stopping':
      return now;
  }
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
  const link = linkOf(event.bearer, event.offer.apn, policy);
  if (link === undefined) return now;
  const { modem } = now.phase;
  const kept = sameLink(now.link, link) ? now.link : link;
  const same = kept !== undefined && kept === now.link ? { ...kept, bearer: event.bearer } : link;
  return enter({ ...now, link: same, distrusted: undefined }, { kind: 'configuring', modem, adopted: false }, event.at);
}

function onLinkDead(now: Connection, why: string, policy: Policy, at: Moment): Connection {
  const { phase, link } = now;
  if (phase.kind === 'riding') return place({ ...endSession(now, why, at), link: undefined }, policy, at);
  if (phase.kind !== 'online' && phase.kind !== 'configuring') return { ...endSession(now, why, at), link: undefined };
  const dead: Connection = {
    ...endSession(withOutage(now, why, at), why, at),
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
      return afterFailedUnlock(now, event.failure, event.at);
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

function onReconfigured(
  now: Connection,
  relevant: 'nothing' | 'link' | 'session' | 'modem',
  policy: Policy,
  at: Moment,
): Connection {
  if (relevant === 'nothing') return now;
  const { holdUntil: _, ...memory } = now.memory;
  const fresh: Connection = { ...now, offer: 0, memory: { ...memory, failures: 0, refusedRounds: 0 } };
  if (now.link === undefined) return now.phase.kind === 'recovering' ? fresh : place(fresh, policy, at);
  const link = linkOf(now.link.bearer, now.link.apn, policy);
  const relinked = sameLink(link, now.link) ? now.link : link;
  if (relevant === 'link' || fits(now.link.bearer, policy, memory)) return { ...fresh, link: relinked };
  return climb(fresh, 'reconnect', 'the configuration changed', policy, at) ?? fresh;
}

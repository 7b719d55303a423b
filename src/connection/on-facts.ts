// What the connection becomes when ModemManager says something new: which changes leave what runs alone, and which lead to another phase. Pure.
import type { Modem, ModemState } from '../modem/objects.ts';
import type { Moment } from '../system/clock.ts';
import type { Connection, Facts, Phase } from './connection.ts';
import { linkOf, sameLink } from './link.ts';
import { place } from './place.ts';
import type { Policy } from './policy.ts';
import { endSession, loseSession } from './session.ts';

/** Modem states that a phase lives through; any other, another modem or none leads to place(). */
const LIVES_THROUGH: Readonly<
  Record<'unlocking' | 'enabling' | 'registering' | 'connecting', ReadonlySet<ModemState>>
> = {
  unlocking: new Set(['locked']),
  enabling: new Set(['disabled', 'enabling']),
  registering: new Set(['enabled', 'searching']),
  connecting: new Set(['enabled', 'searching', 'registered', 'connecting', 'connected', 'disconnecting']),
};

/** The connection after ModemManager said `facts`. What they do not concern runs on. */
export function onFacts(before: Connection, facts: Facts, policy: Policy, at: Moment, chance: number): Connection {
  const device = facts.kind === 'modem' ? facts.modem.device : before.device;
  const now: Connection = { ...before, facts, device, hung: false };
  const { phase } = now;
  switch (phase.kind) {
    case 'absent':
      return sameAbsence(before.facts, facts) ? now : place(now, policy, at);
    case 'riding':
      return facts.kind === 'modem' || facts.kind === 'ambiguous' ? place(now, policy, at) : now;
    case 'settling':
      return settledLook(phase.modem) === settledLook(modemOf(facts)) ? now : place(now, policy, at);
    case 'blocked':
      return personLook(modemOf(before.facts)) === personLook(modemOf(facts)) ? now : place(now, policy, at);
    case 'unlocking':
    case 'enabling':
    case 'registering':
    case 'connecting':
      return lives(phase, facts) ? now : place(endSessionOfLost(now, facts, at), policy, at);
    case 'waiting':
      return stillWaits(before.facts, facts) ? now : place(now, policy, at);
    case 'configuring':
    case 'online':
      return onFactsInSession(now, facts, policy, at, chance);
    case 'recovering':
    case 'stopping':
      return now;
  }
}

/** The modem in `facts`, if they name one. */
export function modemOf(facts: Facts): Modem | undefined {
  return facts.kind === 'modem' ? facts.modem : undefined;
}

/** A ridden session ends for good when the modem itself goes away while ModemManager is there to say so. */
function endSessionOfLost(now: Connection, facts: Facts, at: Moment): Connection {
  return facts.kind === 'no-modem' ? endSession(now, 'the modem disappeared', at) : now;
}

function sameAbsence(before: Facts, after: Facts): boolean {
  return before.kind === after.kind && after.kind !== 'modem' && JSON.stringify(before) === JSON.stringify(after);
}

/** What settling waits to see changed. */
export function settledLook(modem: Modem | undefined): string {
  return JSON.stringify([
    modem?.path,
    modem?.state,
    modem?.bearers.map((bearer) => [bearer.path, bearer.connected]),
    modem?.sim?.path,
  ]);
}

/** What a person changes: the modem, its SIM, its lock. Signal and registration are weather. */
function personLook(modem: Modem | undefined): string {
  const sim = modem?.sim;
  const up = modem === undefined || modem.state === 'failed' || modem.state === 'locked' ? modem?.state : 'up';
  return JSON.stringify([
    modem?.path,
    up,
    modem?.stateFailedReason,
    modem?.unlockRequired,
    modem?.unlockRetries['sim-pin'],
    sim?.path,
    sim?.identifier,
  ]);
}

function lives(phase: Extract<Phase, { kind: keyof typeof LIVES_THROUGH }>, facts: Facts): boolean {
  const modem = modemOf(facts);
  return modem !== undefined && modem.path === phase.modem.path && LIVES_THROUGH[phase.kind].has(modem.state);
}

/** Waiting is cut short by whatever makes it pointless: another modem, another state; registered → registered is none of these. */
function stillWaits(before: Facts, after: Facts): boolean {
  const [one, other] = [modemOf(before), modemOf(after)];
  return one !== undefined && other !== undefined && one.path === other.path && one.state === other.state;
}

function onFactsInSession(now: Connection, facts: Facts, policy: Policy, at: Moment, chance: number): Connection {
  const modem = modemOf(facts);
  if (modem === undefined) {
    const riding = facts.kind === 'no-modemmanager';
    return place(riding ? now : endSession(now, 'the modem disappeared', at), policy, at);
  }
  const bearer = modem.bearers.find((candidate) => candidate.path === now.link?.bearer.path && candidate.connected);
  if (bearer === undefined || now.link === undefined) {
    return loseSession({ ...now, sessionSince: now.sessionSince ?? at }, lossCause(modem), policy, at, chance);
  }
  const link = linkOf(bearer, now.link.apn, policy);
  const asNow = link === undefined || sameLink(link, linkOf(now.link.bearer, now.link.apn, policy));
  return asNow ? now : { ...now, link };
}

function lossCause(modem: Modem): string {
  return modem.state === 'registered' || modem.state === 'disconnecting'
    ? 'the bearer was dropped'
    : `the modem became ${modem.state}`;
}

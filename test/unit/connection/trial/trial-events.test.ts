// What the connection goes through, as evidence for or against the settings in force.
import { expect, test } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.ts';
import { decide } from '../../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../../src/connection/events/event.ts';
import type { Policy } from '../../../../src/connection/policy.ts';
import { couldPass, trialEventOf } from '../../../../src/connection/trial/trial-events.ts';
import {
  at,
  away,
  bearer,
  bearerConnected,
  connected,
  connecting,
  facts,
  failed,
  failureOf,
  following,
  type Happening,
  having,
  online,
  policy,
  proven,
  reachJudged,
  started,
} from '../builders.ts';

const NOTHING_ELSE = { modem: false, attach: false };

/** The evidence of one happening. */
function evidence(from: Connection, what: Happening, by: Policy = policy(), seconds = 10) {
  const event = { ...what, at: at(seconds), chance: 0.5 } as ConnectionEvent;
  return trialEventOf(from, decide(from, event, by), event);
}

const HUB = 'tls myhub.azure-devices.net:8883';
const through = following(online(), [reachJudged('through')], policy(), 5);

test('traffic in a session that was asked how far it gets is proof', () => {
  expect(evidence(online(), proven(10))).toBeUndefined();
  expect(evidence(online(), reachJudged('through'))).toMatchObject({ kind: 'passed' });
  expect(evidence(through, proven(10))).toMatchObject({ kind: 'passed' });
});

test('an APN on which the carrier answers and the destination does not counts as proven', () => {
  const shut = reachJudged('not-through', { destination: HUB });
  expect(evidence(online(), shut)).toBeUndefined();
  expect(evidence(following(online(), [shut]), proven(10))).toBeUndefined();
  const healed = reachJudged('through', { destination: HUB });
  expect(evidence(following(online(), [shut]), healed)).toMatchObject({ kind: 'passed' });
});

test('a change while the plan is used up counts as proven', () => {
  const shut = following(through, [reachJudged('not-through', { mayHeal: false })], policy(), 6);
  expect(evidence(shut, proven(10))).toBeUndefined();
  expect(evidence(shut, reachJudged('unclear'))).toBeUndefined();
});

test('a private network, or one of which nothing can be told, keeps a change on trial for ever', () => {
  expect(evidence(online(), reachJudged('not-through'))).toMatchObject({ kind: 'passed' });
  expect(evidence(online(), reachJudged('unclear'))).toMatchObject({ kind: 'passed' });
});

test('traffic while ModemManager is away proves nothing: the session may be of the settings before', () => {
  expect(evidence(following(through, [facts(away)]), proven(10))?.kind).not.toBe('passed');
});

test('a session that the change does not touch is proof, and one that it does touch is none', () => {
  const relevant = { kind: 'reconfigured', relevant: 'session' } as const;
  expect(evidence(through, relevant, policy({ apns: ['internet', 'second'] }))).toMatchObject({ kind: 'passed' });
  expect(evidence(through, relevant, policy({ apns: ['other'] }))).toBeUndefined();
  expect(evidence(through, { kind: 'reconfigured', relevant: 'link' }, policy({ mtu: 1300 }))).toBeUndefined();
});

test.each([
  ['apn', 27],
  ['auth', 29],
  ['subscription', 33],
] as const)('a refusal of class %s, cause %d, is of the settings, and is told with the APN', (kind, cause) => {
  expect(evidence(connecting(), failed(kind, cause))).toMatchObject({ kind: 'refused', class: kind, apn: 'internet' });
});

test.each([
  ['subscription', 3],
  ['sim-missing', undefined],
] as const)('a SIM that is refused as such (%s, cause %s) says nothing of the settings', (kind, cause) => {
  const now = following(connecting(), [failed(kind, cause)]);
  expect(evidence(connecting(), failed(kind, cause))?.kind).not.toBe('refused');
  expect(couldPass(now, 0, NOTHING_ELSE)).toBe(false);
});

test('of several APNs the first that is refused is no refusal of all', () => {
  const two = policy({ apns: ['internet', 'second'] });
  const one = connecting(two);
  expect(evidence(one, failed('apn', 27), two)).toBeUndefined();
});

test('a refusal that was written down before the program was killed is one', () => {
  const refused = following(connecting(), [failed('apn', 27)]);
  expect(evidence(started(refused.memory), facts(having()))).toMatchObject({ kind: 'refused', class: 'apn' });
});

test('an attempt that fails otherwise, and a link that dies, say nothing by themselves', () => {
  expect(evidence(connecting(), failed('timeout'))).toBeUndefined();
  expect(evidence(online(), { kind: 'linkDead', reason: 'nothing answers' })).toBeUndefined();
});

test('time counts while traffic could pass, and not without coverage, a SIM or an attempt', () => {
  expect(couldPass(online(), at().monotonicMs, NOTHING_ELSE)).toBe(true);
  expect(couldPass(connecting(), at().monotonicMs, NOTHING_ELSE)).toBe(true);
  const waits = following(connecting(), [failed('timeout')]);
  expect(couldPass(waits, at().monotonicMs, NOTHING_ELSE)).toBe(true);
  expect(couldPass(waits, at(60).monotonicMs, NOTHING_ELSE)).toBe(false);
  const searching = following(started(), [facts(having({ state: 'searching' }))]);
  expect(couldPass(searching, 0, NOTHING_ELSE)).toBe(false);
  expect(couldPass(searching, 0, { modem: false, attach: true })).toBe(true);
  const unplugged = following(started(), [facts({ kind: 'no-modem' })]);
  expect(couldPass(unplugged, 0, NOTHING_ELSE)).toBe(false);
  expect(couldPass(unplugged, 0, { modem: true, attach: false })).toBe(true);
});

test('a modem that is refused for good while it is connected is told without an APN of a try', () => {
  const told = { ...bearer(), connected: false, connectionError: failureOf('apn', 27) };
  const now = following(online(), [bearerConnected()]);
  expect(evidence(now, facts({ ...connected(told), kind: 'modem' } as never))).toMatchObject({ kind: 'refused' });
});

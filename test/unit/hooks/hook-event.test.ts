// Which changes the hooks are told of.
import { expect, test } from 'vitest';
import { hookEventsOf } from '../../../src/hooks/hook-event.ts';
import {
  at,
  bearer,
  bearerConnected,
  connected,
  connecting,
  facts,
  failed,
  following,
  type Happening,
  having,
  online,
  policy,
  proven,
  started,
  unplugged,
} from '../connection/builders.ts';

test('the first proof of a session is online, and the next ones are no news', () => {
  const unproven = following(connecting(), [bearerConnected()]);
  expect(hookEventsOf(unproven, online())).toEqual(['online']);
  expect(hookEventsOf(online(), following(online(), [proven(60)]))).toEqual([]);
});

test('a bearer that is dropped is offline, once', () => {
  const lost = following(online(), [facts(having())]);
  expect(hookEventsOf(online(), lost)).toEqual(['offline']);
  expect(hookEventsOf(lost, following(lost, [{ kind: 'phaseTimedOut' }]))).toEqual([]);
});

test.each<[how: string, happens: readonly Happening[]]>([
  ['the first attempt fails', [facts(having()), failed('timeout')]],
  ['there is no modem for two minutes', [facts(unplugged), { kind: 'phaseTimedOut' }]],
])('a board without a link since its start is offline, once %s, and online with the first proof', (_how, happens) => {
  const waiting = following(started(), happens.slice(0, 1));
  expect(hookEventsOf(started(), waiting)).toEqual([]);
  const offline = following(waiting, happens.slice(1), policy(), 120);
  expect(hookEventsOf(waiting, offline)).toEqual(['offline']);
  const up = [facts(connected(bearer())), { kind: 'linkApplied' } as const];
  const still = following(offline, [{ kind: 'climbed' }, ...up], policy(), 130);
  expect(hookEventsOf(offline, still)).toEqual([]);
  expect(hookEventsOf(still, following(still, [proven(140)], policy(), 140))).toEqual(['online']);
});

test('what only a person can mend is blocked', () => {
  const blocked = following(connecting(), [failed('subscription')]);
  expect(blocked.phase.kind).toBe('blocked');
  expect(hookEventsOf(started(), blocked)).toContain('blocked');
});

test('a take-over is told once for both families, and given-back when neither is taken over', () => {
  const dead = { family: 4, interface: 'eth0', metric: 100 } as const;
  const taken = { since: at(), from: dead, bytes: 0, counted: 0 };
  const before = online();
  const over4 = { ...before, uplinks: { ...before.uplinks, 4: { ...before.uplinks[4], taken } } };
  const overBoth = { ...over4, uplinks: { ...over4.uplinks, 6: { ...before.uplinks[6], taken } } };
  expect(hookEventsOf(before, over4)).toEqual(['taken-over']);
  expect(hookEventsOf(over4, overBoth)).toEqual([]);
  expect(hookEventsOf(overBoth, before)).toEqual(['given-back']);
});

// Which changes the hooks are told of.
import { expect, test } from 'vitest';
import { hookEventsOf } from '../../../src/hooks/hook-event.ts';
import {
  bearerConnected,
  connecting,
  facts,
  failed,
  following,
  having,
  online,
  proven,
  started,
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

test('what only a person can mend is blocked', () => {
  const blocked = following(connecting(), [failed('subscription')]);
  expect(blocked.phase.kind).toBe('blocked');
  expect(hookEventsOf(started(), blocked)).toContain('blocked');
});

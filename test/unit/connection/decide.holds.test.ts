// Holds and floors: whom a refusal binds, what outlives a restart, and that nothing spends an
// hour's attempts in minutes.
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import { connecting, facts, failed, following, having, policy, sim, started } from './builders.ts';
import { elapsed, told } from './rows.ts';

const refused = (cause: number, by = policy(), changes: Parameters<typeof having>[0] = {}) =>
  following(following(started(), [facts(having(changes))], by), [failed('subscription', cause)], by);
const restarted = (from: Connection) => started(from.memory);

describe('a hold', () => {
  test('that was earned with another APN does not bind the right one after a restart', () => {
    const wrong = refused(33, policy({ apns: ['wrong'] }));
    expect(following(restarted(wrong), [facts(having())], policy({ apns: ['wrong'] })).phase.kind).toBe('waiting');
    expect(following(restarted(wrong), [facts(having())], policy({ apns: ['right'] })).phase.kind).toBe('connecting');
  });

  test('that was earned with another password does not bind the right one after a restart', () => {
    const by = (password: string) => policy({ connect: { user: 'u', password: { reveal: () => password } } });
    const wrong = refused(33, by('wrong'));
    expect(following(restarted(wrong), [facts(having())], by('wrong')).phase.kind).toBe('waiting');
    expect(following(restarted(wrong), [facts(having())], by('right')).phase.kind).toBe('connecting');
    expect(JSON.stringify(wrong.memory)).not.toContain('wrong');
  });

  test('is still told with its reason and its remedy after a restart', () => {
    const { phase, lastFailure } = following(restarted(refused(8)), [facts(having())]);
    expect(phase).toMatchObject({ kind: 'waiting', reason: 'subscription failure' });
    expect(lastFailure?.failure).toMatchObject({
      class: 'subscription',
      networkCause: 8,
      reason: 'subscription failure',
    });
  });

  test('of another subscription on the same SIM does not bind the new one', () => {
    const of = (imsi: string) => facts(having({ sim: { ...sim(), imsi } }));
    const held = following(started(), [of('001010123456789'), failed('subscription', 8)]);
    expect(held.phase.kind).toBe('blocked');
    expect(following(held, [of('002020987654321')]).phase.kind).toBe('connecting');
    expect(following(restarted(held), [of('002020987654321')]).phase.kind).toBe('connecting');
    expect(following(restarted(held), [of('001010123456789')]).phase.kind).toBe('waiting');
  });
});

describe('a refusal by one operator’s network', () => {
  const inA = { operatorCode: '00101' };
  const inB = { operatorCode: '00201' };

  test.each([11, 14])('(cause %i) does not keep from another one', (cause) => {
    const held = refused(cause, policy(), inA);
    expect(told(held)).toMatch(/^blocked/);
    const moved = following(held, [facts(having(inB))], policy(), 60);
    expect(moved.phase.kind).toBe('connecting');
    const back = following(restarted(moved), [facts(having(inA))], policy(), 100);
    expect(back.phase.kind).toBe('waiting');
    expect(back.phase.kind === 'waiting' && back.phase.untilMs - 1_000_000).toBeGreaterThan(800_000);
  });

  test('rests 15 minutes at first: a false cell can say it too', () => {
    const { phase, phaseSince } = refused(11, policy(), inA);
    expect(phase.kind === 'blocked' && (phase.untilMs ?? 0) - phaseSince.monotonicMs).toBe(15 * 60_000);
  });

  test('of the SIM itself binds in every network', () => {
    const held = refused(8, policy(), inA);
    expect(following(held, [facts(having(inB))], policy(), 60).phase).toBe(held.phase);
  });
});

describe('the attempts of an hour', () => {
  /** Attempts within `seconds` of a modem whose registration comes for 4 s and goes for 2 s. */
  function flapping(kind: Parameters<typeof failed>[0], by: ReturnType<typeof policy>, seconds: number): number[] {
    let now = connecting(by);
    const attempts = [0];
    for (let second = 1; second < seconds; second += 1) {
      const before = now.phase;
      if (now.phase.kind === 'connecting') now = following(now, [failed(kind)], by, second);
      const state = second % 6 < 4 ? 'registered' : 'searching';
      now = following(now, [facts(having({ state }))], by, second);
      const { phase } = now;
      if (phase.kind === 'waiting' && phase.untilMs <= 1_000_000 + second * 1000)
        now = following(now, [elapsed], by, second);
      if (now.phase.kind === 'connecting' && now.phase !== before) attempts.push(second);
      if (now.phase.kind === 'recovering') now = following(now, [{ kind: 'climbed' }], by, second);
    }
    return attempts;
  }

  test.each(['timeout', 'coverage', 'refused', 'other'] as const)(
    'are not spent in minutes by registration that comes and goes (%s)',
    (kind) => {
      const attempts = flapping(kind, policy(), 3_600);
      expect(attempts.filter((second) => second < 180).length).toBeLessThan(13);
      expect(attempts.length).toBeLessThanOrEqual(30);
      const gaps = attempts.slice(1).map((second, index) => second - (attempts[index] ?? 0));
      if (kind !== 'refused') expect(Math.max(...gaps)).toBeLessThan(600);
    },
  );

  test('a carrier that allows four an hour counts the attaches after rungs too', () => {
    const by = policy({ attemptsPerHour: 4 });
    const climbs = { 'cycle-radio': [990_000], 'reset-modem': [995_000] };
    const used = started({ climbs, attempts: [980_000, 985_000] });
    expect(following(used, [facts(having())], by).phase.kind).toBe('waiting');
  });

  test('what ModemManager refused as busy is none', () => {
    expect(following(connecting(), [failed('busy')]).memory.attempts).toEqual([]);
    expect(following(connecting(), [failed('timeout')]).memory.attempts).toHaveLength(1);
  });
});

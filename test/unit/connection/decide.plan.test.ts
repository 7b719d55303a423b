// What becomes of the connection when its data plan is used up, and when it is not any more.
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import { explain } from '../../../src/connection/words/explain.ts';
import { narrate } from '../../../src/connection/words/narrate.ts';
import { simFingerprint } from '../../../src/state/pins.ts';
import {
  at,
  away,
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
  sim,
  started,
  unplugged,
} from './builders.ts';
import { DaemonWorld } from './world/daemon-world.ts';
import { seeded } from './world/timeline.ts';

const elapsed: Happening = { kind: 'phaseTimedOut' };

const judged = (of: Connection, reason = 'data plan used up: 500 MB since 1 November'): Happening => ({
  kind: 'planJudged',
  usedUp: { sim: of.memory.sim ?? '', reason, remedy: 'raise data.limit' },
});
const freed: Happening = { kind: 'planJudged', usedUp: undefined };
const usedUp = (from = online()) => following(from, [judged(from)], policy(), 100);

describe('a data plan that is used up', () => {
  test('takes the link down, and says why', () => {
    const to = usedUp();
    expect(to.phase.kind).toBe('plan-used-up');
    expect(to.link).toBeUndefined();
    expect(to.outage?.reason).toBe('data plan used up: 500 MB since 1 November');
    expect(explain(to, at(100))).toMatchObject({ reason: to.outage?.reason, remedy: 'raise data.limit' });
    const because = { ...judged(to), at: at(100), chance: 0 } as Parameters<typeof narrate>[2];
    expect(narrate(online(), to, because)).toMatchObject({ level: 'warn', message: to.outage?.reason });
    expect(to.outage?.loss?.cause).toBe('plan-used-up');
  });

  test.each([
    ['configuring', following(connecting(), [bearerConnected()])],
    ['waiting for the next attempt', following(connecting(), [failed('timeout')])],
  ])('ends a phase that leads online: %s', (_what, from) => {
    expect(usedUp(from).phase.kind).toBe('plan-used-up');
  });

  test('has a connect that is under way cancelled at ModemManager first', () => {
    const from = usedUp(connecting());
    expect(from.phase).toMatchObject({ kind: 'recovering', rung: 'reconnect', to: 'reconnect' });
    expect(from.memory.climbs).toEqual({});
    expect(following(from, [{ kind: 'climbed' }], policy(), 101).phase.kind).toBe('plan-used-up');
    expect(following(from, [failed('timeout'), elapsed], policy(), 500).phase.kind).toBe('plan-used-up');
  });

  test('and is renewed at once, never leads to two connects under way', async () => {
    const world = new DaemonWorld(seeded(1));
    world.start();
    // The signals that tell of it are under way.
    expect(await world.time.advance(60_000, () => world.modem.connectsInFlight > 0)).toBe(true);
    world.usePlanUp(true);
    await world.time.advance(5);
    world.usePlanUp(false);
    expect(await world.time.advance(60_000, () => world.connection?.phase.kind === 'online')).toBe(true);
    expect(world.watch.violations).toEqual([]);
  });

  test('is no failure: no attempt, no rung, no end by time', () => {
    const from = usedUp();
    const states = (['disconnecting', 'registered', 'searching', 'enabled', 'registered'] as const).map((state) =>
      facts(having({ state })),
    );
    const later = following(from, [...states, elapsed, failed('timeout'), elapsed], policy(), 100_000);
    expect(later.phase).toBe(from.phase);
    expect(later.memory.attempts).toEqual(online().memory.attempts);
    expect(later.memory.failures).toBe(0);
    expect(later.memory.climbs).toEqual({});
  });

  test('ends a session that somebody else has begun', () => {
    const from = following(usedUp(), [facts(having())], policy(), 200);
    const other = following(from, [facts(connected(bearer()))], policy(), 201);
    expect(other.phase.kind).toBe('plan-used-up');
    expect(other.phase).not.toBe(from.phase);
    expect(other.link).toBeUndefined();
  });

  test.each([
    ['the modem is plugged in again', [facts(unplugged), facts(having({ state: 'disabled' })), { kind: 'enabled' }]],
    ['ModemManager comes back', [facts(away), facts(having({ state: 'disabled' })), { kind: 'enabled' }]],
    ['facts come', []],
  ] as const)('is not got round when %s', (_what, happenings) => {
    const to = following(usedUp(), [...happenings, facts(having())], policy(), 200);
    expect(to.phase.kind).toBe('plan-used-up');
    expect(to.memory.attempts).toEqual(online().memory.attempts);
  });

  test('a daemon that has just started adopts nothing', () => {
    const first = following(started(), [judged(started()), facts(connected(bearer()))]);
    expect(first.phase.kind).toBe('plan-used-up');
    expect(first.link).toBeUndefined();
  });

  test('without ModemManager the link is taken down all the same', () => {
    const riding = following(online(), [facts(away)], policy(), 50);
    expect(usedUp(riding)).toMatchObject({ phase: { kind: 'absent' }, link: undefined });
  });

  test('the same again changes nothing; other words replace the words', () => {
    const to = usedUp();
    expect(following(to, [judged(to)], policy(), 101)).toBe(to);
    expect(following(to, [judged(to, 'other words')], policy(), 101).phase).toMatchObject({
      kind: 'plan-used-up',
      usedUp: { reason: 'other words' },
    });
  });

  test('ends at once with the period or a higher limit', () => {
    const disconnected = following(usedUp(), [facts(having())], policy(), 101);
    const to = following(disconnected, [freed], policy(), 102);
    expect(to.phase.kind).toBe('connecting');
    expect(to.memory.failures).toBe(0);
  });

  test('does not bind another SIM', () => {
    const before = online();
    const bound = { ...before, memory: { ...before.memory, sim: simFingerprint('salt', '1') } };
    const from = following(bound, [judged(bound), facts(having({ sim: sim('1') }))], policy(), 100);
    expect(from.phase.kind).toBe('plan-used-up');
    const to = following(from, [facts(having({ sim: sim('2') }))], policy(), 200);
    expect(to.phase.kind).toBe('connecting');
    expect(following(to, [facts(having({ sim: sim('1') }))], policy(), 201).phase.kind).not.toBe('online');
  });
});

// A link that is alive and does not get through: what it costs, and what it never does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import { decide } from '../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../src/connection/events/event.ts';
import { HOUR_MS } from '../../../src/connection/schedule/attempts.ts';
import type { Judged } from '../../../src/network/reachability/reach/judge-reach.ts';
import {
  at,
  bearer,
  bearerConnected,
  connected,
  facts,
  following,
  having,
  online,
  policy,
  proven,
  reachJudged,
} from './builders.ts';

const HUB = 'tls myhub.azure-devices.net:8883';
const REASON = 'the carrier answers, nothing beyond it does';

const through = (changes: Partial<Judged> = {}) => reachJudged('through', changes);
const shut = (changes: Partial<Judged> = {}) => reachJudged('not-through', changes);
const wasThrough = following(online(), [through()], policy(), 5);

const next = bearer({ path: '/org/freedesktop/ModemManager1/Bearer/2' });

/** Connects again after a reconnect, as ModemManager and the carrier would have it. */
const reconnected = (now: Connection, seconds: number) =>
  following(
    now,
    [
      facts(having()),
      { kind: 'climbed' },
      bearerConnected(next),
      facts(connected(next)),
      { kind: 'linkApplied' },
      proven(seconds + 5),
    ],
    policy(),
    seconds,
  );

describe('an APN that led further before', () => {
  test('puts every other uplink first, and asks for one more session', () => {
    const now = following(wasThrough, [shut()], policy(), 100);
    expect(now.link?.wanted.metric).toBe(20_700);
    expect(now.phase).toMatchObject({ kind: 'recovering', rung: 'reconnect', to: 'reconnect', reason: REASON });
  });

  test('stays behind other uplinks in the next session, until traffic is seen to get through', () => {
    const again = reconnected(following(wasThrough, [shut()], policy(), 100), 101);
    expect([again.phase.kind, again.link?.wanted.metric]).toEqual(['online', 20_700]);
    const mended = following(again, [through()], policy(), 160);
    expect(mended.link?.wanted.metric).toBe(700);
    expect(mended.memory.incidents.at(-1)).toMatchObject({ seconds: 60, reason: REASON, endedBy: 'reconnect' });
  });

  test('keeps its session for the rest of the hour, and has one reconnect in the next', () => {
    const again = reconnected(following(wasThrough, [shut()], policy(), 100), 101);
    const later = following(again, [shut()], policy(), 1_000);
    expect([later.phase.kind, later.link?.wanted.metric]).toEqual(['online', 20_700]);
    expect(following(later, [shut()], policy(), 3_699).phase.kind).toBe('online');
    expect(following(later, [shut()], policy(), 3_701).phase.kind).toBe('recovering');
  });

  test('is not reconnected where the next attempt would have to wait for the ceiling', () => {
    const at100 = at(100).monotonicMs;
    const spent = { ...wasThrough, memory: { ...wasThrough.memory, attempts: Array(4).fill(at100) } };
    expect(following(spent, [shut()], policy({ attemptsPerHour: 4 }), 101).phase.kind).toBe('online');
  });

  test('a check that can tell nothing takes nothing back', () => {
    const again = reconnected(following(wasThrough, [shut()], policy(), 100), 101);
    const unsure = following(again, [reachJudged('unclear')], policy(), 200);
    expect(unsure.reach).toMatchObject({ verdict: 'not-through', since: at(100), checks: 2 });
    expect(unsure.link?.wanted.metric).toBe(20_700);
  });

  test('another APN has its own rank', () => {
    const elsewhere = { ...following(wasThrough, [shut({ mayHeal: false })], policy(), 100) };
    const other = bearer({ path: '/org/freedesktop/ModemManager1/Bearer/9', properties: { apn: 'iot' } });
    const moved = following(
      { ...elsewhere, link: undefined },
      [facts(connected(other))],
      policy({ apns: ['iot'] }),
      101,
    );
    expect(moved.link?.wanted.metric).toBe(700);
  });
});

describe('an APN that never led beyond the carrier, which may be a private network', () => {
  test('keeps its rank and its session', () => {
    const now = following(online(), [shut(), shut(), shut()], policy(), 5);
    expect([now.phase.kind, now.link?.wanted.metric, now.reach?.isFault]).toEqual(['online', 700, false]);
    expect(now.memory.incidents).toEqual([]);
  });

  test('comes after other uplinks where a destination is named that it does not lead to, and keeps its session', () => {
    const now = following(online(), [shut({ destination: HUB })], policy(), 5);
    expect([now.phase.kind, now.link?.wanted.metric]).toEqual(['online', 20_700]);
  });
});

test('a destination that is down while the internet answers costs no session', () => {
  const was = following(online(), [through({ destination: HUB, by: HUB })], policy(), 5);
  const down = following(was, [shut({ destination: HUB, mayHeal: false })], policy(), 100);
  expect([down.phase.kind, down.link?.wanted.metric]).toEqual(['online', 20_700]);
  const up = following(down, [through({ destination: HUB, by: HUB })], policy(), 160);
  expect(up.link?.wanted.metric).toBe(700);
  expect(up.memory.incidents.at(-1)).toMatchObject({ seconds: 60, endedBy: 'itself' });
});

test('the same verdict again replaces no link: a new one would cost its keeper a start', () => {
  const now = following(following(online(), [shut({ destination: HUB })], policy(), 5), [], policy());
  expect(following(now, [shut({ destination: HUB })], policy(), 60).link).toBe(now.link);
});

test('without a session the verdict is about nothing', () => {
  const away = following(wasThrough, [{ kind: 'factsChanged', facts: { kind: 'no-modem' } }], policy(), 50);
  expect(following(away, [shut()], policy(), 60)).toBe(away);
});

test('in no sequence of verdicts is the ladder climbed, or the session ended more than once an hour', () => {
  const verdict = fc.record({
    verdict: fc.constantFrom<Judged['verdict']>('through', 'not-through', 'not-through', 'unclear'),
    destination: fc.constantFrom('', HUB),
    mayHeal: fc.boolean(),
    afterSeconds: fc.integer({ min: 10, max: 2_000 }),
  });
  fc.assert(
    fc.property(fc.array(verdict, { maxLength: 60 }), (verdicts) => {
      let now = online();
      let seconds = 10;
      const reconnects: number[] = [];
      for (const { afterSeconds, verdict: said, ...rest } of verdicts) {
        seconds += afterSeconds;
        const event = { ...reachJudged(said, rest), at: at(seconds), chance: 0.5 } as ConnectionEvent;
        now = decide(now, event, policy());
        if (now.phase.kind === 'online') continue;
        expect(now.phase).toMatchObject({ kind: 'recovering', rung: 'reconnect', to: 'reconnect' });
        reconnects.push(at(seconds).monotonicMs);
        now = reconnected(now, seconds + 1);
        expect(now.phase.kind).toBe('online');
        seconds += 8;
      }
      expect(now.memory.climbs).toEqual({});
      expect(reconnects.every((ms, index) => index === 0 || ms - (reconnects[index - 1] ?? 0) >= HOUR_MS)).toBe(true);
      expect(now.outage?.climbed ?? []).toEqual([]);
    }),
  );
});

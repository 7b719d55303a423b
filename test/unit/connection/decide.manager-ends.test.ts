// A ModemManager that ends again and again.
import { expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import { decide } from '../../../src/connection/decide.ts';
import { narrate } from '../../../src/connection/words/narrate.ts';
import { at, away, facts, following, having, online, policy, started, unplugged } from './builders.ts';

/** ModemManager comes with its modem and is gone `everySeconds` later, `times` times. */
function ending(times: number, everySeconds: number, from = started()): Connection {
  let now = from;
  for (let time = 0; time < times; time += 1) {
    const seconds = time * everySeconds;
    now = following(now, [facts(having({ state: 'disabled' }))], policy(), seconds);
    now = following(now, [facts(away)], policy(), seconds + everySeconds / 2);
  }
  return now;
}

const said = (connection: Connection, seconds: number) => {
  const because = { kind: 'phaseTimedOut', at: at(seconds), chance: 0 } as const;
  return narrate(started(), connection, because);
};

test('one that has ended three times is told with its number, and where to look', () => {
  expect(said(ending(2, 3), 5)?.message).not.toMatch(/has ended/);
  const line = said(ending(11, 3), 33);
  expect(line?.message).toMatch(/^ModemManager has ended 11 times in 30 s; ModemManager is not on the system bus/);
  expect(line?.fields.remedy).toMatch(/journalctl -u ModemManager.*mmcli --version/);
});

test('it is called for, enabled and connected ever later', () => {
  expect(ending(3, 3).phase).not.toHaveProperty('callMs');
  const rests = [4, 5, 6, 7, 8, 20].map((times) => {
    const { phase, phaseSince } = ending(times, 3);
    return phase.kind === 'absent' ? (phase.callMs ?? 0) - phaseSince.monotonicMs : undefined;
  });
  expect(rests).toEqual([2_000, 5_000, 10_000, 20_000, 30_000, 30_000]);
  for (const state of ['disabled', 'registered'] as const) {
    const back = following(ending(8, 3), [facts(having({ state }))], policy(), 30);
    expect(back.phase).toMatchObject({ kind: 'waiting', reason: expect.stringMatching(/has ended 8 times in 21 s/) });
  }
});

test('a session that lives on without it is left alone', () => {
  const riding = ending(0, 3, online());
  const ridden = following(riding, [facts(away), facts(unplugged), facts(away), facts(unplugged), facts(away)]);
  expect(ridden.phase.kind).toBe('riding');
  expect(ridden.link).toBe(riding.link);
});

test('one that has gone on for ten minutes works again', () => {
  const now = following(ending(8, 3), [facts(having({ state: 'registered' }))], policy(), 24 + 600);
  expect(now.phase.kind).toBe('connecting');
  expect(said(now, 24 + 600)?.message).not.toMatch(/has ended/);
  const again = following(now, [facts(away)], policy(), 24 + 601);
  expect(again.managerEnds.count).toBe(1);
});

test('our own restarts of it are not counted', () => {
  const gone = following(started(), [facts(away)]);
  const climbing = decide(gone, { kind: 'phaseTimedOut', at: at(130), chance: 0 }, policy());
  expect(climbing.phase).toMatchObject({ kind: 'recovering', rung: 'restart-modemmanager' });
  const restarted = following(climbing, [facts(unplugged), facts(away)], policy(), 131);
  expect(restarted.managerEnds.count).toBe(0);
});

test('its coming without the modem at first is no news', () => {
  const riding = following(online(), [facts(away)]);
  const because = { kind: 'phaseTimedOut', at: at(1), chance: 0 } as const;
  expect(narrate(online(), riding, because)?.level).toBe('warn');
  expect(narrate(riding, following(riding, [facts(unplugged)]), because)?.level).toBe('debug');
});

// The watch over better uplinks on a stepped clock, with what it finds decided as in the daemon.
import { expect, test } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.ts';
import { decide } from '../../../../src/connection/decide.ts';
import type { BetterWay, WayVerdict } from '../../../../src/connection/uplinks/better-ways.ts';
import type { Uplink } from '../../../../src/network/uplinks.ts';
import { watchUplinks } from '../../../../src/runner/uplinks/watch-uplinks.ts';
import { online, policy, START_MS, WALL_MS } from '../../connection/builders.ts';
import { silentLog } from '../../silent-log.ts';
import { SteppedClock } from '../../stepped-clock.ts';

const MINUTE_MS = 60_000;
const eth0: Uplink = { family: 4, interface: 'eth0', metric: 100, usable: true };
const ours: Uplink = { family: 4, interface: 'wwan0', metric: 700, usable: true };

/** A board that is online, whose uplinks answer as `answers` says at each question. */
function board({ uplinks = [eth0, ours] as readonly Uplink[], isOn = true, chance = (): number => 0 } = {}) {
  const clock = new SteppedClock(START_MS, WALL_MS);
  const by = policy({ takeOver: isOn });
  const host = {
    uplinks,
    answers: (_way: BetterWay): WayVerdict => 'answers',
    reaches: true,
    asked: 0,
    linkAsked: 0,
    changed: () => {},
    connection: online(by) as Connection,
    moves: [] as number[],
  };
  const ended = new AbortController();
  const run = watchUplinks(
    {
      clock,
      log: silentLog,
      commands: {
        run: () => Promise.resolve('[{"gateway":"192.168.1.1","prefsrc":"192.168.1.2"}]'),
        follow: () => Promise.reject(new Error('not asked for')),
      },
      counters: () => Promise.resolve(undefined),
      asker: {
        ask: async (way, signal) => {
          host.asked += 1;
          const verdict = host.answers(way);
          if (verdict === 'silent') await clock.sleep(3_000, signal);
          return verdict;
        },
        linkReaches: () => {
          host.linkAsked += 1;
          return Promise.resolve(host.reaches);
        },
      },
      connection: () => host.connection,
      chance,
      ownInterfaces: () => ['wwan0'],
      settings: () => ({ isOn, metric: 700 }),
      kernel: {
        uplinks: () => Promise.resolve(host.uplinks),
        listen: (_interest, changed) => {
          host.changed = changed;
        },
      },
      happened: (what) => {
        const before = host.connection.uplinks[4].taken;
        host.connection = decide(host.connection, { ...what, at: clock.now(), chance: 0.5 }, by);
        const { taken } = host.connection.uplinks[4];
        if ((before === undefined) !== (taken === undefined)) host.moves.push(clock.now().monotonicMs);
      },
    },
    ended.signal,
  );
  const end = async () => {
    ended.abort();
    await run;
  };
  return { host, clock, end, isTaken: () => host.connection.uplinks[4].taken !== undefined };
}

test('a death is found within 35 s, at whatever moment it comes', async () => {
  for (const afterMs of [0, 1, 7_000, 19_999]) {
    const { host, clock, end, isTaken } = board();
    await clock.step(40_000 + afterMs);
    host.answers = () => 'silent';
    await clock.step(35_000);
    expect(isTaken()).toBe(true);
    await end();
  }
});

test('three silent rounds are bad luck', async () => {
  const { host, clock, end } = board();
  let asked = 0;
  host.answers = () => {
    asked += 1;
    return asked % 4 === 0 ? 'answers' : 'silent';
  };
  await clock.step(60 * MINUTE_MS);
  expect(host.moves).toEqual([]);
  expect(host.linkAsked).toBe(0);
  await end();
});

test('ethernet answers again: it goes first after 2 to 2.5 minutes', async () => {
  const { host, clock, end, isTaken } = board();
  host.answers = () => 'silent';
  await clock.step(10 * MINUTE_MS);
  host.answers = () => 'answers';
  await clock.step(2 * MINUTE_MS);
  expect(isTaken()).toBe(true);
  await clock.step(MINUTE_MS / 2);
  expect(isTaken()).toBe(false);
  await end();
});

test('both are dead: LTE is asked ever more rarely, and at once when it has a new session', async () => {
  const { host, clock, end, isTaken } = board();
  host.answers = () => 'silent';
  host.reaches = false;
  await clock.step(60 * MINUTE_MS);
  expect(host.linkAsked).toBeLessThan(15);
  host.reaches = true;
  host.connection = { ...host.connection, sessionSince: clock.now() };
  host.changed();
  await clock.step(5_000);
  expect(isTaken()).toBe(true);
  await end();
});

test('a cable that is unplugged and leaves its route behind is dead without being asked', async () => {
  const { host, clock, end, isTaken } = board({ uplinks: [{ ...eth0, usable: false }, ours] });
  await clock.step(15_000);
  expect(isTaken()).toBe(true);
  expect(host.asked).toBe(0);
  await end();
});

test('network.take-over: off asks nobody', async () => {
  const { host, clock, end } = board({ isOn: false });
  host.answers = () => 'silent';
  await clock.step(10 * MINUTE_MS);
  expect(host.asked).toBe(0);
  await end();
});

test('a VPN, and what comes after LTE, are not asked', async () => {
  const { host, clock, end } = board({
    uplinks: [{ ...eth0, interface: 'wg0', metric: 50 }, { ...eth0, metric: 800 }, ours],
  });
  await clock.step(10 * MINUTE_MS);
  expect(host.asked).toBe(0);
  await end();
});

/** Numbers from 0 to 1 (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * With 5 % of the packets lost in each direction a question is lost in 9.75 %, if nothing is sent
 * again, and a round when both are.
 */
const LOST_ROUND = (1 - 0.95 ** 2) ** 2;

test('an hour of 5 % loss moves nothing, in 40 of 40 hours', async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const { host, clock, end } = board();
    const chance = random(seed);
    host.answers = () => (chance() < LOST_ROUND ? 'silent' : 'answers');
    await clock.step(60 * MINUTE_MS);
    expect(host.moves).toEqual([]);
    await end();
  }
});

test('an uplink that dies and heals every minute moves the route a few times an hour at most', async () => {
  const { host, clock, end } = board();
  host.answers = () => (Math.floor((clock.now().monotonicMs - START_MS) / MINUTE_MS) % 2 === 0 ? 'answers' : 'silent');
  await clock.step(6 * 60 * MINUTE_MS);
  for (const [index, at] of host.moves.entries())
    expect(at - (host.moves[index - 2] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(5 * MINUTE_MS);
  expect(host.moves.length).toBeLessThanOrEqual(12);
  await end();
});

test('boards that began together are not asked for in step', async () => {
  const first = board({ chance: () => 0 });
  const second = board({ chance: () => 0.8 });
  for (const { clock } of [first, second]) await clock.step(600_000);
  // Every 20 s and every 16 s, the first at once.
  expect([first.host.asked, second.host.asked]).toEqual([31, 38]);
  await Promise.all([first.end(), second.end()]);
});

test('the last answer before ethernet goes first again is of that moment', async () => {
  const { host, clock, end } = board();
  host.answers = () => 'silent';
  await clock.step(10 * MINUTE_MS);
  host.answers = () => 'answers';
  let asked = 0;
  while (host.moves.length === 1) {
    asked = host.asked;
    await clock.step(1_000);
    // Something else of the routes changes meanwhile, each second.
    host.changed();
  }
  expect(host.asked).toBe(asked + 1);
  await end();
});

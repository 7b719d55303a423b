// Watching traffic on a stepped clock: counters and rounds are the test's.

import { afterEach, expect, test } from 'vitest';
import { type Found, found } from '../../../../src/codes/codes.ts';
import type { Counters } from '../../../../src/network/reachability/counters.ts';
import type { ProbeResult } from '../../../../src/network/reachability/probe/probe.ts';
import { watchTraffic } from '../../../../src/runner/link-keeper/watch-traffic.ts';
import type { Happening } from '../../../../src/runner/runner.ts';
import { warningSentence } from '../../../../src/status/why.ts';
import { online } from '../../connection/builders.ts';
import { silentLog } from '../../silent-log.ts';
import { SteppedClock, settled } from '../../stepped-clock.ts';

const NOTHING = { memory: { answered: [], contradicted: {} }, bytes: 200 };
const alive: ProbeResult = { ...NOTHING, verdict: 'alive', by: 'dns 10.0.0.53', roundTripMs: 40 };
const silent: ProbeResult = {
  ...NOTHING,
  verdict: 'silent',
  tried: [{ by: 'dns 10.0.0.53', outcome: 'silent', detail: 'no answer', tookMs: 3_000 }],
};
const unclear = (obstacle?: Found): ProbeResult => ({ ...NOTHING, verdict: 'unclear', tried: [], obstacle });

let stop: AbortController;
afterEach(() => stop.abort());

function watching({ hasArp = false, idleMs = 300_000 } = {}) {
  stop = new AbortController();
  const clock = new SteppedClock();
  const link = online().link;
  if (link === undefined) throw new Error('no link');
  const state = {
    counters: { rxBytes: 0, rxPackets: 0, txBytes: 0, hasArp } as Counters | undefined,
    result: alive as ProbeResult,
    mayProbeIdle: true,
    isQuiet: false,
    hasAnswered: true,
    hints: [] as string[],
    obstacles: [] as readonly string[],
  };
  const rounds: number[] = [];
  const told: string[] = [];
  const dead: { reason: string; silentMs?: number }[] = [];
  const emit = (what: Happening) => {
    told.push(what.kind === 'linkProven' ? `proven by ${what.proof.by}` : what.kind);
    if (what.kind === 'linkDead') dead.push(what);
  };
  const running = watchTraffic(
    {
      clock,
      log: silentLog,
      counters: () => Promise.resolve(state.counters),
      prober: {
        round: () => {
          rounds.push(clock.now().monotonicMs);
          return Promise.resolve(state.result);
        },
        hasAnswered: () => state.hasAnswered,
        get mayProbeIdle() {
          return state.mayProbeIdle;
        },
      },
      idleMs: () => idleMs,
      isQuiet: () => state.isQuiet,
      hint: (what) => state.hints.push(what),
      obstacles: (found) => {
        state.obstacles = found.map(warningSentence);
      },
    },
    link,
    emit,
    stop.signal,
  );
  const count = (rxBytes: number, txBytes: number, packets = 1) => {
    const { counters } = state;
    if (counters === undefined) return;
    const { rxBytes: rx, txBytes: tx, rxPackets } = counters;
    const moved = { rxBytes: rx + rxBytes, txBytes: tx + txBytes, rxPackets: rxPackets + packets };
    state.counters = { ...counters, ...moved };
  };
  /** Every five seconds this host sends something, for `ms`; `rxBytes` come back. */
  const talk = async (ms: number, rxBytes = 0) => {
    for (let passed = 0; passed < ms; passed += 5_000) {
      count(rxBytes, 100);
      await clock.step(5_000);
    }
  };
  return { clock, state, rounds, told, dead, running, count, talk };
}

test('a new link is probed at once, and proven by what answers', async () => {
  const { rounds, told } = watching();
  await settled();
  expect([rounds, told]).toEqual([[0], ['proven by dns 10.0.0.53']]);
});

test('a link that died under traffic is told dead once, with when the silence began', async () => {
  const { state, clock, told, dead, talk } = watching();
  await settled();
  state.result = silent;
  await talk(25_000);
  expect(told).toEqual(['proven by dns 10.0.0.53', 'linkDead']);
  expect(dead[0]).toMatchObject({ reason: 'nothing answers: dns 10.0.0.53' });
  expect(dead[0]?.silentMs).toBeGreaterThanOrEqual(10_000);
  await talk(60_000);
  await clock.step(60_000);
  expect(told.filter((what) => what === 'linkDead')).toHaveLength(1);
});

test('a dead link is asked again, ever more rarely, and is proven when it comes back', async () => {
  const { state, clock, rounds, told } = watching();
  state.result = silent;
  await clock.step(3_000);
  const before = rounds.length;
  await clock.step(200_000);
  const gaps = rounds.slice(before).map((at, i, all) => at - (all[i - 1] ?? at));
  expect(gaps.slice(1).every((gap, i) => gap > (gaps.slice(1)[i - 1] ?? 0))).toBe(true);
  expect(gaps.length).toBeGreaterThan(2);
  state.result = alive;
  await clock.step(300_000);
  expect(told).toEqual(['linkDead', 'proven by dns 10.0.0.53']);
});

test('bytes that come in on a dead link prove it at once', async () => {
  const { state, clock, told, count } = watching();
  state.result = silent;
  await clock.step(4_000);
  count(1_000, 100);
  await clock.step(2_000);
  expect(told).toEqual(['linkDead', 'proven by received traffic']);
});

test('a host that sends what nobody answers costs ever fewer probes, and traffic forgives it', async () => {
  const { rounds, talk } = watching({ idleMs: 300_000 });
  await talk(24 * 60_000);
  // 10, 20, 40, 80, 160 and then every 300 s, where it was each 12 s.
  expect(rounds.length).toBeLessThanOrEqual(11);
  const before = rounds.length;
  await talk(5_000, 1_000);
  await talk(20_000);
  expect(rounds.length).toBe(before + 1);
});

test('late answers to its own probes are not taken for traffic', async () => {
  const { clock, rounds, count } = watching();
  await settled();
  while (rounds.length < 4) {
    const asked = rounds.length;
    count(0, 100);
    await clock.step(1_000);
    if (rounds.length > asked) count(60, 0);
  }
  const [first = 0, , third = 0] = rounds.map((at, i) => at - (rounds[i - 1] ?? 0)).slice(1);
  expect(third).toBeGreaterThan(2 * first);
});

test('what a firewall of this host hides is told as such, and is no dead link', async () => {
  const { state, told, talk } = watching();
  state.result = unclear(found('probe-forbidden'));
  await talk(120_000);
  expect(told).toEqual([]);
  expect(state.obstacles).toEqual([expect.stringMatching(/firewall or route of this host forbids/)]);
  state.result = alive;
  await talk(600_000);
  expect(told).toContain('proven by dns 10.0.0.53');
  expect(state.obstacles).toEqual([]);
});

test('what comes in is no proof while a firewall of this host drops it', async () => {
  const { state, told, talk } = watching();
  state.result = { ...NOTHING, verdict: 'unclear', tried: [], obstacle: found('answers-dropped'), isDeaf: true };
  await talk(120_000, 1_000);
  expect(told).toEqual([]);
  expect(state.obstacles).toEqual([expect.stringMatching(/dropped on this host/)]);
  // The firewall is mended: the next round tells.
  state.result = alive;
  await talk(300_000, 1_000);
  expect(told).toContain('proven by dns 10.0.0.53');
  expect(state.obstacles).toEqual([]);
});

test('that answers end before this host’s firewall is told after three rounds that show it', async () => {
  const { state, told, rounds, talk } = watching();
  state.result = {
    ...{ ...NOTHING, verdict: 'unclear', tried: [], isDeaf: true, isGuess: true },
    obstacle: found('answers-dropped', { interface: 'wwan0', isEarly: true }),
  };
  await talk(2_000, 1_000);
  expect([rounds.length > 2, state.obstacles]).toEqual([true, [expect.stringMatching(/before its firewall/)]]);
  await talk(120_000, 1_000);
  expect(told).toEqual([]);
});

test('a round that seems deaf before an answer is no warning', async () => {
  const { state, told, talk } = watching();
  state.result = {
    ...NOTHING,
    verdict: 'unclear',
    tried: [],
    obstacle: found('answers-dropped'),
    isDeaf: true,
    isGuess: true,
  };
  await settled();
  state.result = alive;
  await talk(2_000, 1_000);
  expect([told, state.obstacles]).toEqual([['proven by dns 10.0.0.53'], []]);
});

test('a link in use of which this host takes nothing is probed within the interval', async () => {
  const { state, rounds, talk } = watching({ idleMs: 60_000 });
  await talk(30_000, 1_000);
  expect(rounds).toHaveLength(1);
  for (let passed = 0; passed < 60_000; passed += 5_000) {
    const { undelivered = 0, ...counters } = state.counters ?? { rxBytes: 0, txBytes: 0, rxPackets: 0, hasArp: false };
    state.counters = { ...counters, undelivered: undelivered + 1 };
    await talk(5_000, 1_000);
  }
  expect(rounds).toHaveLength(2);
});

test('where no probe can work, received bytes are proof', async () => {
  const { state, told, talk } = watching();
  state.result = unclear();
  await talk(10_000, 1_000);
  expect(told).toEqual(['proven by received traffic']);
});

test('an idle link is probed each interval, while the budget lasts', async () => {
  const { state, clock, rounds } = watching({ idleMs: 60_000 });
  await clock.step(66_000);
  expect(rounds).toHaveLength(2);
  state.mayProbeIdle = false;
  await clock.step(600_000);
  expect(rounds).toHaveLength(2);
});

test('an idle link is never probed where that is off', async () => {
  const { clock, rounds } = watching({ idleMs: 0 });
  await clock.step(24 * 3_600_000);
  expect(rounds).toHaveLength(1);
});

test('what the modem itself answers proves nothing: such a link is probed each interval, whatever comes in', async () => {
  const { state, told, rounds, talk } = watching({ hasArp: true, idleMs: 60_000 });
  await settled();
  state.result = silent;
  // A name server inside the modem says SERVFAIL to every question.
  await talk(75_000, 90);
  expect(told).toEqual(['proven by dns 10.0.0.53', 'linkDead']);
  expect(rounds.length).toBeGreaterThanOrEqual(4);
});

test('over an APN where nothing ever answered it is said what to do, until something does', async () => {
  const { state, clock, told } = watching();
  state.hasAnswered = false;
  state.result = silent;
  await clock.step(10_000);
  expect(told).toEqual(['linkDead']);
  expect(state.obstacles.join()).toMatch(/APN internet.*set probe.targets/);
  state.result = alive;
  await clock.step(60_000);
  expect(state.obstacles).toEqual([]);
});

test('a carrier that answers, and nothing else that this host sends to, lets doubt how far traffic gets', async () => {
  const { state, talk } = watching();
  await settled();
  await talk(4_000, 500);
  expect(state.hints).toEqual([]);
  await talk(30_000);
  expect(state.hints).toContain('doubt');
});

test('a name server that lies lets doubt how far traffic gets', async () => {
  const { state, clock } = watching();
  state.result = { ...alive, lie: '10.1.1.1' } as ProbeResult;
  await clock.step(1_000);
  expect(state.hints).toEqual(['doubt']);
});

test('much that comes in lets hope that traffic gets through again', async () => {
  const { state, talk } = watching();
  await settled();
  await talk(10_000, 5_000);
  expect(state.hints).toContain('hope');
});

test.each([false, true])(
  'where the data plan is used up nothing is asked, and what comes in is proof; ARP: %s',
  async (hasArp) => {
    const { state, clock, rounds, told, count, talk } = watching({ hasArp });
    state.isQuiet = true;
    state.result = silent;
    await talk(600_000);
    expect([rounds.filter((ms) => ms > 0), told.filter((what) => what === 'linkDead')]).toEqual([[], []]);
    count(100, 100);
    await clock.step(5_000);
    expect(told.at(-1)).toBe('proven by received traffic');
  },
);

// When it is asked how far traffic gets, on a stepped clock: what is answered is the test's, what
// is made of it is decide()'s.
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.ts';
import { decide } from '../../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../../src/connection/events/event.ts';
import type { Checked } from '../../../../src/network/reachability/reach/check-reach.ts';
import { DailyBudget } from '../../../../src/runner/link-keeper/daily-budget.ts';
import { ReachWatch } from '../../../../src/runner/link-keeper/watch-reach.ts';
import type { Happening } from '../../../../src/runner/runner.ts';
import { hostCommands } from '../../../../src/system/command.ts';
import { online, policy, START_MS, WALL_MS } from '../../connection/builders.ts';
import { silentLog } from '../../silent-log.ts';
import { SteppedClock, settled } from '../../stepped-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const hub = { kind: 'tls', host: 'hub.example', port: 8883 } as const;

const evidence = (beyond: Checked['evidence']['beyond']): Checked['evidence'] => ({
  destinations: [],
  lie: undefined,
  isAlive: true,
  beyond,
});
const through = evidence({ outcome: 'connected', by: 'tcp 1.1.1.1:443', tookMs: 40 });
const shut = evidence({ outcome: 'silent' });

let stop = new AbortController();
afterEach(() => stop.abort());

function watching({ dailyBytes = 200_000, bytes = 570 } = {}) {
  stop = new AbortController();
  const clock = new SteppedClock(START_MS, WALL_MS);
  const state = {
    connection: online() as Connection,
    evidence: through,
    destinations: [] as readonly (typeof hub)[],
    bytes,
    mayAskIdle: true,
    isQuiet: false,
    check: undefined as (() => Promise<Checked>) | undefined,
  };
  const asked: number[] = [];
  const told: string[] = [];
  const budget = new DailyBudget(clock, () => dailyBytes);
  const watch = new ReachWatch({
    commands: hostCommands,
    clock,
    log: silentLog,
    isQuiet: () => state.isQuiet,
    settings: () => ({
      destinations: state.destinations,
      targets: [],
      dnsName: 'a.root-servers.net',
      mayAskIdle: state.mayAskIdle,
    }),
    counters: () => Promise.resolve(undefined),
    budget,
    check: () => {
      asked.push(clock.now().monotonicMs - START_MS);
      return state.check?.() ?? Promise.resolve({ evidence: state.evidence, bytes: state.bytes });
    },
    known: () => ({ reach: state.connection.reach, sessionMs: state.connection.sessionSince?.monotonicMs }),
  });
  const emit = (what: Happening) => {
    if (what.kind === 'reachJudged') told.push(what.judged.verdict);
    const event = { ...what, at: clock.now(), chance: 0.5 } as ConnectionEvent;
    const next = decide(state.connection, event, policy());
    // What the verdict leads to is tested elsewhere; here the session goes on.
    state.connection = { ...next, phase: state.connection.phase, sessionSince: state.connection.sessionSince };
  };
  const { link } = state.connection;
  if (link === undefined) throw new Error('no link');
  const start = () => void watch.watch(link, emit, stop.signal);
  return { clock, state, asked, told, watch, start };
}

test('a new session is asked at once, then each hour, with a destination every six', async () => {
  const { clock, asked, state, start } = watching();
  start();
  await clock.step(3 * HOUR - MINUTE);
  expect(asked.map((ms) => Math.floor(ms / HOUR))).toEqual([0, 1, 2]);
  state.destinations = [hub];
  const { destinations: _, ...rest } = through;
  state.evidence = {
    ...rest,
    destinations: [{ by: 'tls hub.example:8883', outcome: 'reached', detail: '', tookMs: 90 }],
  };
  await clock.step(MINUTE);
  expect(asked).toHaveLength(4);
  await clock.step(13 * HOUR);
  expect(asked).toHaveLength(6);
});

test('where an idle link is not to be probed, only a new session and a hint are reasons to ask', async () => {
  const { clock, asked, state, watch, start } = watching();
  state.mayAskIdle = false;
  start();
  await clock.step(5 * HOUR);
  expect(asked).toHaveLength(1);
  watch.hint('doubt');
  await clock.step(MINUTE);
  expect(asked).toHaveLength(2);
});

test('one bad answer is asked again before anything is said', async () => {
  const { clock, asked, told, state, start } = watching();
  state.check = () => {
    state.check = undefined;
    return Promise.resolve({ evidence: shut, bytes: 570 });
  };
  start();
  await clock.step(10_000);
  expect([asked.length, told]).toEqual([2, ['through']]);
});

test('three that agree are told, and what stays so is asked ever more rarely', async () => {
  const { clock, asked, told, state, start } = watching();
  state.evidence = shut;
  start();
  await clock.step(10_000);
  expect([asked.length, told]).toEqual([3, ['not-through']]);
  await clock.step(4 * HOUR);
  // After 1, 5, 15, 30 minutes, then hourly.
  expect(asked.length - 3).toBe(7);
});

test('doubt is asked about soon, and ever later where it is refuted', async () => {
  const { clock, asked, watch, start } = watching();
  start();
  await settled();
  const gaps: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const before = asked.length;
    const from = asked.at(-1) ?? 0;
    for (; asked.length === before; await clock.step(5_000)) watch.hint('doubt');
    gaps.push(Math.round(((asked.at(-1) ?? 0) - from) / 1000));
  }
  expect(gaps).toEqual([15, 30, 60, 120]);
});

test('much that comes in where nothing got through is asked about soon', async () => {
  const { clock, told, state, watch, start } = watching();
  state.evidence = shut;
  start();
  await clock.step(5 * MINUTE);
  state.evidence = through;
  watch.hint('hope');
  await clock.step(10_000);
  expect(told).toEqual(['not-through', 'not-through', 'through']);
});

test('without a session, and with the budget spent, nothing is asked', async () => {
  const without = watching();
  without.state.connection = { ...without.state.connection, sessionSince: undefined };
  without.start();
  await without.clock.step(HOUR);
  expect(without.asked).toEqual([]);
  const poor = watching({ dailyBytes: 500 });
  poor.start();
  await poor.clock.step(HOUR);
  expect(poor.asked).toEqual([]);
  // Who waits for the verdict must not wait for ever.
  expect(poor.told[0]).toBe('unclear');
});

test('the day never costs more than its budget and one check, whatever is answered, doubted and connected anew', async () => {
  const step = fc.record({
    ms: fc.integer({ min: 1_000, max: HOUR }),
    shut: fc.boolean(),
    doubts: fc.boolean(),
    anew: fc.boolean(),
    bytes: fc.integer({ min: 200, max: 9_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const { clock, state, asked, watch, start } = watching({ dailyBytes: 20_000 });
      const paid: { at: number; bytes: number }[] = [];
      let bytes = 0;
      state.check = () => {
        bytes = state.bytes;
        paid.push({ at: clock.now().monotonicMs, bytes });
        return Promise.resolve({ evidence: state.evidence, bytes });
      };
      start();
      for (const one of steps) {
        state.evidence = one.shut ? shut : through;
        state.bytes = one.bytes;
        if (one.doubts) watch.hint('doubt');
        if (one.anew) state.connection = { ...state.connection, sessionSince: clock.now() };
        await clock.step(one.ms);
        const now = clock.now().monotonicMs;
        const day = paid.filter(({ at }) => at > now - 24 * HOUR).reduce((sum, each) => sum + each.bytes, 0);
        expect(day).toBeLessThanOrEqual(20_000 + 9_000);
      }
      expect(asked.length).toBe(paid.length);
      stop.abort();
      await settled();
    }),
    { numRuns: 30 },
  );
});

test('where the data plan is used up nothing is asked, and that it cannot be told is told', async () => {
  const { clock, asked, told, state, start } = watching();
  state.isQuiet = true;
  start();
  await clock.step(5 * HOUR);
  expect(asked).toEqual([]);
  expect(told[0]).toBe('unclear');
});

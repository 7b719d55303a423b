// What the daemon makes of its counters: whom it tells, and when it keeps silent.
import { expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import type { UsedUp } from '../../../src/connection/schedule/used-up.ts';
import { DataPlan } from '../../../src/data-plan/data-plan.ts';
import type { PlanSettings } from '../../../src/data-plan/plan.ts';
import { NO_USAGE, type Usage } from '../../../src/data-plan/usage.ts';
import { online } from '../connection/builders.ts';
import { SteppedClock } from '../stepped-clock.ts';

const NOON = new Date(2026, 10, 27, 12).getTime();
const MB = 1_000_000;

type Kept = { run: Usage; disk: Usage };

function counting(settings: Partial<PlanSettings> = {}, kept: Kept = { run: NO_USAGE, disk: NO_USAGE }) {
  const clock = new SteppedClock(60_000, NOON);
  const state = {
    connection: online() as Connection,
    settings: { limit: 100 * MB, period: 'month', day: 1, 'at-limit': 'warn', ...settings } as PlanSettings,
    bytes: 5_000,
    instance: 'wwan0 3',
    writes: 0,
    warnings: [] as readonly string[],
    passed: 0,
    judged: [] as (UsedUp | undefined)[],
  };
  const plan = new DataPlan({
    clock,
    bootId: 'boot',
    store: {
      load: () => kept.run,
      save: (usage, toDisk) => {
        kept.run = usage;
        if (!toDisk) return;
        kept.disk = usage;
        state.writes += 1;
      },
      settled: () => Promise.resolve(),
    },
    settings: () => state.settings,
    connection: () => state.connection,
    read: () => ({ instance: state.instance, rxBytes: state.bytes, txBytes: 0 }),
    warn: (found) => {
      state.warnings = found.map(({ text }) => text);
    },
    passed: () => {
      state.passed += 1;
    },
    judged: (usedUp) => void state.judged.push(usedUp),
  });
  plan.look();
  const carry = (bytes: number) => {
    state.bytes += bytes;
    plan.look();
  };
  return { clock, state, plan, kept, carry };
}

test('at each mark the hooks are told once, also over a restart, and the warning stands', () => {
  const { state, carry, kept } = counting();
  carry(74 * MB);
  expect([state.passed, state.warnings]).toEqual([0, []]);
  carry(2 * MB);
  carry(2 * MB);
  expect(state.passed).toBe(1);
  expect(state.warnings).toEqual([expect.stringMatching(/^75 % of the data plan/)]);
  const next = counting({}, kept);
  expect(next.state.passed).toBe(0);
  expect(next.state.warnings).toHaveLength(1);
  next.carry(20 * MB);
  next.carry(20 * MB);
  expect(next.state.passed).toBe(2);
  expect(next.state.judged).toEqual([undefined]);
});

test('a higher limit ends the warning, and its marks are told again', () => {
  const { state, plan, carry } = counting();
  carry(80 * MB);
  state.settings = { ...state.settings, limit: 1000 * MB };
  plan.look();
  expect(state.warnings).toEqual([]);
  carry(700 * MB);
  expect(state.passed).toBe(2);
});

test('the connection is told that the plan is used up only where that is to disconnect', () => {
  const { state, plan, carry } = counting({ 'at-limit': 'disconnect' });
  carry(100 * MB);
  carry(1);
  expect(state.judged).toEqual([
    undefined,
    {
      sim: '',
      reason: expect.stringMatching(/^data plan used up: 100 MB since 1 November/),
      remedy: expect.anything(),
    },
  ]);
  state.settings = { ...state.settings, 'at-limit': 'warn' };
  plan.look();
  expect(state.judged.at(-1)).toBeUndefined();
});

test('only with probes-off nothing is asked any more, and only at the limit', () => {
  const { state, plan, carry } = counting({ 'at-limit': 'probes-off' });
  carry(99 * MB);
  expect(plan.isQuiet).toBe(false);
  carry(1 * MB);
  expect(plan.isQuiet).toBe(true);
  expect(state.judged).toEqual([undefined]);
  state.settings = { ...state.settings, 'at-limit': 'disconnect' };
  expect(plan.isQuiet).toBe(false);
});

test('what was carried before another SIM was there is the one’s before', () => {
  const { state, plan } = counting();
  const from = { ...state.connection, memory: { ...state.connection.memory, sim: 'one' } };
  state.connection = from;
  state.bytes += 1000;
  state.connection = { ...from, memory: { ...from.memory, sim: 'other' } };
  plan.changed(from, state.connection);
  state.bytes += 30;
  expect(plan.status).toMatchObject({ period: 30, today: 30 });
  state.connection = from;
  expect(plan.status?.period).toBe(1000);
});

test('the session begins anew where the day and the period go on, and the daemon’s own is told apart', () => {
  const { state, plan, carry } = counting();
  const first = state.connection;
  plan.changed({ ...first, sessionSince: undefined }, first);
  carry(1000);
  plan.spent(600);
  expect(plan.status).toMatchObject({ session: 1000, today: 1000, period: 1000, own: 600 });
  const next = { ...first, sessionSince: { monotonicMs: 2_000_000, wallMs: NOON } };
  state.connection = next;
  plan.changed(first, next);
  carry(7);
  expect(plan.status).toMatchObject({ session: 7, today: 1007, period: 1007 });
});

test('without a limit data is counted, and nobody warned', () => {
  const { state, plan, carry } = counting({ limit: undefined, 'at-limit': 'disconnect' });
  carry(10_000 * MB);
  expect(plan.status).toMatchObject({ period: 10_000 * MB });
  expect(plan.status).not.toHaveProperty('limit');
  expect([state.warnings, state.passed, state.judged]).toEqual([[], 0, [undefined]]);
});

test('the disk is written at the start, each five minutes of traffic, and at the end', async () => {
  const { state, plan, clock } = counting();
  expect(state.writes).toBe(1);
  const end = new AbortController();
  const running = plan.run(end.signal);
  for (let minute = 0; minute < 30; minute += 1) {
    state.bytes += 1000;
    await clock.step(60_000);
  }
  expect(state.writes).toBe(7);
  await clock.step(59 * 60_000);
  expect(state.writes).toBe(7);
  end.abort();
  await running;
  await plan.close();
  expect(state.writes).toBe(8);
});

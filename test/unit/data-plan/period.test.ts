// When a period begins and ends, in the local time of whoever runs the tests, and what a clock that
// is wrong does to it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayOf, periodAt } from '../../../src/data-plan/period.ts';
import { markOf, type PlanSettings, planOf, planWarnings } from '../../../src/data-plan/plan.ts';
import { atMoment, counted, NO_USAGE, type Usage } from '../../../src/data-plan/usage.ts';

const DAY_MS = 86_400_000;
const noon = (year: number, month: number, day: number) => new Date(year, month - 1, day, 12).getTime();

test.each([
  ['month', 1, noon(2026, 11, 27), '2026-11-01', '2026-12-01'],
  ['month', 1, noon(2026, 12, 31), '2026-12-01', '2027-01-01'],
  ['month', 15, noon(2026, 11, 14), '2026-10-15', '2026-11-15'],
  ['month', 15, noon(2026, 11, 15), '2026-11-15', '2026-12-15'],
  ['month', 31, noon(2026, 2, 27), '2026-01-31', '2026-02-28'],
  ['month', 31, noon(2026, 2, 28), '2026-02-28', '2026-03-31'],
  ['month', 30, noon(2028, 2, 29), '2028-02-29', '2028-03-30'],
  ['month', 29, noon(2026, 1, 5), '2025-12-29', '2026-01-29'],
  ['week', 1, noon(2026, 11, 27), '2026-11-23', '2026-11-30'],
  ['week', 1, noon(2026, 11, 29), '2026-11-23', '2026-11-30'],
  ['week', 1, noon(2026, 11, 30), '2026-11-30', '2026-12-07'],
  ['day', 1, noon(2026, 11, 30), '2026-11-30', '2026-12-01'],
] as const)('a %s from day %i: %i is in %s to %s', (period, day, at, begin, end) => {
  const { beginMs, endMs } = periodAt(at, { period, day });
  expect([dayOf(beginMs), dayOf(endMs)]).toEqual([begin, end]);
});

test('every moment is in the period that it gives, and the next begins where it ends', () => {
  const settings = fc.record({ period: fc.constantFrom('day', 'week', 'month'), day: fc.integer({ min: 1, max: 31 }) });
  fc.assert(
    fc.property(settings, fc.integer({ min: noon(2026, 1, 1), max: noon(2060, 1, 1) }), (plan, at) => {
      const { beginMs, endMs } = periodAt(at, plan as PlanSettings);
      expect(beginMs).toBeLessThanOrEqual(at);
      expect(endMs).toBeGreaterThan(at);
      expect(periodAt(endMs, plan as PlanSettings).beginMs).toBe(endMs);
    }),
  );
});

const SETTINGS: PlanSettings = { limit: 1_000_000, period: 'month', day: 1, 'at-limit': 'warn' };

/** A board that is looked at; each look carries some bytes. */
class Looked {
  usage: Usage = NO_USAGE;
  #boot = 1;
  #monotonicMs = 30_000;
  #bytes = 0;

  constructor(private wallMs: number) {
    this.wait(0);
  }

  /** Lets `ms` pass, after which `bytes` are counted. */
  wait(ms: number, bytes = 0): this {
    this.#monotonicMs += ms;
    this.wallMs += ms;
    this.#bytes += bytes;
    const at = { monotonicMs: this.#monotonicMs, wallMs: this.wallMs };
    const reading = { instance: 'wwan0 3', rxBytes: this.#bytes, txBytes: 0 };
    this.usage = counted(atMoment(this.usage, at, String(this.#boot)), 'sim', reading);
    return this;
  }

  set(wallMs: number): this {
    this.wallMs = wallMs;
    return this.wait(0);
  }

  reboot(wallMs: number): this {
    this.#boot += 1;
    this.#monotonicMs = 0;
    this.#bytes = 0;
    this.wallMs = wallMs;
    return this.wait(30_000);
  }

  plan(settings: Partial<PlanSettings> = {}) {
    const { period, since, until } = planOf(this.usage, 'sim', { ...SETTINGS, ...settings });
    return { period, since: since && dayOf(Date.parse(since)), until: until && dayOf(Date.parse(until)) };
  }
}

const NOVEMBER = { since: '2026-11-01', until: '2026-12-01' };
const DECEMBER = { since: '2026-12-01', until: '2027-01-01' };
/** The clock is believed, and 1000 bytes are counted. */
const inNovember = () => new Looked(noon(2026, 11, 27)).wait(11 * 60_000, 1000);

test('a clock in 1970 opens no period and loses nothing: counted on from the date before', () => {
  const board = inNovember().reboot(40_000).wait(60_000, 500);
  expect(board.plan()).toEqual({ period: 1500, ...NOVEMBER });
  expect(board.wait(2 * DAY_MS, 1).plan()).toEqual({ period: 1501, ...NOVEMBER });
});

test('what is counted before the clock is right belongs to the day when it is', () => {
  const board = inNovember()
    .reboot(40_000)
    .wait(60_000, 500)
    .set(noon(2026, 12, 3))
    .wait(60_000, 50);
  // Not believed yet: the period before goes on, with all of it.
  expect(board.plan()).toEqual({ period: 1550, ...NOVEMBER });
  expect(board.wait(10 * 60_000).plan()).toEqual({ period: 550, ...DECEMBER });
});

test('a board whose clock stays in 1970 gets into the next period by the time it ran', () => {
  const board = inNovember().reboot(40_000).wait(60_000, 500);
  for (let day = 0; day < 5; day += 1) board.wait(DAY_MS);
  expect(board.plan()).toEqual({ period: 0, ...DECEMBER });
});

test('a board that never had a right clock counts, and knows no period', () => {
  const board = new Looked(40_000).wait(11 * 60_000, 1000);
  expect(board.plan()).toEqual({ period: 1000, since: undefined, until: undefined });
  expect(
    board
      .set(noon(2026, 11, 27))
      .wait(11 * 60_000)
      .plan(),
  ).toEqual({ period: 1000, ...NOVEMBER });
});

test.each([
  ['a month ahead, for five minutes', noon(2026, 12, 27), 5 * 60_000],
  ['seventy years ahead, for some hours', noon(2099, 1, 1), 5 * 3_600_000],
  ['a month back, for some hours', noon(2026, 10, 27), 5 * 3_600_000],
])('a clock that jumps %s and comes back opens no period', (_what, wrong, ms) => {
  const board = inNovember().set(wrong).wait(ms, 500);
  expect(board.plan()).toEqual({ period: 1500, ...NOVEMBER });
  board.set(noon(2026, 11, 28)).wait(11 * 60_000, 1);
  expect(board.plan()).toEqual({ period: 1501, ...NOVEMBER });
});

test('a period that was opened by a wrong clock loses nothing when the clock is right again', () => {
  const board = inNovember()
    .set(noon(2026, 12, 27))
    .wait(11 * 60_000, 500)
    .wait(60_000, 500);
  expect(board.plan()).toEqual({ period: 1000, ...DECEMBER });
  board.set(noon(2026, 11, 28)).wait(25 * 3_600_000, 7);
  expect(board.plan()).toEqual({ period: 2007, ...NOVEMBER });
});

test('a board that was stored for half a year believes its clock after a day', () => {
  const board = inNovember()
    .reboot(noon(2027, 6, 10))
    .wait(60_000, 5);
  expect(board.plan()).toEqual({ period: 1005, ...NOVEMBER });
  expect(board.wait(DAY_MS).plan()).toMatchObject({ period: 5, since: '2027-06-01' });
});

test('the next period begins at midnight, while the daemon runs', () => {
  const board = new Looked(new Date(2026, 10, 30, 23, 30).getTime()).wait(11 * 60_000, 1000);
  expect(board.plan()).toEqual({ period: 1000, ...NOVEMBER });
  expect(board.wait(20 * 60_000, 5).plan()).toEqual({ period: 5, ...DECEMBER });
});

test('another day or length of the period counts what is in it', () => {
  const board = inNovember().wait(DAY_MS, 20).wait(DAY_MS, 3);
  expect(board.plan({ period: 'day' }).period).toBe(3);
  expect(board.plan({ day: 28 }).period).toBe(23);
  expect(board.plan({ period: 'week' }).period).toBe(1023);
});

test('a year of days loses none of the days that count', () => {
  const board = inNovember();
  for (let day = 0; day < 400; day += 1) board.wait(DAY_MS, 10);
  const { period, since } = board.plan();
  const days = Math.round((noon(2028, 1, 1) - Date.parse(`${since}T12:00`)) / DAY_MS) + 1;
  expect(period).toBe(10 * days);
  expect(board.usage.subscriptions.sim?.days).toHaveLength(100);
});

test.each([
  [749_999, 0],
  [750_000, 75],
  [949_999, 75],
  [950_000, 95],
  [999_999, 95],
  [1_000_000, 100],
  [2_000_000, 100],
])('%i of 1000000 bytes have passed the mark of %i %%', (period, mark) => {
  expect(markOf({ period, limit: 1_000_000 })).toBe(mark);
  expect(markOf({ period })).toBe(0);
});

test('the warning names the limit, the period and what happens, and stays the same until the next mark', () => {
  const used = (bytes: number, atLimit: PlanSettings['at-limit'] = 'warn') => {
    const { usage } = new Looked(noon(2026, 11, 27)).wait(11 * 60_000, bytes);
    return planWarnings(planOf(usage, 'sim', { ...SETTINGS, limit: 500e6, 'at-limit': atLimit }));
  };
  expect(used(374e6)).toEqual([]);
  expect(used(376e6)).toEqual(used(400e6));
  expect(used(376e6)).toMatchObject([
    {
      code: 'data-plan-low',
      text: '75 % of the data plan is used: of 500 MB since 1 November; next period begins 1 December',
    },
  ]);
  const usedUp = 'data plan used up: 500 MB since 1 November; next period begins 1 December; ';
  const text = (atLimit: PlanSettings['at-limit']) => used(500e6, atLimit)[0]?.text;
  expect(text('warn')).toBe(`${usedUp}the link stays up`);
  expect(text('probes-off')).toContain(`${usedUp}the link stays up, and probes are off: a dead link is only`);
  expect(text('disconnect')).toBe(`${usedUp}the link is taken down until then`);
});

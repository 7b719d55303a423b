// Carrying the memory from one boot into another, with clocks that jump by years: what is promised
// about each limit, as properties.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR_MS, within } from '../../../src/connection/schedule/attempts.ts';
import { emptyMemory, Memory } from '../../../src/state/memory.ts';
import { memoryText, parseMemory } from '../../../src/state/memory-text.ts';
import { rebase } from '../../../src/state/rebase.ts';

const YEAR_MS = 365.25 * 24 * HOUR_MS;
const WALL_MS = Date.UTC(2026, 0, 5);
const RUNS = { numRuns: 2_000 };

const saved = (attempts: readonly number[], changes: Partial<Memory> = {}): Memory => ({
  ...emptyMemory('boot 1', 'salt', { monotonicMs: 10 * HOUR_MS, wallMs: WALL_MS }),
  attempts: [...attempts].sort((one, other) => one - other),
  ...changes,
});

/** Attempts within the hour before the save. */
const recent = fc.array(fc.integer({ min: 9 * HOUR_MS + 1, max: 10 * HOUR_MS }), { maxLength: 40 });
const uptime = fc.integer({ min: 1, max: 3 * HOUR_MS });

/**
 * What is loaded `offMs` after the save, plus `uptimeMs` of the next boot, by a wall clock that
 * jumped by `jumpMs`.
 */
function rebooted(memory: Memory, offMs: number, uptimeMs: number, jumpMs: number): Memory {
  const file = Memory.parse(JSON.parse(JSON.stringify(memory)));
  return rebase(file, 'boot 2', { monotonicMs: uptimeMs, wallMs: WALL_MS + offMs + uptimeMs + jumpMs });
}

describe('within one boot', () => {
  test('nothing moves, whatever the wall clock does', () => {
    fc.assert(
      fc.property(recent, fc.double({ min: -30 * YEAR_MS, max: 30 * YEAR_MS, noNaN: true }), (attempts, jump) => {
        const memory = saved(attempts, { holdUntil: 11 * HOUR_MS });
        expect(rebase(memory, 'boot 1', { monotonicMs: 10 * HOUR_MS + 5, wallMs: WALL_MS + jump })).toEqual(memory);
      }),
      RUNS,
    );
  });
});

describe('across a reboot', () => {
  const off = fc.integer({ min: 0, max: 2 * HOUR_MS });

  test('a clock that is right: every attempt keeps its true age', () => {
    fc.assert(
      fc.property(recent, off, uptime, (attempts, offMs, upMs) => {
        const memory = saved(attempts);
        const ages = rebooted(memory, offMs, upMs, 0).attempts.map((stamp) => upMs - stamp);
        expect(ages).toEqual(memory.attempts.map((stamp) => 10 * HOUR_MS - stamp + offMs + upMs));
      }),
      RUNS,
    );
  });

  test('a clock that went back, by seconds or years: no attempt looks older than it is, so the hour admits no more than it may', () => {
    const back = fc.double({ min: -50 * YEAR_MS, max: 0, noNaN: true });
    fc.assert(
      fc.property(recent, off, uptime, back, (attempts, offMs, upMs, jump) => {
        const memory = saved(attempts);
        const loaded = rebooted(memory, offMs, upMs, jump);
        for (const [index, stamp] of loaded.attempts.entries()) {
          const trueAge = 10 * HOUR_MS - (memory.attempts[index] ?? 0) + offMs + upMs;
          expect(upMs - stamp).toBeLessThanOrEqual(trueAge + 1e-3);
        }
        const truly = memory.attempts.filter((stamp) => 10 * HOUR_MS - stamp + offMs + upMs < HOUR_MS);
        expect(within(loaded.attempts, HOUR_MS, upMs).length).toBeGreaterThanOrEqual(truly.length);
      }),
      RUNS,
    );
  });

  test('and no more patient than by the time that the board was off: an hour of uptime forgets everything', () => {
    const jump = fc.double({ min: -50 * YEAR_MS, max: 50 * YEAR_MS, noNaN: true });
    fc.assert(
      fc.property(recent, off, jump, (attempts, offMs, by) => {
        const loaded = rebooted(saved(attempts, { holdUntil: 16 * HOUR_MS }), offMs, HOUR_MS, by);
        expect(within(loaded.attempts, HOUR_MS, HOUR_MS)).toEqual([]);
        expect((loaded.holdUntil ?? 0) - HOUR_MS).toBeLessThanOrEqual(5 * HOUR_MS);
      }),
      RUNS,
    );
  });

  test('no stamp is taken for one of this boot, or the boot’s spread would be skipped', () => {
    fc.assert(
      fc.property(
        recent,
        off,
        uptime,
        fc.double({ min: -YEAR_MS, max: YEAR_MS, noNaN: true }),
        (attempts, offMs, upMs, jump) => {
          expect(rebooted(saved(attempts), offMs, upMs, jump).attempts.filter((stamp) => stamp > 0)).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  test('a hold goes on for what is left of it, and ends when its time has passed meanwhile', () => {
    const memory = saved([], { holdUntil: 16 * HOUR_MS });
    expect(rebooted(memory, HOUR_MS, 60_000, 0).holdUntil).toBe(60_000 + 5 * HOUR_MS - 60_000);
    expect(rebooted(memory, 7 * HOUR_MS, 60_000, 0).holdUntil).toBeUndefined();
    expect(rebooted(memory, HOUR_MS, 60_000, -10 * YEAR_MS).holdUntil).toBe(6 * HOUR_MS);
  });

  test('a boot loop by a clock that starts in the same year each time never forgets a reboot’s day', () => {
    let memory = saved([], { climbs: { reboot: [10 * HOUR_MS] } });
    for (let boot = 2; boot < 200; boot += 1) {
      const at = { monotonicMs: 120_000, wallMs: WALL_MS };
      memory = { ...rebase(memory, `boot ${boot}`, at), savedMonotonicMs: at.monotonicMs, savedWallMs: at.wallMs };
    }
    expect(within(memory.climbs.reboot ?? [], 24 * HOUR_MS, 120_000)).toHaveLength(1);
  });

  test('a clock that leapt forward is taken for time that passed', () => {
    const loaded = rebooted(saved([10 * HOUR_MS]), 0, 30_000, 10 * YEAR_MS);
    expect(within(loaded.attempts, HOUR_MS, 30_000)).toEqual([]);
  });

  test('a PIN in flight since a day of 1972 is still known after two boots by a clock that is right', () => {
    const then = { monotonicMs: 60_000, wallMs: Date.UTC(1972, 0, 1) };
    const pinInFlight = { fingerprint: 'hash', retries: 3, sentAt: 50_000 };
    const old: Memory = {
      ...emptyMemory('boot 1', 'salt', then),
      attempts: [40_000],
      climbs: { reboot: [45_000] },
      operatorHolds: { '26201': 70_000 },
      reachReconnectAt: 30_000,
      pinInFlight,
    };
    const now = { monotonicMs: 30_000, wallMs: WALL_MS };
    const first = rebase(old, 'boot 2', now);
    const { memory, dropped } = parseMemory(memoryText(first, {}, now), emptyMemory('boot 3', 'other', now));
    expect(dropped).toEqual([]);
    const second = rebase(memory, 'boot 3', { ...now, wallMs: WALL_MS + HOUR_MS });
    expect(second.pinInFlight).toMatchObject({ fingerprint: 'hash', retries: 3 });
    expect(second.attempts).toHaveLength(1);
    expect(Memory.safeParse(second).success).toBe(true);
  });

  test('without an id of the boot, a monotonic clock that went back is a reboot', () => {
    const memory = saved([10 * HOUR_MS], { bootId: '' });
    const loaded = rebase(memory, '', { monotonicMs: 30_000, wallMs: WALL_MS + 30_000 });
    expect(loaded.attempts).toEqual([0]);
  });
});

test('one reconnect an hour for what is beyond the carrier holds over a reboot, and no clock makes it longer', () => {
  const memory = saved([], { reachReconnectAt: 9.75 * HOUR_MS });
  expect(rebooted(memory, HOUR_MS / 4, 60_000, 0).reachReconnectAt).toBeLessThanOrEqual(60_000);
  expect(rebooted(memory, HOUR_MS / 4, 60_000, 0).reachReconnectAt).toBeGreaterThan(60_000 - HOUR_MS);
  const impossible = rebooted(saved([], { reachReconnectAt: 1e11 }), HOUR_MS, 60_000, 0);
  expect(impossible.reachReconnectAt).toBeLessThanOrEqual(60_000);
});

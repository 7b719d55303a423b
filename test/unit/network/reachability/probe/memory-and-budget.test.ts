import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admits, NOTHING_SPENT, spend, spentBytes } from '../../../../../src/network/reachability/probe/budget.ts';
import { counts, learn, NOTHING_LEARNT } from '../../../../../src/network/reachability/probe/memory.ts';

const HOUR = 3_600_000;

test('a target that stays silent three times while others answer no longer counts', () => {
  let memory = NOTHING_LEARNT;
  for (let round = 0; round < 2; round += 1) memory = learn(memory, 'dns 198.51.100.53', ['icmp 192.0.2.1']);
  expect(counts(memory, 'icmp 192.0.2.1')).toBe(true);
  memory = learn(memory, undefined, ['icmp 192.0.2.1']);
  expect(counts(memory, 'icmp 192.0.2.1')).toBe(false);
  expect(counts(memory, 'dns 198.51.100.53')).toBe(true);
});

test('one answer makes a target count for good', () => {
  let memory = learn(NOTHING_LEARNT, 'icmp 192.0.2.1', []);
  for (let round = 0; round < 9; round += 1) memory = learn(memory, 'dns 198.51.100.53', ['icmp 192.0.2.1']);
  expect(counts(memory, 'icmp 192.0.2.1')).toBe(true);
});

test('a spent budget is free again a day later', () => {
  const spent = spend(NOTHING_SPENT, 1_000, 5 * HOUR);
  expect(admits(spent, 1_000, 1, 28 * HOUR)).toBe(false);
  expect(admits(spent, 1_000, 1, 31 * HOUR)).toBe(true);
});

test('a clock that went back does not make the budget endless or lost', () => {
  const spent = spend(NOTHING_SPENT, 1_000, 1_000 * HOUR);
  expect(spentBytes(spent, 5 * HOUR)).toBe(0);
  expect(spentBytes(spend(spent, 10, 5 * HOUR), 5 * HOUR)).toBe(10);
});

test('never more than the budget within any 24 hours', () => {
  const rounds = fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 3 * HOUR }), bytes: fc.integer({ min: 1, max: 400 }) }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(rounds, (all) => {
      let budget = NOTHING_SPENT;
      let now = 0;
      const paid: { at: number; bytes: number }[] = [];
      for (const { after, bytes } of all) {
        now += after;
        if (!admits(budget, 2_000, bytes, now)) continue;
        budget = spend(budget, bytes, now);
        paid.push({ at: now, bytes });
        const day = paid.filter(({ at }) => at > now - 24 * HOUR).reduce((sum, p) => sum + p.bytes, 0);
        expect(day).toBeLessThanOrEqual(2_000);
      }
      expect(budget.hours.length).toBeLessThanOrEqual(26);
    }),
  );
});

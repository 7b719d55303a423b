import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/system/clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const DAY_MS = 24 * 3_600_000;

test('sleeps for longer than a timer of Node can: half of a lease of 60 days', async () => {
  let woke = false;
  void systemClock.sleep(30 * DAY_MS).then(() => {
    woke = true;
  });
  await vi.advanceTimersByTimeAsync(30 * DAY_MS - 1);
  expect(woke).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(woke).toBe(true);
});

test('a long sleep ends with its signal, and leaves no timer', async () => {
  const stop = new AbortController();
  const sleeping = expect(systemClock.sleep(60 * DAY_MS, stop.signal)).rejects.toBe('stopped');
  await vi.advanceTimersByTimeAsync(40 * DAY_MS);
  stop.abort('stopped');
  await sleeping;
  expect(vi.getTimerCount()).toBe(0);
});

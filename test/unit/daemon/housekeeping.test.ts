import { afterEach, expect, test, vi } from 'vitest';
import { keepCodeSoon, keepHouse } from '../../../src/daemon/housekeeping.ts';
import { SteppedClock } from '../stepped-clock.ts';

afterEach(() => vi.unstubAllGlobals());

test('the memory of a start, and of each busy minute, is kept for ever', async () => {
  const clock = new SteppedClock();
  const stop = new AbortController();
  const collected: number[] = [];
  vi.stubGlobal('gc', () => collected.push(clock.now().monotonicMs));
  const running = keepHouse(clock, stop.signal, () => {});
  await clock.step(25 * 60_000);
  expect(collected).toEqual([60_000, 660_000, 1_260_000]);
  stop.abort();
  await running;
  await clock.step(3_600_000);
  expect(collected).toHaveLength(3);
});

test('Node without --expose-gc does not get past its first minute', async () => {
  const clock = new SteppedClock();
  const stop = new AbortController();
  vi.stubGlobal('gc', undefined);
  const running = keepHouse(clock, stop.signal, () => {});
  await clock.step(120_000);
  stop.abort();
  await expect(running).resolves.toBeUndefined();
});

test('files that somebody removed are looked for every ten minutes', async () => {
  const clock = new SteppedClock();
  const stop = new AbortController();
  const looked: number[] = [];
  const running = keepHouse(clock, stop.signal, () => looked.push(clock.now().monotonicMs));
  await clock.step(15 * 60_000);
  stop.abort();
  await running;
  expect(looked).toEqual([60_000, 660_000]);
});

test('the code of a start is kept while the first packets wait, or by a daemon that stops', async () => {
  const clock = new SteppedClock();
  const stop = new AbortController();
  const kept = vi.fn();
  vi.stubGlobal('keepCode', kept);
  keepCodeSoon(clock, stop.signal);
  await clock.step(1_000);
  expect(kept).not.toHaveBeenCalled();
  await clock.step(1_000);
  expect(kept).toHaveBeenCalledOnce();
  keepCodeSoon(clock, stop.signal);
  stop.abort();
  await clock.step(10_000);
  expect(kept).toHaveBeenCalledOnce();
});

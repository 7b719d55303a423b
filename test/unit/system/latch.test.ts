import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { Latch } from '../../../src/system/latch.ts';
import { settled } from '../stepped-clock.ts';

const never = new AbortController().signal;

test('a raise before the wait is not lost, and several are one', async () => {
  const latch = new Latch();
  latch.raise();
  latch.raise();
  await latch.raised(never);
  let again = false;
  void latch.raised(never).then(() => {
    again = true;
  });
  await settled();
  expect(again).toBe(false);
  latch.raise();
  await settled();
  expect(again).toBe(true);
});

test('the wait ends with its signal and leaves no listener behind', async () => {
  const latch = new Latch();
  const stop = new AbortController();
  const waiting = latch.raised(stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  stop.abort();
  await waiting;
  latch.raise();
  await latch.raised(never);
  expect(getEventListeners(never, 'abort')).toEqual([]);
});

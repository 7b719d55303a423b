import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { childSignal } from '../../../src/system/child-signal.ts';

test('aborts with the outer signal, for its reason', () => {
  const outer = new AbortController();
  const { signal } = childSignal(outer.signal);
  expect(signal.aborted).toBe(false);
  outer.abort('superseded');
  expect(signal.reason).toBe('superseded');
});

test('is aborted from the start where the outer signal is', () => {
  expect(childSignal(AbortSignal.abort('over')).signal.reason).toBe('over');
});

test('ends alone, and leaves nothing behind at a signal that lives on', () => {
  const outer = new AbortController();
  const child = childSignal(outer.signal);
  expect(getEventListeners(outer.signal, 'abort')).toHaveLength(1);
  child.end('done');
  expect(child.signal.reason).toBe('done');
  expect(outer.signal.aborted).toBe(false);
  expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
});

test('needs no outer signal', () => {
  const child = childSignal(undefined);
  child.end();
  expect(child.signal.aborted).toBe(true);
});

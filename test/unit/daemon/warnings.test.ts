import { expect, test } from 'vitest';
import { found } from '../../../src/codes/codes.ts';
import { Warnings } from '../../../src/daemon/warnings.ts';
import type { Logger } from '../../../src/system/log.ts';
import { SteppedClock } from '../stepped-clock.ts';

function setUp() {
  const lines: string[] = [];
  const log = {
    warn: ({ code }: { code: string }, text: string) => lines.push(`warn ${code}: ${text}`),
    info: ({ code }: { code: string }, text: string) => lines.push(`info ${code}: ${text}`),
  } as unknown as Logger;
  const state = { changes: 0 };
  const clock = new SteppedClock();
  const changed = () => {
    state.changes += 1;
  };
  const warnings = new Warnings({ clock, log, changed, signal: new AbortController().signal });
  return { warnings, lines, state, clock, codes: () => warnings.all.map(({ code }) => code) };
}

const one = found('hook-refused', { text: 'one' });
const two = found('hook-refused', { text: 'two' });

test('says each warning once for as long as it holds, and when it ends', () => {
  const { warnings, lines, state } = setUp();
  warnings.set('a', [one]);
  warnings.set('a', [one]);
  warnings.set('b', [two]);
  expect(warnings.all.map(({ text }) => text)).toEqual(['one', 'two']);
  warnings.set('a', []);
  warnings.set('a', []);
  expect(warnings.all.map(({ text }) => text)).toEqual(['two']);
  warnings.set('a', [one]);
  expect(lines).toEqual([
    'warn hook-refused: one',
    'warn hook-refused: two',
    'info hook-refused: nothing to warn of any more',
    'warn hook-refused: one',
  ]);
  expect(state.changes).toBe(4);
});

test('what passes by itself within seconds is never shown, and what stays is once it has stood for so long', async () => {
  const { warnings, lines, clock, codes } = setUp();
  const broken = [found('link-unconfigured')];
  warnings.set('link', broken);
  await clock.step(2_000);
  warnings.set('link', []);
  await clock.step(60_000);
  expect([lines, codes()]).toEqual([[], []]);
  warnings.set('link', broken);
  const since = clock.now();
  await clock.step(5_000);
  warnings.set('link', [found('link-unconfigured', { text: 'the same in other words' })]);
  expect(codes()).toEqual([]);
  await clock.step(5_000);
  expect(warnings.all).toEqual([expect.objectContaining({ code: 'link-unconfigured', since })]);
  expect(lines).toHaveLength(1);
});

test('what only follows from something else is not shown while that stands', () => {
  const { warnings, lines, codes } = setUp();
  warnings.set('reach', [found('not-through')]);
  warnings.set('probes', [found('probe-forbidden')]);
  expect(codes()).toEqual(['probe-forbidden']);
  // It stands, so that it has not ended.
  expect(lines.filter((line) => line.startsWith('info'))).toEqual([]);
  warnings.set('probes', []);
  expect(codes()).toEqual(['not-through']);
});

// The table of codes: what a program, a person and the page of codes rely on.
import { expect, test } from 'vitest';
import { CODES, type Code, causeOf, found } from '../../../src/codes/codes.ts';

const codes = Object.keys(CODES) as Code[];
const dependsOn = (code: Code): readonly string[] => CODES[code].dependsOn ?? [];

test.each(codes)('%s is one word, says what is amiss and what to do', (code) => {
  expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  const { text, remedy = '' } = found(code);
  for (const words of [text, remedy]) {
    expect(words).not.toBe('');
    // A line of the journal, a cell of a table; the full stop is its reader's.
    expect(words).not.toMatch(/undefined|\n|\.$/);
  }
});

test.each(codes.filter((code) => dependsOn(code).length > 0))('%s is hidden by codes that exist', (code) => {
  for (const cause of dependsOn(code)) {
    expect(codes).toContain(cause);
    expect(causeOf(code, new Set([cause as Code]))).toBe(cause);
    expect(causeOf(cause as Code, new Set([code]))).toBeUndefined();
  }
});

test('the first cause is named, not the last', () => {
  expect(causeOf('traffic', new Set<Code>(['modem', 'usb-mode', 'sim']))).toBe('usb-mode');
  expect(causeOf('traffic', new Set<Code>(['rp-filter']))).toBeUndefined();
});

import { expect, test } from 'vitest';
import { matchesPattern } from '../../../../src/network/conflicts/rivals.ts';

test.each([
  ['wwan0', 'wwan0', true],
  ['wwan*', 'wwan0', true],
  ['wwan*', 'wwp0s20f0u4i4', false],
  ['ww*', 'wwp0s20f0u4i4', true],
  ['*', 'wwan0', true],
  ['wwan?', 'wwan0', true],
  ['wwan?', 'wwan10', false],
  ['ww[a-p]*', 'wwp0s20f0u4i4', true],
  ['ww[!a-o]*', 'wwp0s20f0u4i4', true],
  ['ww[!p]*', 'wwp0s20f0u4i4', false],
  ['wwan.0', 'wwanx0', false],
  ['(a+)+', 'aaa', false],
  ['[z-a]', 'b', false],
  ['[', 'wwan0', false],
])('the pattern %s fits %s: %s', (pattern, name, fits) => {
  expect(matchesPattern(pattern, name)).toBe(fits);
});

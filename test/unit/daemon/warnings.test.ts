import { expect, test } from 'vitest';
import { Warnings } from '../../../src/daemon/warnings.ts';
import type { Logger } from '../../../src/system/log.ts';

function setUp() {
  const lines: string[] = [];
  const log = {
    warn: (text: string) => lines.push(`warn ${text}`),
    info: (fields: { before: string }, text: string) => lines.push(`info ${text} (${fields.before})`),
  } as unknown as Logger;
  let changes = 0;
  const warnings = new Warnings(log, () => {
    changes += 1;
  });
  return { warnings, lines, changes: () => changes };
}

test('says each warning once for as long as it holds, and when it ends', () => {
  const { warnings, lines, changes } = setUp();
  warnings.set('a', ['one']);
  warnings.set('a', ['one']);
  warnings.set('b', ['two']);
  expect(warnings.all).toEqual(['one', 'two']);
  warnings.set('a', []);
  warnings.set('a', []);
  expect(warnings.all).toEqual(['two']);
  warnings.set('a', ['one']);
  expect(lines).toEqual(['warn one', 'warn two', 'info a: nothing to warn of any more (one)', 'warn one']);
  expect(changes()).toBe(4);
});

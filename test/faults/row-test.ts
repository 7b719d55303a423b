// Rows of the table of faults as tests: all but the slow ones and those that await something, each
// in a world of its own.

import { expect, test } from 'vitest';
import { awaits } from './awaits.ts';
import type { Fault } from './fault.ts';
import { managers } from './managers.ts';
import { play } from './play.ts';

/** One test a row, on the modem that the environment names. A failure shows the journal. */
export function testRows(rows: readonly Fault[]): void {
  for (const fault of rows.filter(({ slow }) => slow !== true)) {
    const reason = awaits[fault.name];
    if (reason !== undefined) {
      test.skip(`survives: ${fault.name} (awaits: ${reason})`);
      continue;
    }
    // Several at a time (maxConcurrency in vitest.config.ts): a row mostly waits.
    test.concurrent(`survives: ${fault.name}`, async ({ onTestFailed }) => {
      let journal = '';
      onTestFailed(() => void process.stderr.write(`--- journal of "${fault.name}"\n${journal}\n`));
      const outcome = await play(fault, managers['percept-lte']);
      journal = outcome.journal;
      expect(outcome.reasons).toEqual([]);
      expect(outcome).toMatchObject({ survived: true, tooMany: false });
    });
  }
}

// Rows of what decide() makes of one thing that happens, and the connections that the rows begin
// with.
import { expect, test } from 'vitest';
import type { Connection, Facts } from '../../../src/connection/connection.ts';
import type { Phase } from '../../../src/connection/phase/phase.ts';
import type { Policy } from '../../../src/connection/policy.ts';
import { away, connecting, facts, failed, following, type Happening, having, online, policy, sim } from './builders.ts';

type Expected = Phase['kind'] | `absent: ${string}` | `recovering: ${string}` | `blocked: ${string}` | 'unchanged';
export type Row = readonly [sentence: string, from: Connection, what: Happening, expected: Expected, by?: Policy];

/** A phase's kind, with what tells it from others of its kind. */
export function told({ phase }: Connection): string {
  if (phase.kind === 'absent') return `absent: ${phase.missing}`;
  if (phase.kind === 'recovering') return `recovering: ${phase.rung}`;
  return phase.kind === 'blocked' ? `blocked: ${phase.failure.name}` : phase.kind;
}

/**
 * A test for each row; `unchanged` means that neither what runs for the phase nor what runs for the
 * link is disturbed.
 */
export const rows = (table: readonly Row[]) =>
  test.each(table.map((row) => ({ title: row[0], row })))('$title', ({ row: [, from, what, expected, by] }) => {
    const to = following(from, [what], by ?? policy(), 100);
    if (expected === 'unchanged') {
      expect(to.phase).toBe(from.phase);
      expect(to.link).toBe(from.link);
    } else expect(expected.includes(':') ? told(to) : to.phase.kind).toBe(expected);
  });

export const elapsed: Happening = { kind: 'phaseTimedOut' };
export const dead: Happening = { kind: 'linkDead', reason: 'nothing answers' };
export const riding = () => following(online(), [facts(away)], policy(), 50);
export const waiting = () => following(connecting(), [failed('timeout')]);

export const UNKNOWN = -1;
/** A modem that wants a PIN, `retries` tries left. */
export const locked = (retries = 3, lock = 'sim-pin'): Facts =>
  having({
    state: 'locked',
    unlockRequired: lock,
    unlockRetries: retries === UNKNOWN ? {} : { 'sim-pin': retries },
    sim: sim(),
  });

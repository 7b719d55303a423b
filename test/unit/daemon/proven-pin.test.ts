// The PIN that a SIM took is written down when the modem works, whoever said so first.
import { expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import { decide } from '../../../src/connection/decide.ts';
import type { ConfigInForce } from '../../../src/daemon/config-in-force.ts';
import { observePin } from '../../../src/daemon/proven-pin.ts';
import { at, facts, following, having, policy, sim, started } from '../connection/builders.ts';
import { SteppedClock } from '../stepped-clock.ts';

const pin = { reveal: () => '1234' };
const by = policy({ pin });
const locked = having({
  state: 'locked',
  unlockRequired: 'sim-pin',
  unlockRetries: { 'sim-pin': 3 },
  sim: sim('8943…1'),
});
const sent: Connection = following(started(), [facts(locked)], by);

/** What is kept after the modem is seen in `state`. */
function keptAfter(from: Connection, changes: Parameters<typeof having>[0]): string[] {
  const kept: string[] = [];
  const keeper = {
    file: { config: { sim: { pin } }, placeOf: () => 'line 7' },
    kept: {},
    limitMs: 600_000,
    keepPin: (taken: { pin: string }) => void kept.push(taken.pin),
  } as unknown as ConfigInForce;
  const because = { ...facts(having({ sim: sim('8943…1'), ...changes })), at: at(10), chance: 0 } as const;
  const to = decide(from, because, by);
  observePin(keeper, { clock: new SteppedClock(), warnings: { set: () => {} } }, from, to, because);
  return kept;
}

test('ModemManager says that the modem works before it answers SendPin: the PIN is kept all the same', () => {
  expect(sent.phase.kind).toBe('unlocking');
  expect(keptAfter(sent, { state: 'registered' })).toEqual(['1234']);
});

test('a PIN that is still under way, or was refused, is not kept', () => {
  expect(keptAfter(sent, { state: 'locked', unlockRequired: 'sim-pin', unlockRetries: { 'sim-pin': 2 } })).toEqual([]);
  expect(keptAfter(started(), { state: 'registered' })).toEqual([]);
});

// The PIN that a SIM took is written down when the modem works, whoever said so first.
import { expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import { decide } from '../../../src/connection/decide.ts';
import type { ConfigInForce } from '../../../src/daemon/config-in-force.ts';
import { observePin } from '../../../src/daemon/proven-pin.ts';
import { pinFingerprint, simFingerprint } from '../../../src/state/pins.ts';
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

/** What is warned of on a board whose SIM took 4711 before, with this PIN in the file. */
function warnedOf(filePin: string | undefined, refusedPins: readonly string[], limitMs = 600_000) {
  const found: string[] = [];
  const { salt } = started().memory;
  const keeper = {
    file: { config: { sim: { pin: filePin && { reveal: () => filePin } } }, placeOf: () => 'line 7' },
    kept: { pin: { pin: '4711', sim: simFingerprint(salt, '8943…1'), wallMs: at().wallMs } },
    limitMs,
  } as unknown as ConfigInForce;
  const because = { ...facts(having({ state: 'registered', sim: sim('8943…1') })), at: at(10), chance: 0 } as const;
  const to = decide(started({ refusedPins: [...refusedPins] }), because, by);
  const set = (_topic: string, warnings: readonly { text: string }[]) =>
    void found.push(...warnings.map(({ text }) => text));
  observePin(
    keeper,
    { clock: new SteppedClock(at().monotonicMs, at().wallMs), warnings: { set } },
    started(),
    to,
    because,
  );
  return found;
}
const refused = pinFingerprint(started().memory.salt, '8943…1', '1234');

test('the PIN in the file was refused, and the one of before is used: that stands as a warning until it is corrected', () => {
  expect(warnedOf('1234', [refused])).toEqual([expect.stringMatching(/line 7.*was refused by the SIM.*took before/)]);
  expect(warnedOf('1234', [])).toEqual([]);
  expect(warnedOf('4711', [refused])).toEqual([]);
});

test('with recovery.trial off no PIN of before is used, so nothing is said of one', () => {
  expect(warnedOf('1234', [refused], 0)).toEqual([]);
});

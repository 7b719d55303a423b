// PIN, PUK, SIMs that are missing, refused and exchanged.
import { describe, expect, test } from 'vitest';
import { pinFingerprint } from '../../../src/state/pins.ts';
import { facts, failed, following, having, policy, sim, started } from './builders.ts';
import { elapsed, locked, rows, told, UNKNOWN } from './rows.ts';

const pinned = policy({ pin: { reveal: () => '1234' } });
const refused = started({ refusedPins: [pinFingerprint('salt', sim().identifier, '1234')] });
const inState = (state: Parameters<typeof having>[0] & { state: string }) =>
  following(started(), [facts(having(state))]);

describe('the SIM', () => {
  rows([
    ['locked, a PIN configured', started(), facts(locked()), 'unlocking', pinned],
    ['locked, no PIN configured', started(), facts(locked()), 'blocked: pin-missing'],
    ['two tries left are enough', started(), facts(locked(2)), 'unlocking', pinned],
    ['the last try is a person’s', started(), facts(locked(1)), 'blocked: pin-retries', pinned],
    ['an unknown number of tries is none', started(), facts(locked(UNKNOWN)), 'blocked: pin-retries', pinned],
    ['a PUK is never typed', started(), facts(locked(3, 'sim-puk')), 'blocked: puk', pinned],
    ['another lock', started(), facts(locked(3, 'ph-net-pin')), 'blocked: other-lock', pinned],
    ['a PIN that was refused before the reboot', refused, facts(locked()), 'blocked: pin-refused', pinned],
    [
      'the same PIN for another SIM',
      refused,
      facts(
        having({ state: 'locked', unlockRequired: 'sim-pin', unlockRetries: { 'sim-pin': 3 }, sim: sim('8943…2') }),
      ),
      'unlocking',
      pinned,
    ],
    [
      'another PIN for the same SIM',
      following(refused, [facts(locked())], pinned),
      { kind: 'reconfigured', relevant: 'session' },
      'unlocking',
      policy({ pin: { reveal: () => '4321' } }),
    ],
    [
      'the same PIN once more',
      following(refused, [facts(locked())], pinned),
      { kind: 'reconfigured', relevant: 'session' },
      'blocked: pin-refused',
      pinned,
    ],
    [
      'the signal changes while a person is needed',
      following(started(), [facts(locked())]),
      facts(having({ ...(locked() as { modem: object }).modem, signalPercent: 12 })),
      'unchanged',
    ],
    [
      'a SIM is put in',
      inState({ state: 'failed', stateFailedReason: 'sim-missing' }),
      facts(having({ state: 'disabled', sim: sim() })),
      'enabling',
    ],
    [
      'IncorrectPassword is a refusal of the PIN',
      following(started(), [facts(locked())], pinned),
      failed('auth'),
      'blocked: pin-refused',
      pinned,
    ],
    [
      'a glitch while unlocking is looked at again in a minute',
      following(started(), [facts(locked())], pinned),
      failed('timeout'),
      'blocked',
      pinned,
    ],
    [
      'and then the SIM tells that it was a refusal',
      following(started(), [facts(locked()), failed('timeout'), facts(locked(2))], pinned),
      elapsed,
      'blocked: pin-refused',
      pinned,
    ],
    [
      'or that it was not',
      following(started(), [facts(locked()), failed('timeout')], pinned),
      elapsed,
      'unlocking',
      pinned,
    ],
    [
      'a daemon killed while unlocking leaves the PIN alone for a minute',
      following(started(following(started(), [facts(locked())], pinned).memory), [], pinned, 1),
      facts(locked()),
      'unlocking',
      pinned,
    ],
  ]);

  test('a PIN whose answer was never heard is not sent again while the SIM may be at work on it', () => {
    const { memory } = following(started(), [facts(locked())], pinned);
    const restarted = following(started(memory), [facts(locked())], pinned, 1);
    expect(told(restarted)).toBe('blocked: pin-unanswered');
    expect(told(following(restarted, [facts(locked(2))], pinned, 70))).toBe('blocked: pin-refused');
  });

  test('another SIM is not bound by what the carrier refused to the one before, also when it was changed with the power off', () => {
    const first = following(started(), [facts(having({ sim: sim('1') })), failed('subscription')]);
    expect(first.phase.kind).toBe('blocked');
    expect(first.memory.holdUntil).toBeDefined();
    expect(following(started(first.memory), [facts(having({ sim: sim('1') }))]).phase.kind).toBe('waiting');
    expect(following(started(first.memory), [facts(having({ sim: sim('2') }))]).phase.kind).toBe('connecting');
  });
});

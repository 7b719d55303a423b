// PIN, PUK, SIMs that are missing, refused and exchanged.
import { createHash } from 'node:crypto';
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
    ['a modem that tells no number of tries gets the PIN once', started(), facts(locked(UNKNOWN)), 'unlocking', pinned],
    ['ModemManager does not know the lock yet', started(), facts(locked(3, 'unknown')), 'settling', pinned],
    ['the lock is gone and the state is not told yet', started(), facts(locked(3, 'none')), 'settling', pinned],
    [
      'ModemManager never learns the lock: no rung is climbed for it',
      following(started(), [facts(locked(3, 'unknown'))], pinned),
      elapsed,
      'blocked: other-lock',
      pinned,
    ],
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

describe('the same PIN is never sent twice', () => {
  const of = (iccid: string, retries: number) =>
    facts(having({ ...(locked(retries) as { modem: object }).modem, sim: sim(iccid) }));
  const refusedUnder = (iccid: string) => following(started(), [of(iccid, 3), failed('auth')], pinned).memory;

  test.each([
    ['its ICCID becomes readable in between', '', '8943108100000000000F'],
    ['its ICCID is spelled with the filler and then without', '8943108100000000000F', '8943108100000000000'],
    ['its ICCID is spelled in capitals and then not', '89ABF', '89abf'],
    ['its ICCID cannot be read any more', '8943108100000000000', ''],
  ])('%s', (_, before, after) => {
    expect(told(following(started(refusedUnder(before)), [of(after, 2)], pinned))).toBe('blocked: pin-refused');
  });

  test('another SIM gets it, also one with fewer tries left while the answer of the first is not known', () => {
    expect(told(following(started(refusedUnder('1')), [of('2', 2)], pinned))).toBe('unlocking');
    const sent = following(started(), [of('1', 3)], pinned).memory;
    const { memory } = following(started(sent), [of('2', 2)], pinned, 100);
    expect(memory.refusedPins).toEqual([]);
  });

  test('a refusal is also remembered as 0.1 spelled it, so that a downgrade sends no PIN', () => {
    const as01 = createHash('sha256').update(JSON.stringify(['salt', '8901f', '1234']));
    expect(refusedUnder('8901f').refusedPins).toContain(as01.digest('hex'));
  });

  test('a modem that tells no tries and never answers: refused for good', () => {
    const sent = following(started(), [facts(locked(UNKNOWN)), failed('timeout')], pinned);
    expect(told(following(sent, [elapsed], pinned, 70))).toBe('blocked: pin-refused');
  });

  test('a modem that tells no tries and is unlocked: sent again at the next boot', () => {
    const unlocked = following(started(), [facts(locked(UNKNOWN)), facts(having({ state: 'disabled' }))], pinned);
    expect(told(following(started(unlocked.memory), [facts(locked(UNKNOWN))], pinned, 90))).toBe('unlocking');
  });
});

describe('a SIM that ModemManager calls missing', () => {
  const missing = facts(having({ state: 'failed', stateFailedReason: 'sim-missing' }));
  const rests = (from: ReturnType<typeof started>, by = policy()) => {
    let now = following(from, [missing], by);
    const seen: string[] = [];
    for (let seconds = 0, look = 0; look < 14; look += 1) {
      const untilMs = now.phase.kind === 'blocked' ? (now.phase.untilMs ?? 0) : 0;
      seconds = (untilMs - 1_000_000) / 1000;
      seen.push(`${Math.round((untilMs - now.phaseSince.monotonicMs) / 6_000) / 10} min`);
      now = following(now, [elapsed], by, seconds);
      if (now.phase.kind === 'recovering') seen.push(now.phase.rung);
      now = following(now, [{ kind: 'climbed' }, missing], by, seconds + 1);
    }
    return seen.join(', ');
  };

  const quarter = '0.5 min, probe-modem, 1 min, probe-modem, 2 min, probe-modem, 4 min, probe-modem';

  test('is looked for in less time than it was missed; the modem is reset after a quarter of an hour, its USB port cycled hours later', () => {
    const hours = '60 min, probe-modem, 60 min, probe-modem, 60 min, probe-modem, 60 min, probe-modem, 60 min';
    expect(rests(started())).toBe(
      `${quarter}, 8 min, reset-modem, 16 min, probe-modem, 32 min, probe-modem, ${hours}, probe-modem, 60 min, reauthorise-usb, 60 min, probe-modem`,
    );
  });

  test('is looked for without a reset where that is not allowed', () => {
    expect(rests(started(), policy({ allowedRungs: new Set() }))).not.toMatch(/reset|reauthorise|restart/);
  });

  test('a modem that cannot be reset gets its USB port cycled, and nothing else', () => {
    const before = { ...following(started(), [missing]), simLooks: 4 };
    const resetting = following(before, [elapsed]);
    expect(told(resetting)).toBe('recovering: reset-modem');
    const cycling = following(resetting, [failed('other')], policy(), 10);
    expect(told(cycling)).toBe('recovering: reauthorise-usb');
    expect(told(following(cycling, [failed('other')], policy(), 20))).toBe('waiting');
  });

  test('a ModemManager that does not look again is asked later, and no failure is counted', () => {
    const probing = following(following(started(), [missing]), [elapsed], policy(), 30);
    expect(told(probing)).toBe('recovering: probe-modem');
    const refused = following(probing, [failed('other')], policy(), 31);
    expect(told(refused)).toBe('blocked: sim-missing');
    expect(refused.memory.failures).toBe(0);
    expect(refused.phase).toMatchObject({ untilMs: refused.phaseSince.monotonicMs + 60_000 });
  });

  test('a SIM that was found and is missed again is looked for as soon as the first time', () => {
    const found = following({ ...following(started(), [missing]), simLooks: 3 }, [facts(having())], policy(), 60);
    expect(found.simLooks).toBe(0);
    const passing = facts(having({ state: 'locked', unlockRequired: 'unknown' }));
    const disabled = facts(having({ state: 'disabled' }));
    expect(following({ ...found, simLooks: 3 }, [passing, disabled, missing], policy(), 61).simLooks).toBe(3);
  });
});

// The PIN that a SIM took before, where the configured one is wrong: sent to that SIM alone, and no
// PIN ever twice.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.ts';
import { pinFingerprint, simFingerprint } from '../../../../src/state/pins.ts';
import { facts, failed, following, having, policy, sim, started } from '../builders.ts';
import { elapsed } from '../rows.ts';

const SIM = '8943…1';
const pin = (digits: string) => ({ reveal: () => digits });
const provenPin = { pin: pin('1234'), sim: simFingerprint('salt', SIM) };
const by = (digits: string | undefined) => policy({ pin: digits === undefined ? undefined : pin(digits), provenPin });
const locked = (iccid = SIM, retries = 3) =>
  facts(having({ state: 'locked', unlockRequired: 'sim-pin', unlockRetries: { 'sim-pin': retries }, sim: sim(iccid) }));
const sent = ({ phase }: Connection) => (phase.kind === 'unlocking' ? phase.pin.reveal() : phase.kind);

test('the configured PIN goes first; refused, the one before follows when the tries were read again', () => {
  const first = following(started(), [locked()], by('9999'));
  expect(sent(first)).toBe('9999');
  const refused = following(first, [failed('pin')], by('9999'));
  expect(refused.phase).toMatchObject({ kind: 'blocked', untilMs: expect.any(Number) });
  const next = following(refused, [locked(SIM, 2)], by('9999'), 120);
  expect(sent(next)).toBe('1234');
});

test('another SIM, and one that tells no ICCID, never get the PIN of this one', () => {
  for (const iccid of ['8943…2', '']) {
    const refusedPins = [pinFingerprint('salt', iccid, '9999')];
    expect(sent(following(started({ refusedPins }), [locked(iccid, 2)], by('9999')))).toBe('blocked');
    expect(sent(following(started(), [locked(iccid)], by(undefined)))).toBe('blocked');
  }
});

test('a PIN that was taken out of the file by mistake is known', () => {
  expect(sent(following(started(), [locked()], by(undefined)))).toBe('1234');
});

test('the last try stays for a person', () => {
  const refusedPins = [pinFingerprint('salt', SIM, '9999')];
  expect(sent(following(started({ refusedPins }), [locked(SIM, 1)], by('9999')))).toBe('blocked');
});

test('in no sequence of reloads, restarts and refusals is a PIN sent twice to a SIM that refused it', () => {
  const act = fc.oneof(
    fc.constantFrom('1111', '2222', '1234').map((digits) => ({ reload: digits })),
    fc.constant({ restart: true }),
    fc.integer({ min: 1, max: 200 }).map((seconds) => ({ seconds })),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const refused = new Set<string>();
      let now = 0;
      let digits = '1111';
      let retries = 3;
      let connection = following(started(), [locked(SIM, retries)], by(digits), now);
      const answer = () => {
        const pinSent = sent(connection);
        if (connection.phase.kind !== 'unlocking') return;
        expect(refused.has(pinSent)).toBe(false);
        expect(retries).toBeGreaterThan(1);
        refused.add(pinSent);
        retries -= 1;
        connection = following(connection, [failed('pin'), locked(SIM, retries)], by(digits), now);
      };
      for (const what of acts) {
        answer();
        if ('reload' in what) digits = what.reload;
        const happenings =
          'reload' in what ? [{ kind: 'reconfigured', relevant: 'session' } as const] : [locked(SIM, retries), elapsed];
        if ('restart' in what) connection = started(connection.memory);
        now += 'seconds' in what ? what.seconds : 1;
        connection = following(connection, happenings, by(digits), now);
      }
      answer();
    }),
  );
});

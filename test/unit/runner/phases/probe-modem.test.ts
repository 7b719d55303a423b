// ModemManager is made to probe the modem anew: whatever happens on the way, the device is not kept.
import { expect, test, vi } from 'vitest';
import type { Facts } from '../../../../src/connection/connection.ts';
import { performRung, type RungPorts } from '../../../../src/runner/phases/rungs.ts';
import { DeadlineError } from '../../../../src/system/clock.ts';
import { modem } from '../../modem/builders.ts';
import { refusal } from './fake-ports.ts';

const failedModem = modem({ path: '/org/freedesktop/ModemManager1/Modem/0', state: 'failed' });

/** Ports whose InhibitDevice answers with `answers` in turn, and who was asked for what. */
function portsWith(...answers: readonly (Error | 'ok')[]) {
  const asked: boolean[] = [];
  const rest = [...answers];
  const inhibitDevice = (_device: string, inhibit: boolean) => {
    asked.push(inhibit);
    const answer = rest.shift() ?? 'ok';
    return answer === 'ok' ? Promise.resolve() : Promise.reject(answer);
  };
  const awaited: ((facts: Facts) => boolean)[] = [];
  const ports = {
    calls: { inhibitDevice },
    factsUntil: (fits: (facts: Facts) => boolean) => Promise.resolve(void awaited.push(fits)),
    log: { info: vi.fn() },
  } as unknown as RungPorts;
  return { ports, asked, awaited };
}

const probe = (ports: RungPorts, signal = new AbortController().signal) =>
  performRung(ports, 'probe-modem', failedModem, signal);

test('the device is taken and given back, and the modem waited for as another object', async () => {
  const { ports, asked, awaited } = portsWith();
  expect(await probe(ports)).toEqual({ kind: 'climbed' });
  expect(asked).toEqual([true, false]);
  expect(awaited[0]?.({ kind: 'modem', modem: failedModem })).toBe(false);
  expect(awaited[0]?.({ kind: 'no-modem' })).toBe(false);
  expect(awaited[0]?.({ kind: 'modem', modem: modem({ path: '/org/freedesktop/ModemManager1/Modem/1' }) })).toBe(true);
});

test('an activity that is ended meanwhile gives it back all the same', async () => {
  const { ports, asked } = portsWith();
  await probe(ports, AbortSignal.abort());
  expect(asked).toEqual([true, false]);
});

test('a ModemManager that does not answer in time is told to keep the modem', async () => {
  const { ports, asked } = portsWith(new DeadlineError('InhibitDevice', 30_000));
  await expect(probe(ports)).rejects.toThrow(DeadlineError);
  expect(asked).toEqual([true, false]);
});

test('what was refused is not given back: it is somebody else’s', async () => {
  const { ports, asked } = portsWith(refusal('InProgress', 'already inhibited'));
  await expect(probe(ports)).rejects.toMatchObject({ name: 'DeviceTakenError', cause: { text: 'already inhibited' } });
  expect(asked).toEqual([true]);
});

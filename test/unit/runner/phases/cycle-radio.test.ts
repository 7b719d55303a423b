// The radio switched off and on: whoever enables the modem meanwhile, it does not stay off.
import { expect, test } from 'vitest';
import { DBusCallError } from '../../../../src/dbus/errors.ts';
import { performRung, type RungPorts } from '../../../../src/runner/phases/rungs.ts';
import { modem } from '../../modem/builders.ts';

const CORE = 'org.freedesktop.ModemManager1.Error.Core';

/** What was asked for, where the first `SetPowerState(on)` is answered with `refusal`. */
async function cycled(refusal?: DBusCallError): Promise<string[]> {
  const asked: string[] = [];
  let refused = refusal;
  const ports = {
    calls: {
      ping: () => Promise.resolve(),
      enable: (_path: string, on: boolean) => Promise.resolve(void asked.push(on ? 'enable' : 'disable')),
      setPowerState: (_path: string, power: string) => {
        asked.push(power);
        const error = power === 'on' ? refused : undefined;
        if (power === 'on') refused = undefined;
        return error === undefined ? Promise.resolve() : Promise.reject(error);
      },
    },
    clock: {
      now: () => ({ monotonicMs: 0, wallMs: 0 }),
      sleep: (ms: number) => (ms > 5_000 ? new Promise(() => {}) : Promise.resolve()),
    },
  } as unknown as RungPorts;
  await performRung(ports, 'cycle-radio', modem(), new AbortController().signal).catch((error: unknown) =>
    asked.push(String(error)),
  );
  return asked;
}

test('the modem is disabled, its radio off, and on', async () => {
  expect(await cycled()).toEqual(['disable', 'low', 'on']);
});

test('a modem that was enabled meanwhile is disabled again', async () => {
  const enabled = new DBusCallError(`${CORE}.WrongState`, 'not in disabled state', 'SetPowerState');
  expect(await cycled(enabled)).toEqual(['disable', 'low', 'on', 'disable', 'on']);
});

test('a radio that a switch keeps off is told', async () => {
  const off = new DBusCallError(`${CORE}.Retry`, 'Invalid transition', 'SetPowerState');
  expect(await cycled(off)).toEqual(['disable', 'low', 'on', expect.stringContaining('Invalid transition')]);
});

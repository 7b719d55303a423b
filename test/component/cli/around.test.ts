// What `doctor` and the commands read at once of ModemManager and the daemon, on a real bus.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lookAround } from '../../../src/cli/checks/around.ts';
import { BusLostError } from '../../../src/dbus/errors.ts';
import { type Clock, systemClock } from '../../../src/system/clock.ts';
import { type FakeHost, fakeHost } from '../../unit/cli/fake-context.ts';
import { online } from '../../unit/status/statuses.ts';
import { type PrivateBus, startPrivateBus } from '../dbus/private-bus.ts';
import { FakeModemManager } from '../modem/fake-modem-manager.ts';
import { hostOnBus } from './bus-host.ts';

let daemon: PrivateBus;
let host: FakeHost;
let manager: FakeModemManager | undefined;
beforeEach(async () => {
  daemon = await startPrivateBus();
  host = hostOnBus(daemon);
  manager = undefined;
});
afterEach(async () => {
  manager?.stop();
  await daemon.stop();
});

test('ModemManager, its process and the status of the daemon are read', async () => {
  manager = await FakeModemManager.start(daemon.address);
  const status = online;
  host.daemon(status);
  const around = await lookAround(host.context);
  expect(around.facts).toMatchObject({ onBus: true, version: '1.14.12', modems: [{ model: 'FIH7160' }] });
  expect(around.modemManagerPid).toBe(process.pid);
  expect(around.status).toEqual(status);
});

test('ModemManager that is not on the bus has no process', async () => {
  expect(await lookAround(host.context)).toEqual({
    facts: { onBus: false, version: '', modems: [] },
    modemManagerPid: undefined,
    status: undefined,
  });
});

test('ModemManager that hangs is told as one that does not answer', async () => {
  manager = await FakeModemManager.start(daemon.address);
  manager.hang('GetManagedObjects');
  manager.hang('Get');
  const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 300), signal) };
  const around = await lookAround({ ...host.context, clock });
  expect(around).toEqual({ facts: undefined, modemManagerPid: undefined, status: undefined });
});

test('without a bus the status is read all the same', async () => {
  const alone = fakeHost();
  alone.daemon(online);
  expect(await lookAround(alone.context)).toEqual({ facts: undefined, modemManagerPid: undefined, status: online });
});

test('a fault that is not the bus, or a Ctrl-C, is no finding', async () => {
  const openBus = () => Promise.reject(new TypeError('a bug'));
  await expect(lookAround({ ...host.context, openBus })).rejects.toThrow('a bug');
  host.interrupt();
  await expect(lookAround(host.context)).rejects.not.toThrow(BusLostError);
});

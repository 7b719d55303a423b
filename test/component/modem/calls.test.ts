import { Message } from 'dbus-next';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bus } from '../../../src/dbus/bus.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { rebootHost, restartUnit } from '../../../src/dbus/systemd.ts';
import { type ModemManagerCalls, modemManagerCalls } from '../../../src/modem/calls.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { connectPeer } from '../dbus/peer.ts';
import { type PrivateBus, startPrivateBus } from '../dbus/private-bus.ts';
import { BEARER, bearerPath, bearerProperties, FakeModemManager, modemPath, simPath, v } from './fake-modem-manager.ts';

let daemon: PrivateBus;
let bus: Bus;
let service: FakeModemManager;
let calls: ModemManagerCalls;
const received: unknown[] = [];
const { signal } = new AbortController();

beforeEach(async () => {
  daemon = await startPrivateBus();
  bus = await openSystemBus({ address: daemon.address, clock: systemClock });
  service = await FakeModemManager.start(daemon.address);
  calls = modemManagerCalls(bus);
  received.length = 0;
  service.behaviours.unshift((call) => {
    if (['GetAll', 'Get'].includes(call.member)) return undefined;
    received.push([`${call.interface}.${call.member}`, call.path, call.signature, call.body]);
    if (call.member !== 'Connect') return Message.newMethodReturn(call);
    return Message.newMethodReturn(call, 'o', [bearerPath(4)]);
  });
});

afterEach(async () => {
  service.stop();
  bus.close();
  await daemon.stop();
});

const M = 'org.freedesktop.ModemManager1';

test('each method goes to its interface, with its types', async () => {
  const modem = modemPath(0);
  await calls.enable(modem, true, signal);
  await calls.setPowerState(modem, 'low', signal);
  await calls.reset(modem, signal);
  expect(await calls.simpleConnect(modem, { apn: 'web' }, 300_000, signal)).toBe(bearerPath(4));
  await calls.simpleDisconnect(modem, undefined, signal);
  await calls.simpleDisconnect(modem, bearerPath(4), signal);
  await calls.deleteBearer(modem, bearerPath(4), signal);
  await calls.setInitialEpsBearerSettings(modem, { apn: 'ims', ipType: 'ipv4' }, signal);
  await calls.sendPin(simPath(0), '1234', signal);
  expect(received).toEqual([
    [`${M}.Modem.Enable`, modem, 'b', [true]],
    [`${M}.Modem.SetPowerState`, modem, 'u', [2]],
    [`${M}.Modem.Reset`, modem, '', []],
    [`${M}.Modem.Simple.Connect`, modem, 'a{sv}', [{ apn: v('s', 'web') }]],
    [`${M}.Modem.Simple.Disconnect`, modem, 'o', ['/']],
    [`${M}.Modem.Simple.Disconnect`, modem, 'o', [bearerPath(4)]],
    [`${M}.Modem.DeleteBearer`, modem, 'o', [bearerPath(4)]],
    [
      `${M}.Modem.Modem3gpp.SetInitialEpsBearerSettings`,
      modem,
      'a{sv}',
      [{ apn: v('s', 'ims'), 'ip-type': v('u', 1) }],
    ],
    [`${M}.Sim.SendPin`, simPath(0), 's', ['1234']],
  ]);
});

test('a reply to Connect that is no bearer is refused', async () => {
  service.behaviours.unshift((call) =>
    call.member === 'Connect' ? Message.newMethodReturn(call, 's', ['wwan0; reboot']) : undefined,
  );
  await expect(calls.simpleConnect(modemPath(0), { apn: 'web' }, 300_000, signal)).rejects.toMatchObject({
    name: 'DBusShapeError',
  });
});

test('a bearer is read on demand', async () => {
  service.put(bearerPath(4), BEARER, bearerProperties());
  expect(await calls.readBearer(bearerPath(4), signal)).toMatchObject({ connected: true, interface: 'wwan0' });
  await expect(calls.readBearer(bearerPath(5), signal)).rejects.toMatchObject({ name: 'DBusCallError' });
});

test('a ping is answered; without ModemManager it fails and does not start it', async () => {
  await calls.ping(signal);
  await service.disown();
  await expect(calls.ping(signal)).rejects.toMatchObject({
    type: expect.stringMatching(/ServiceUnknown|NameHasNoOwner/),
  });
});

test('starting a ModemManager that is not installed says so', async () => {
  await service.disown();
  await expect(calls.startService(signal)).rejects.toMatchObject({ type: 'org.freedesktop.DBus.Error.ServiceUnknown' });
});

test('a PIN is in no error', async () => {
  service.behaviours.unshift((call) =>
    call.member === 'SendPin'
      ? Message.newError(call as never, `${M}.Error.MobileEquipment.IncorrectPassword`, 'Incorrect password')
      : undefined,
  );
  const error = await calls.sendPin(simPath(0), '7391', signal).catch((thrown: unknown) => thrown);
  expect(`${error} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain('7391');
});

/** Owns a name of systemd's and notes what is asked. */
async function systemd(name: string): Promise<unknown[]> {
  const asked: unknown[] = [];
  const peer = await connectPeer(daemon.address);
  peer.addMethodHandler((call: Message) => {
    asked.push([call.member, call.path, call.body]);
    peer.send(Message.newMethodReturn(call));
    return true;
  });
  await peer.requestName(name, 0);
  return asked;
}

test('a unit is restarted through systemd', async () => {
  const asked = await systemd('org.freedesktop.systemd1');
  await restartUnit(bus, 'ModemManager.service', signal);
  expect(asked).toEqual([['RestartUnit', '/org/freedesktop/systemd1', ['ModemManager.service', 'replace']]]);
});

test('the host is rebooted through logind, or by systemd where there is none', async () => {
  const manager = await systemd('org.freedesktop.systemd1');
  await rebootHost(bus, signal);
  expect(manager).toEqual([['StartUnit', '/org/freedesktop/systemd1', ['reboot.target', 'replace-irreversibly']]]);
  const logind = await systemd('org.freedesktop.login1');
  await rebootHost(bus, signal);
  expect(logind).toEqual([['Reboot', '/org/freedesktop/login1', [false]]]);
  expect(manager).toHaveLength(1);
});

// Keeping ModemManager off a modem, on a real bus: what it is told, in which order, and what a
// person is told where it does not obey.
import { Message } from 'dbus-next';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CliContext } from '../../../src/cli/context.ts';
import { type Known, whileKeptOff } from '../../../src/cli/prepare/keep-off.ts';
import type { UsbModem } from '../../../src/cli/usb-modems.ts';
import { type FakeHost, fakeHost } from '../../unit/cli/fake-context.ts';
import { type PrivateBus, startPrivateBus } from '../dbus/private-bus.ts';
import { FakeModemManager, MODEM, modemPath, modemProperties, v } from '../modem/fake-modem-manager.ts';
import { hostOnBus } from './bus-host.ts';

const DEVICE = '/sys/devices/platform/soc@0/usb3/3-1';
const MM_ERROR = 'org.freedesktop.ModemManager1.Error.Core';
const AT = 3;
const IGNORED = 8;
const modem: UsbModem = {
  where: '3-1',
  id: '1bc7:0036',
  name: 'Telit (MultiTech)',
  vendor: '1bc7',
  product: '0036',
  mode: 'other',
  drivers: ['cdc_acm'],
  serialPorts: ['ttyACM0', 'ttyACM3'],
  sysfs: DEVICE,
};
const asSerial = (state: number) =>
  modemProperties({
    State: v('i', state),
    Device: v('s', DEVICE),
    Ports: v('a(su)', [
      ['ttyACM0', IGNORED],
      ['ttyACM3', AT],
    ]),
  });
const [INITIALIZING, DISABLED] = [1, 3];

let daemon: PrivateBus;
let host: FakeHost;
let manager: FakeModemManager;
/** What happened, in its order. */
let events: string[];

beforeEach(async () => {
  daemon = await startPrivateBus();
  host = hostOnBus(daemon);
  manager = await FakeModemManager.connect(daemon.address);
  events = [];
  manager.behaviours.push((call) => {
    if (call.member !== 'InhibitDevice') return undefined;
    events.push(`${call.body[1] === true ? 'inhibited' : 'given back'} ${call.body[0]}`);
    return Message.newMethodReturn(call);
  });
});
afterEach(async () => {
  manager.stop();
  await daemon.stop();
});

/** Runs work that says what it was told; its result. */
async function run(context: CliContext = host.context, work?: () => Promise<never>): Promise<Known> {
  return await whileKeptOff(context, modem, async (known) => {
    events.push('work');
    return (await work?.()) ?? known;
  });
}

test('ModemManager is kept off while there is work, and gets the modem back', async () => {
  manager.put(modemPath(0), MODEM, asSerial(DISABLED));
  await manager.own();
  expect(await run()).toEqual({ atPorts: ['ttyACM3'], onBus: true });
  expect(events).toEqual([`inhibited ${DEVICE}`, 'work', `given back ${DEVICE}`]);
});

test('it gets the modem back also where the work failed', async () => {
  manager.put(modemPath(0), MODEM, asSerial(DISABLED));
  await manager.own();
  await expect(run(host.context, () => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
  expect(events.at(-1)).toBe(`given back ${DEVICE}`);
});

test('after a Ctrl-C the end of the connection gives the modem back', async () => {
  manager.put(modemPath(0), MODEM, asSerial(DISABLED));
  await manager.own();
  await run(host.context, () => {
    host.interrupt();
    return Promise.reject(host.context.signal.reason);
  }).catch(() => {});
  expect(events).toEqual([`inhibited ${DEVICE}`, 'work']);
});

test.each([
  ['no bus', () => fakeHost().context],
  ['no ModemManager', () => host.context],
])('%s: the ports are free', async (_, context) => {
  expect(await run(context())).toEqual({ atPorts: [], onBus: false });
  expect(events).toEqual(['work']);
});

test('a bus that cannot be asked for another reason is a fault', async () => {
  const openBus = () => Promise.reject(new TypeError('a bug'));
  await expect(run({ ...host.context, openBus })).rejects.toThrow('a bug');
  expect(events).toEqual([]);
});

test('a modem that ModemManager still probes is waited for', async () => {
  manager.put(modemPath(0), MODEM, asSerial(INITIALIZING));
  await manager.own();
  host.whenSleeping(() => manager.put(modemPath(0), MODEM, asSerial(DISABLED)));
  expect(await run()).toMatchObject({ onBus: true });
  expect(host.printed).toEqual(['waiting until ModemManager has looked at it']);
});

/** ModemManager (this process) has `open` open; /dev/ttyACM0 is /dev/null, whose number it shares. */
function holds(open: string): void {
  host.link(`proc/${process.pid}/fd/7`, open);
  host.link('dev/ttyACM0', '/dev/null');
}

test('ModemManager that never shows the modem and has its ports closed does not use them', async () => {
  await manager.own();
  holds('/dev/zero');
  expect(await run()).toEqual({ atPorts: [], onBus: false });
  expect(events).toEqual(['work']);
});

test('ModemManager that keeps a port open is not fought with', async () => {
  await manager.own();
  holds('/dev/null');
  await expect(run()).rejects.toMatchObject({
    message: 'ModemManager is at work on the modem and does not end',
    remedy: expect.stringContaining('systemctl stop ModemManager'),
  });
  expect(events).toEqual([]);
});

test('where it cannot be seen which ports are open, they are taken to be', async () => {
  await manager.own();
  await expect(run()).rejects.toThrow('is at work on the modem');
});

test('ModemManager that goes while it is waited for leaves the ports free', async () => {
  await manager.own();
  let looks = 0;
  host.whenSleeping(() => {
    looks += 1;
    if (looks === 2) manager.stop();
  });
  expect(await run()).toEqual({ atPorts: [], onBus: false });
});

test.each([
  [`${MM_ERROR}.InProgress`, 'another program has taken the modem away from ModemManager (a firmware update?)'],
  [`${MM_ERROR}.Unauthorized`, 'ModemManager does not let us have the modem'],
  ['org.freedesktop.DBus.Error.AccessDenied', 'ModemManager does not let us have the modem'],
  [`${MM_ERROR}.Unsupported`, `ModemManager does not keep off the modem: not today (${MM_ERROR}.Unsupported)`],
])('ModemManager that refuses with %s: nothing is done', async (name, message) => {
  manager.put(modemPath(0), MODEM, asSerial(DISABLED));
  manager.behaviours.unshift((call) =>
    call.member === 'InhibitDevice' ? Message.newError(call as never, name, 'not today') : undefined,
  );
  await manager.own();
  await expect(run()).rejects.toMatchObject({ message, remedy: expect.stringContaining('nothing was changed') });
  expect(events).toEqual([]);
});

test('a bus that ends before ModemManager has answered is told as that', async () => {
  manager.put(modemPath(0), MODEM, asSerial(DISABLED));
  manager.behaviours.unshift((call) => {
    if (call.member !== 'InhibitDevice') return undefined;
    daemon.daemon.kill('SIGKILL');
    return 'hang';
  });
  await manager.own();
  await expect(run()).rejects.toThrow(/D-Bus/);
  expect(events).toEqual([]);
});

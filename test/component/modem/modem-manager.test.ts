import { Message } from 'dbus-next';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bus } from '../../../src/dbus/bus.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import type { ModemManagerFacts } from '../../../src/modem/objects.ts';
import { watchModemManager } from '../../../src/modem/watch/modem-manager.ts';
import { type Clock, systemClock } from '../../../src/system/clock.ts';
import { connectPeer } from '../dbus/peer.ts';
import { type PrivateBus, startPrivateBus } from '../dbus/private-bus.ts';
import {
  BEARER,
  bearerPath,
  bearerProperties,
  FakeModemManager,
  MODEM,
  MODEM_3GPP,
  modemPath,
  modemProperties,
  SIM,
  simPath,
  simProperties,
  v,
} from './fake-modem-manager.ts';
import { recordingLogger } from './recording-logger.ts';

let daemon: PrivateBus;
let bus: Bus;
const stop = { controller: new AbortController() };
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  daemon = await startPrivateBus();
  bus = await openSystemBus({ address: daemon.address, clock: systemClock });
  stop.controller = new AbortController();
});

afterEach(async () => {
  stop.controller.abort();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  bus.close();
  await daemon.stop();
});

const fake = async (): Promise<FakeModemManager> => {
  const started = await FakeModemManager.start(daemon.address);
  cleanups.push(() => started.stop());
  return started;
};

/** Sleeps are cut to 50 ms: deadlines and retries come fast, and in order. */
const hurried: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 50), signal),
};

/**
 * Puts the bus on the hurried clock too: the deadlines of calls are its business. Connecting has
 * one as well, which must not come fast.
 */
const hurry = async () => {
  bus.close();
  let isConnected = false;
  const clock: Clock = { ...hurried, sleep: (...args) => (isConnected ? hurried : systemClock).sleep(...args) };
  bus = await openSystemBus({ address: daemon.address, clock });
  isConnected = true;
};

function watch(clock: Clock = systemClock) {
  const facts: ModemManagerFacts[] = [];
  const { logger, lines } = recordingLogger();
  const ended = watchModemManager({
    bus,
    clock,
    logger,
    onFacts: (latest) => facts.push(latest),
    signal: stop.controller.signal,
  });
  ended.catch(() => {});
  const latest = () => facts.at(-1);
  const until = (check: (latest: ModemManagerFacts) => void) =>
    vi.waitFor(
      () => {
        const now = latest();
        if (now === undefined) throw new Error('no facts yet');
        check(now);
      },
      { timeout: 5_000, interval: 5 },
    );
  return { facts, lines, ended, latest, until };
}

test('without ModemManager the facts say so, and stopping ends the watch', async () => {
  const { until, facts, ended } = watch();
  await until(({ onBus }) => expect(onBus).toBe(false));
  expect(facts).toEqual([{ onBus: false, version: '', modems: [] }]);
  stop.controller.abort();
  await ended;
});

test('a modem with its SIM and bearer comes as one set of facts', async () => {
  const service = await fake();
  service.put(bearerPath(3), BEARER, bearerProperties());
  service.put(modemPath(0), MODEM, modemProperties({ State: v('i', 11), Bearers: v('ao', [bearerPath(3)]) }));
  const { until, facts, lines } = watch();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  expect(facts).toHaveLength(1);
  expect(facts[0]).toMatchObject({
    onBus: true,
    version: '1.14.12',
    modems: [
      {
        path: modemPath(0),
        state: 'connected',
        registrationState: 'home',
        operatorCode: '311480',
        accessTechnologies: ['lte'],
        signalPercent: 67,
        ports: [
          { name: 'cdc-wdm0', type: 'mbim' },
          { name: 'wwan0', type: 'net' },
        ],
        sim: { path: simPath(0), identifier: '89148000000000000000' },
        bearers: [
          {
            path: bearerPath(3),
            connected: true,
            interface: 'wwan0',
            ip4Config: {
              method: 'static',
              address: '100.112.107.46',
              prefix: 24,
              gateway: '100.112.107.1',
              dns: ['198.51.100.53'],
              mtu: 1428,
            },
          },
        ],
      },
    ],
  });
  expect(lines.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^ModemManager 1\.14\.12 has initial EPS bearer/),
  );
});

test('a lost bearer is known from its signal alone: nothing is read', async () => {
  const service = await fake();
  service.put(bearerPath(3), BEARER, bearerProperties());
  service.put(modemPath(0), MODEM, modemProperties({ State: v('i', 11), Bearers: v('ao', [bearerPath(3)]) }));
  const { until } = watch();
  await until(({ modems }) => expect(modems[0]?.bearers[0]?.connected).toBe(true));
  const before = service.calls.length;
  service.change(bearerPath(3), BEARER, { Connected: v('b', false), Interface: v('s', ''), Ip4Config: v('a{sv}', {}) });
  service.change(modemPath(0), MODEM, { State: v('i', 8) });
  await until(({ modems }) => expect(modems[0]?.state).toBe('registered'));
  await until(({ modems }) =>
    expect(modems[0]?.bearers[0]).toMatchObject({ connected: false, ip4Config: { dns: [] } }),
  );
  expect(service.calls.length).toBe(before);
});

test('a new bearer is read before it is told of', async () => {
  const service = await fake();
  const { until, facts } = watch();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  service.addBearer(7, bearerProperties({ Connected: v('b', false), Interface: v('s', '') }));
  service.change(bearerPath(7), BEARER, { Connected: v('b', true), Interface: v('s', 'wwan0') });
  await until(({ modems }) => expect(modems[0]?.bearers[0]).toMatchObject({ path: bearerPath(7), interface: 'wwan0' }));
  expect(facts.every(({ modems }) => modems[0]?.bearers.every(({ path }) => path === bearerPath(7)))).toBe(true);
});

test('a change that arrives while the object is being read wins over the older reply', async () => {
  const service = await fake();
  const { until } = watch();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  const stale = bearerProperties({ Connected: v('b', false) });
  service.behaviours.unshift((call) => {
    if (call.member !== 'GetAll' || call.path !== bearerPath(7)) return undefined;
    service.emit(bearerPath(7), 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', [
      BEARER,
      { Connected: v('b', true) },
      [],
    ]);
    return Message.newMethodReturn(call, 'a{sv}', [stale]);
  });
  service.addBearer(7, stale);
  await until(({ modems }) => expect(modems[0]?.bearers[0]?.connected).toBe(true));
});

test('counters and signal measurements cause no facts and no reads', async () => {
  const service = await fake();
  service.put(bearerPath(3), BEARER, bearerProperties());
  service.put(modemPath(0), MODEM, modemProperties({ Bearers: v('ao', [bearerPath(3)]) }));
  const { until, facts } = watch();
  await until(({ modems }) => expect(modems[0]?.bearers).toHaveLength(1));
  const before = { facts: facts.length, calls: service.calls.length };
  service.change(bearerPath(3), BEARER, { Stats: v('a{sv}', { 'rx-bytes': v('t', 5n) }) });
  service.change(modemPath(0), `${MODEM}.Signal`, { Lte: v('a{sv}', {}) });
  service.change(modemPath(0), MODEM, { SignalQuality: v('(ub)', [68, true]) });
  await until(({ modems }) => expect(modems[0]?.signalPercent).toBe(68));
  expect({ facts: facts.length, calls: service.calls.length }).toEqual({
    facts: before.facts + 1,
    calls: before.calls,
  });
});

test('invalidated properties are read again', async () => {
  const service = await fake();
  const { until } = watch();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  service.put(modemPath(0), MODEM_3GPP, { RegistrationState: v('u', 5) });
  service.change(modemPath(0), MODEM_3GPP, {}, ['RegistrationState']);
  await until(({ modems }) => expect(modems[0]?.registrationState).toBe('roaming'));
});

test('a modem that leaves and returns has a new path; its SIM and bearers go with it', async () => {
  const service = await fake();
  const { until } = watch();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  service.removeModem(0);
  await until(({ modems }) => expect(modems).toEqual([]));
  service.put(simPath(1), SIM, simProperties());
  service.addModem(1, modemProperties({ Sim: v('o', simPath(1)) }));
  await until(({ modems }) => expect(modems[0]).toMatchObject({ path: modemPath(1), sim: { path: simPath(1) } }));
});

test('another SIM is read', async () => {
  const service = await fake();
  const { until } = watch();
  await until(({ modems }) => expect(modems[0]?.sim?.path).toBe(simPath(0)));
  service.change(modemPath(0), MODEM, { Sim: v('o', '/') });
  await until(({ modems }) => expect(modems[0]?.sim).toBeUndefined());
  service.put(simPath(5), SIM, simProperties({ SimIdentifier: v('s', '8949000000000000001') }));
  service.change(modemPath(0), MODEM, { Sim: v('o', simPath(5)) });
  await until(({ modems }) => expect(modems[0]?.sim?.identifier).toBe('8949000000000000001'));
});

test('ModemManager goes and comes back under another owner: all is read afresh', async () => {
  const first = await fake();
  const { until, facts } = watch();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  first.stop();
  await until(({ onBus }) => expect(onBus).toBe(false));
  const second = await FakeModemManager.connect(daemon.address);
  cleanups.push(() => second.stop());
  second.version = '1.24.0';
  second.put(modemPath(0), MODEM, modemProperties({ State: v('i', 3) }));
  second.put(simPath(0), SIM, simProperties());
  await second.own();
  await until((now) => expect(now).toMatchObject({ version: '1.24.0', modems: [{ state: 'disabled' }] }));
  second.change(modemPath(0), MODEM, { State: v('i', 5) });
  await until(({ modems }) => expect(modems[0]?.state).toBe('enabling'));
  expect(facts.map(({ onBus }) => onBus)).toEqual([true, false, true, true]);
});

test('signals of anybody but the owner are ignored', async () => {
  const service = await fake();
  const { until, facts } = watch();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  const stranger = await connectPeer(daemon.address);
  cleanups.push(() => stranger.disconnect());
  // Sent to nobody and to us by name: the first is stopped by the rule at the bus, the second
  // reaches us.
  const [names] = await bus.call(
    {
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
      member: 'ListNames',
    },
    { timeoutMs: 5_000 },
  );
  for (const destination of [undefined, ...(names as string[]).filter((name) => name.startsWith(':'))]) {
    const forged = Message.newSignal(modemPath(0), 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', [
      MODEM,
      { State: v('i', 11) },
      [],
    ]);
    if (destination !== undefined) forged.destination = destination;
    stranger.send(forged);
    const owned = Message.newSignal('/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameOwnerChanged', 'sss', [
      'org.freedesktop.ModemManager1',
      ':1.1',
      '',
    ]);
    if (destination !== undefined) owned.destination = destination;
    stranger.send(owned);
  }
  service.change(modemPath(0), MODEM, { SignalQuality: v('(ub)', [11, true]) });
  await until(({ modems }) => expect(modems[0]?.signalPercent).toBe(11));
  expect(facts.map(({ modems }) => modems[0]?.state)).toEqual(['registered', 'registered']);
});

test('a ModemManager that hangs at the first reading is on the bus, and read once it answers', async () => {
  await hurry();
  const service = await fake();
  const release = service.hang('GetManagedObjects');
  const { until, lines, facts } = watch(hurried);
  await until((now) => expect(now).toEqual({ onBus: true, version: '', modems: [] }));
  release();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  expect(facts).toHaveLength(2);
  // One line for each reading that is not answered in time; on a busy machine that may be more than one.
  expect(lines.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
});

test('signals that pour in while ModemManager cannot be read are not kept: it is read once more', async () => {
  const modemManager = await fake();
  let held: Message | undefined;
  modemManager.behaviours.unshift((call) => {
    if (call.member !== 'GetManagedObjects' || held !== undefined) return undefined;
    held = call;
    return 'hang';
  });
  const { latest } = watch();
  await vi.waitFor(() => expect(held).toBeDefined());
  for (let index = 0; index <= 3_000; index += 1) {
    modemManager.change(modemPath(0), MODEM, { Model: v('s', `model ${index}`) });
  }
  // The reply was made before them.
  if (held) modemManager.bus.send(Message.newMethodReturn(held, 'a{oa{sa{sv}}}', [{}]));
  await vi.waitFor(() => expect(latest()?.modems[0]?.model).toBe('model 3000'), { timeout: 20_000 });
  expect(modemManager.calls.filter((call) => call.startsWith('GetManagedObjects'))).toHaveLength(2);
});

test('a flood of changes is told in few sets of facts, and the last one is right', async () => {
  const modemManager = await fake();
  // Its time stands still, so that the flood is one moment however slow the machine is.
  const { facts, latest } = watch({ ...systemClock, now: () => ({ monotonicMs: 1_000, wallMs: 0 }) });
  await vi.waitFor(() => expect(latest()?.modems).toHaveLength(1));
  for (let index = 1; index <= 2_000; index += 1) {
    modemManager.change(modemPath(0), MODEM, { Model: v('s', `model ${index}`) });
    if (index % 10 === 0) await new Promise(setImmediate);
  }
  await vi.waitFor(() => expect(latest()?.modems[0]?.model).toBe('model 2000'), { timeout: 20_000 });
  expect(facts.length).toBeLessThan(150);
});

test('a bearer that cannot be read keeps nothing else back and is read later', async () => {
  await hurry();
  const service = await fake();
  const { until } = watch(hurried);
  await until(({ modems }) => expect(modems).toHaveLength(1));
  const release = service.hang('GetAll');
  service.addBearer(2, bearerProperties());
  service.change(modemPath(0), MODEM, { State: v('i', 10) });
  await until(({ modems }) => expect(modems[0]).toMatchObject({ state: 'connecting', bearers: [] }));
  release();
  await until(({ modems }) => expect(modems[0]?.bearers).toHaveLength(1));
});

test('reading a bearer that no longer exists ends when no modem mentions it', async () => {
  const service = await fake();
  const { until } = watch(hurried);
  await until(({ modems }) => expect(modems).toHaveLength(1));
  service.change(modemPath(0), MODEM, { Bearers: v('ao', [bearerPath(9)]), State: v('i', 10) });
  await until(({ modems }) => expect(modems[0]).toMatchObject({ state: 'connecting', bearers: [] }));
  const tries = () => service.calls.filter((call) => call === `GetAll ${bearerPath(9)}`).length;
  await vi.waitFor(() => expect(tries()).toBeGreaterThan(1), { timeout: 5_000 });
  service.change(modemPath(0), MODEM, { Bearers: v('ao', []), State: v('i', 8) });
  await until(({ modems }) => expect(modems[0]?.state).toBe('registered'));
  const after = tries();
  service.addBearer(10, bearerProperties());
  await until(({ modems }) => expect(modems[0]?.bearers).toHaveLength(1));
  expect(tries()).toBeLessThanOrEqual(after + 1);
});

test('nonsense is survived: it is named in the log and does not come through', async () => {
  const service = await fake();
  service.put(bearerPath(1), BEARER, bearerProperties({ Interface: v('s', 'wwan0; reboot') }));
  service.put(bearerPath(2), BEARER, { Interface: v('s', 'wwan0') });
  service.put(
    modemPath(0),
    MODEM,
    modemProperties({
      Bearers: v('as', [bearerPath(1), bearerPath(2), '../../etc']),
      SignalQuality: v('(ub)', [4_000_000_000, true]),
      Device: v('s', '/sys/../etc/passwd'),
    }),
  );
  service.put(modemPath(0), MODEM_3GPP, {
    OperatorName: v('s', '\u001b[31mEvil\u0007\u202e'),
    OperatorCode: v('s', '`id`'),
  });
  service.addModem(1, modemProperties({ State: v('s', 'registered'), Sim: v('o', '/') }));
  const { until, lines } = watch();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  service.emit(modemPath(0), 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'ss', ['only', 'texts']);
  service.emit('/org/freedesktop/ModemManager1', 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded', 'i', [5]);
  service.emit('/org/freedesktop/ModemManager1', 'org.freedesktop.DBus.ObjectManager', 'InterfacesRemoved', 'as', [
    ['x'],
  ]);
  service.change(modemPath(0), MODEM, { PowerState: v('u', 99) });
  await until(({ modems }) => expect(modems[0]).toMatchObject({ powerState: 'unknown', operatorName: '[31mEvil' }));
  await until(({ modems }) => expect(modems[0]).toMatchObject({ operatorCode: '', device: '', signalPercent: 0 }));
  await until(({ modems }) =>
    expect(modems[0]?.bearers.map((bearer) => [bearer.path, bearer.interface])).toEqual([[bearerPath(1), undefined]]),
  );
  const named = lines.filter(({ level }) => level === 'warn').map(({ fields }) => `${fields.path} ${fields.property}`);
  expect(named.sort()).toEqual(
    [
      ` org.freedesktop.DBus.ObjectManager.GetManagedObjects`,
      `${bearerPath(1)} ${BEARER}.Interface`,
      `${bearerPath(2)} ${BEARER}.Connected`,
      `${modemPath(0)} ${MODEM}.Bearers`,
      `${modemPath(0)} ${MODEM}.Device`,
      `${modemPath(0)} ${MODEM}.SignalQuality`,
      `${modemPath(0)} ${MODEM_3GPP}.OperatorCode`,
      `${modemPath(1)} ${MODEM}.State`,
    ].sort(),
  );
});

test('a receiver of facts that throws ends the watch with its error', async () => {
  await fake();
  const { logger } = recordingLogger();
  const mistake = new TypeError('a mistake of ours');
  const ended = watchModemManager({
    bus,
    clock: systemClock,
    logger,
    signal: stop.controller.signal,
    onFacts: () => {
      throw mistake;
    },
  });
  await expect(ended).rejects.toBe(mistake);
});

test('a lost bus ends the watch', async () => {
  await fake();
  const { until, ended } = watch();
  await until(({ modems }) => expect(modems).toHaveLength(1));
  daemon.daemon.kill('SIGKILL');
  await expect(ended).rejects.toMatchObject({ name: 'BusLostError' });
});

// The daemon in this process on a real bus and a real kernel, with a modem that says what a test
// wants: from the modem to the link and its name servers, and what a stop leaves of them. What
// happens to it over months is in test/scenario.
import { setMaxListeners } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Message } from 'dbus-next';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../../src/config/load.ts';
import { Daemon } from '../../../src/daemon/daemon.ts';
import { openTrials } from '../../../src/daemon/proven-settings.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { type Status, StatusSchema } from '../../../src/status/schema.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { openLog } from '../../../src/system/log.ts';
import { connectPeer } from '../dbus/peer.ts';
import { startPrivateBus } from '../dbus/private-bus.ts';
import {
  BEARER,
  bearerPath,
  bearerProperties,
  FakeModemManager,
  MODEM,
  modemPath,
  v,
} from '../modem/fake-modem-manager.ts';
import { openPair } from '../network/namespace.ts';

setMaxListeners(64); // as program.ts does

const CONFIG = `
connect: { apn: vzwinternet }
probe: { targets: [icmp 192.0.2.1] }
recovery: { boot-spread: 0s }
`;
const ADDRESS = '100.112.107.46';
const BEFORE = 'nameserver 192.0.2.99\n';

/** A modem that connects and disconnects as it is told. */
async function modemOn(address: string, bearer = bearerProperties()): Promise<FakeModemManager> {
  const modem = await FakeModemManager.start(address);
  let bearers = 0;
  modem.behaviours.push((call) => {
    switch (call.member) {
      case 'Connect':
        bearers += 1;
        modem.addBearer(bearers, bearer);
        modem.change(modemPath(0), MODEM, { State: v('i', 11) });
        return Message.newMethodReturn(call, 'o', [bearerPath(bearers)]);
      case 'Disconnect':
        modem.change(bearerPath(bearers), BEARER, { Connected: v('b', false) });
        modem.change(modemPath(0), MODEM, { State: v('i', 8), Bearers: v('ao', []) });
        return Message.newMethodReturn(call, '', []);
      default:
        return undefined;
    }
  });
  return modem;
}

/** systemd, with a job of this type on whatever unit is asked for. */
async function systemdOn(address: string, job: string): Promise<() => void> {
  const systemd = await connectPeer(address);
  await systemd.requestName('org.freedesktop.systemd1', 0);
  systemd.addMethodHandler((call: Message) => {
    if (call.member === 'GetUnitByPID') systemd.send(Message.newMethodReturn(call, 'o', ['/unit']));
    else if (call.body[1] === 'Job') systemd.send(Message.newMethodReturn(call, 'v', [v('(uo)', [7, '/job/7'])]));
    else systemd.send(Message.newMethodReturn(call, 'v', [v('s', job)]));
    return true;
  });
  return () => systemd.disconnect();
}

async function openBoard(bearer?: ReturnType<typeof bearerProperties>) {
  const folder = mkdtempSync(join(tmpdir(), 'percept-lte-daemon-'));
  const [dbus, { device, end }] = await Promise.all([startPrivateBus(), openPair({ mount: true })]);
  const modem = await modemOn(dbus.address, bearer);
  onTestFinished(async () => {
    modem.stop();
    end();
    await dbus.stop();
    rmSync(folder, { recursive: true });
  });
  const root = join(folder, 'root');
  for (const name of ['etc', 'proc']) mkdirSync(join(root, name), { recursive: true });
  // The counters of the namespace.
  await device.output('mount', '-t', 'sysfs', 'sysfs', '/sys');
  symlinkSync(`/proc/${device.pid}/root/sys`, join(root, 'sys'));
  symlinkSync(`/proc/${device.pid}`, join(root, 'proc/self'));
  const resolvConf = join(root, 'etc/resolv.conf');
  writeFileSync(resolvConf, BEFORE);
  const configPath = join(folder, 'percept-lte.yaml');
  writeFileSync(configPath, CONFIG, { mode: 0o600 });
  const env: NodeJS.ProcessEnv = {
    RUNTIME_DIRECTORY: join(folder, 'run'),
    STATE_DIRECTORY: join(folder, 'lib'),
    INVOCATION_ID: '0123',
  };

  const statusFile = join(folder, 'run/status.json');
  const status = (): Status | undefined => {
    return existsSync(statusFile) ? JSON.parse(readFileSync(statusFile, 'utf8')) : undefined;
  };
  /** Starts the daemon; resolves when it is in this phase, with what stops it. */
  const start = async (phase = 'online'): Promise<{ stop: () => Promise<number> }> => {
    rmSync(statusFile, { force: true }); // of the one before
    const signals = new Map<string, () => void>();
    const log = openLog({ level: 'info', journald: false, destination: { write: () => {} } });
    const onSignal = (name: string, listener: () => void) => void signals.set(name, listener);
    const opened = await openTrials(await readConfig(configPath, env), join(folder, 'lib'), env, log.log);
    const bus = await openSystemBus({ address: dbus.address, clock: systemClock });
    const systemd = { send: () => {}, watchdogIntervalMs: undefined };
    const host = { bus, clock: systemClock, commands: device.runner, systemd, root };
    const ended = new Daemon({ configPath, env, onSignal }, opened, log, host).run();
    ended.catch(() => {}); // whoever stops it is told
    await vi.waitFor(() => expect(status()).toMatchObject({ pid: process.pid, phase }), 15_000);
    return {
      stop: () => {
        signals.get('SIGTERM')?.();
        return ended;
      },
    };
  };
  return {
    start,
    status,
    dbus,
    connects: () => modem.calls.filter((call) => /^(Connect|Disconnect) /.test(call)).map((call) => call.split(' ')[0]),
    /** What of the link the host has. */
    host: async () => ({
      address: (await device.output('ip', 'address', 'show', 'dev', 'wwan0')).includes(ADDRESS),
      route: (await device.output('ip', 'route', 'show', 'default')).includes('dev wwan0'),
      nameServer: readFileSync(resolvConf, 'utf8').includes('198.51.100.53'),
    }),
    resolvConf: () => readFileSync(resolvConf, 'utf8'),
  };
}

const whole = { address: true, route: true, nameServer: true };

test('a registered modem becomes a link that traffic passes; a stop leaves nothing of it', async () => {
  const board = await openBoard();
  const daemon = await board.start();
  await vi.waitFor(async () => expect(await board.host()).toEqual(whole), 10_000);
  await vi.waitFor(() => expect(board.status()?.link?.lastProof?.by).toBe('icmp 192.0.2.1'), 10_000);
  expect(board.status()).toEqual(StatusSchema.parse(board.status()));
  expect(await daemon.stop()).toBe(0);
  expect(await board.host()).toEqual({ address: false, route: false, nameServer: false });
  expect(board.resolvConf()).toBe(BEFORE);
  expect(board.connects()).toEqual(['Connect', 'Disconnect']);
});

test('systemd restarts the service: the link stays, and the next daemon adopts it without a new session', async () => {
  const board = await openBoard();
  onTestFinished(await systemdOn(board.dbus.address, 'restart'));
  const first = await board.start();
  await vi.waitFor(async () => expect(await board.host()).toEqual(whole), 10_000);
  expect(await first.stop()).toBe(0);
  expect(await board.host()).toEqual(whole);
  const second = await board.start();
  expect(await board.host()).toEqual(whole);
  await second.stop();
  expect(board.connects()).toEqual(['Connect']);
});

test('a modem that leaves its address to DHCP, on a host without a client: the reason says what to install', async () => {
  const board = await openBoard(bearerProperties({ Ip4Config: v('a{sv}', { method: v('u', 3) }) }));
  const daemon = await board.start('configuring');
  await vi.waitFor(() => expect(board.status()?.reason).toMatch(/no DHCP client.*apt-get install udhcpc/), 10_000);
  expect(await daemon.stop()).toBe(0);
});

// The ModemManager client against the real ModemManager, in each version that must be understood.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/config/secret.ts';
import type { Bus } from '../../src/dbus/bus.ts';
import { openSystemBus } from '../../src/dbus/system-bus.ts';
import { type ModemManagerCalls, modemManagerCalls, simpleConnectDeadline } from '../../src/modem/calls.ts';
import { classify, type FailureClass } from '../../src/modem/errors/failure.ts';
import type { Modem, ModemManagerFacts } from '../../src/modem/objects.ts';
import { watchModemManager } from '../../src/modem/watch/modem-manager.ts';
import { DeadlineError, systemClock } from '../../src/system/clock.ts';
import { type Line, recordingLogger } from '../component/modem/recording-logger.ts';
import { installedModemManagers } from '../world/installations.ts';
import { World, type WorldOptions } from '../world/world.ts';

interface Client {
  readonly world: World;
  readonly bus: Bus;
  readonly calls: ModemManagerCalls;
  readonly lines: readonly Line[];
  readonly signal: AbortSignal;
  latest(): ModemManagerFacts;
  modem(): Modem;
  /** Waits for facts that pass. */
  until(check: (facts: ModemManagerFacts) => void): Promise<void>;
  stop(): Promise<void>;
}

async function startClient(options: WorldOptions): Promise<Client> {
  const world = await World.start(options);
  // The world's socket, from outside its mount namespace.
  const address = await world.outsideBusAddress();
  const bus = await openSystemBus({ address, clock: systemClock });
  const controller = new AbortController();
  const { signal } = controller;
  const { logger, lines } = recordingLogger();
  let facts: ModemManagerFacts = { onBus: false, version: '', modems: [] };
  const watching = watchModemManager({
    bus,
    clock: systemClock,
    logger,
    signal,
    onFacts: (now) => {
      facts = now;
    },
  });
  watching.catch(() => {});
  const until = (check: (now: ModemManagerFacts) => void) =>
    vi.waitFor(() => check(facts), { timeout: 20_000, interval: 10 });
  const client: Client = {
    world,
    bus,
    calls: modemManagerCalls(bus),
    lines,
    signal,
    until,
    latest: () => facts,
    modem: () => {
      const [modem] = facts.modems;
      if (modem === undefined) throw new Error('there is no modem now');
      return modem;
    },
    async stop() {
      controller.abort();
      await watching;
      bus.close();
      await world.stop();
    },
  };
  await until(({ modems }) => expect(modems).toHaveLength(1));
  return client;
}

/** Enables the modem and waits until it is registered. */
async function register({ calls, modem, signal, until }: Client): Promise<void> {
  await calls.enable(modem().path, true, signal);
  await until(({ modems }) => expect(modems[0]?.state).toMatch(/registered|connected/));
}

async function connect(
  { calls, modem, latest, signal }: Client,
  apn = 'vzwinternet',
  password?: string,
): Promise<string> {
  const credentials = password === undefined ? {} : { user: 'u', password: new Secret(password) };
  const timeoutMs = simpleConnectDeadline(latest().version);
  return await calls.simpleConnect(modem().path, { apn, ipType: 'ipv4', ...credentials }, timeoutMs, signal);
}

async function deleteBearers({ calls, modem, signal, until }: Client): Promise<void> {
  for (const { path } of modem().bearers) await calls.deleteBearer(modem().path, path, signal);
  await until(({ modems }) => expect(modems[0]?.bearers).toEqual([]));
}

describe.each(installedModemManagers())('ModemManager %s', (version) => {
  let client: Client;
  beforeAll(async () => {
    client = await startClient({ modemManager: version });
  }, 60_000);
  afterAll(() => client?.stop());

  test('the modem is understood: no value is complained of', async () => {
    await register(client);
    expect(client.latest()).toMatchObject({ onBus: true, version });
    // 1.24 tells of the modem's state and of the registration in this order, apart.
    await client.until(({ modems }) => expect(modems[0]?.registrationState).toBe('home'));
    expect(client.modem()).toMatchObject({
      manufacturer: 'Telit',
      model: 'FIH7160',
      plugin: 'telit',
      state: 'registered',
      powerState: 'on',
      unlockRequired: 'none',
      registrationState: 'home',
      operatorCode: '311480',
      ports: expect.arrayContaining([{ name: 'wwan0', type: 'net' }]),
      sim: { identifier: expect.stringMatching(/^\d{19,20}$/) },
    });
    expect(client.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    expect(client.lines.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`ModemManager ${version} has initial EPS bearer`),
    );
  });

  test('a connect gives a bearer, in the reply and in the facts', async () => {
    const path = await connect(client);
    const bearer = {
      path,
      connected: true,
      interface: 'wwan0',
      ip4Config: { method: 'static', address: '100.112.107.46', prefix: 24, gateway: '100.112.107.1', mtu: 1428 },
      properties: { apn: 'vzwinternet', ipType: 'ipv4' },
    };
    expect(await client.calls.readBearer(path, client.signal)).toMatchObject(bearer);
    await client.until(({ modems }) => expect(modems[0]).toMatchObject({ state: 'connected', bearers: [bearer] }));
    expect(client.modem().bearers[0]).toEqual(await client.calls.readBearer(path, client.signal));
  });

  test('a bearer that the network drops is noticed, and its interface is gone', async () => {
    await client.world.modem.dropBearer();
    await client.until(({ modems }) => expect(modems[0]?.bearers[0]?.connected).toBe(false));
    await client.until(({ modems }) => expect(modems[0]?.state).toBe('registered'));
    expect(client.modem().bearers[0]).not.toHaveProperty('interface');
    await deleteBearers(client);
  });

  test.each<[number, FailureClass]>([
    [27, 'apn'],
    [28, 'apn'],
    [29, 'auth'],
    [33, 'subscription'],
    [26, 'congestion'],
    [3, 'subscription'],
    [50, 'apn'],
  ])('a connect refused with cause %i is %s', async (networkError, kind) => {
    await client.world.modem.refuseConnect({ networkError });
    const error = await connect(client).catch((thrown: unknown) => thrown);
    expect(classify(error)).toMatchObject({ class: kind, networkCause: networkError });
    const bearerError = client.modem().bearers.find(({ connectionError }) => connectionError)?.connectionError;
    if (bearerError) expect(bearerError.class).toBe(kind);
    await client.world.modem.acceptConnect();
    await deleteBearers(client);
  });

  test.each<[string, number, FailureClass]>([
    ['invalid access string', 18, 'apn'],
    ['invalid user name or password', 19, 'auth'],
  ])('a connect that the modem refuses with the status %s (%i) is %s', async (_, status, kind) => {
    await client.world.modem.refuseConnect({ status });
    const error = await connect(client, 'vzwinternet', 'wrong').catch((thrown: unknown) => thrown);
    // 1.20 drops the modem's status when there is no network error with it, and says "Unknown
    // error".
    expect(classify(error).class).toBe(version === '1.20.4' ? 'refused' : kind);
    await client.world.modem.acceptConnect();
    await deleteBearers(client);
  });

  test('an operator’s name is cleaned', async () => {
    await client.world.modem.setOperator({ id: '311480', name: '\u001b[31mEv\nil' });
    await client.until(({ modems }) => expect(modems[0]?.operatorName).toBe('[31mEvil'));
  });

  test('out of coverage and back', async () => {
    await client.world.modem.deregister();
    await client.until(({ modems }) => expect(modems[0]?.state).toMatch(/searching|enabled/));
    await client.world.modem.register();
    await client.until(({ modems }) => expect(modems[0]?.state).toBe('registered'));
  });

  test('unplugged and plugged in again it has another path', async () => {
    const before = client.modem().path;
    await client.world.usb.unplug();
    await client.until(({ modems }) => expect(modems).toEqual([]));
    await client.world.usb.plug();
    await client.until(({ modems }) => expect(modems[0]?.path).toBeDefined());
    expect(client.modem().path).not.toBe(before);
    await client.until(({ modems }) => expect(modems[0]?.sim?.identifier).toMatch(/^\d+$/));
  }, 30_000);

  test('a ModemManager that hangs does not answer the ping, and is as before once it goes on', async () => {
    await client.world.modemManager.stop();
    const impatient = modemManagerCalls({
      ...client.bus,
      call: (request, options) => client.bus.call(request, { ...options, timeoutMs: 300 }),
    });
    await expect(impatient.ping(client.signal)).rejects.toBeInstanceOf(DeadlineError);
    await client.world.modemManager.continue();
    await client.calls.ping(client.signal);
  });

  test('killed and started again, all is read afresh', async () => {
    await client.world.modemManager.kill();
    await client.until((facts) => expect(facts).toEqual({ onBus: false, version: '', modems: [] }));
    const error = await client.calls.ping(client.signal).catch((thrown: unknown) => thrown);
    expect(classify(error).class).toBe('gone');
    await client.world.modemManager.start();
    await client.until((facts) =>
      expect(facts).toMatchObject({ onBus: true, version, modems: [{ model: 'FIH7160' }] }),
    );
    await register(client);
  }, 40_000);
});

describe.each(installedModemManagers())('ModemManager %s and a locked SIM', (version) => {
  let client: Client;
  beforeAll(async () => {
    client = await startClient({ modemManager: version, sim: { pin: '1234' } });
  }, 60_000);
  afterAll(() => client?.stop());

  test('the lock and its retries are seen', async () => {
    await client.until(({ modems }) =>
      expect(modems[0]).toMatchObject({ state: 'locked', unlockRequired: 'sim-pin', unlockRetries: { 'sim-pin': 3 } }),
    );
    expect(client.modem().sim?.path).toMatch(/\/SIM\/\d+$/);
  });

  test('a wrong PIN is refused and costs a try; the right one unlocks', async () => {
    const sim = client.modem().sim?.path ?? '';
    const error = await client.calls.sendPin(sim, '9999', client.signal).catch((thrown: unknown) => thrown);
    expect(classify(error)).toMatchObject({ class: 'pin' });
    await client.until(({ modems }) => expect(modems[0]?.unlockRetries['sim-pin']).toBe(2));
    await client.calls.sendPin(sim, '1234', client.signal);
    await client.until(({ modems }) => expect(modems[0]?.state).toBe('disabled'));
    await register(client);
  }, 30_000);

  test('a PIN for a SIM that is not locked is no refusal', async () => {
    const sim = client.modem().sim?.path ?? '';
    const error = await client.calls.sendPin(sim, '1234', client.signal).catch((thrown: unknown) => thrown);
    expect(['busy', 'other']).toContain(classify(error).class);
  });
});

test('without a SIM the modem has failed for that reason', async () => {
  const client = await startClient({ modemManager: '1.20.4', sim: { present: false } });
  try {
    await client.until(({ modems }) =>
      expect(modems[0]).toMatchObject({ state: 'failed', stateFailedReason: 'sim-missing' }),
    );
    expect(client.modem()).not.toHaveProperty('sim');
  } finally {
    await client.stop();
  }
}, 60_000);

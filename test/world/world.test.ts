// The world itself, against every ModemManager that is installed: it says what the seed document shows, each modem comes
// online by the document's own steps, worlds do not meet, and nothing is left of one whose test died.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, expect, type TestContext, test } from 'vitest';
import { findModemManager, type ModemManagerName } from './installations.ts';
import { type ProfileName, profiles } from './mbim/profiles.ts';
import { World, type WorldOptions } from './world.ts';

const names: readonly ModemManagerName[] = ['1.14.12', '1.20.4', '1.24.0'];
const found = await Promise.all(
  names.map(async (name) => ((await findModemManager(name)) === undefined ? [] : [name])),
);
const installed = found.flat();

/** A world that ends with its test. The tests run five at a time: most of their time ModemManager waits for a timer of its own. */
async function startWorld({ onTestFinished }: TestContext, options: WorldOptions): Promise<World> {
  const world = await World.start(options);
  onTestFinished(() => world.stop());
  return world;
}

/** The document's steps 8 to 15. */
async function comeOnline(world: World, profile: ProfileName): Promise<void> {
  const { apn, ip } = profiles[profile];
  const { address, prefix, gateway } = ip.ipv4 ?? {};
  const steps = [
    ['mmcli', '-m', 'any', '--enable'],
    ['mmcli', '-m', 'any', `--simple-connect=apn=${apn}`],
    ['ip', 'link', 'set', 'dev', 'wwan0', 'up'],
    ['ip', 'address', 'add', `${address}/${prefix}`, 'dev', 'wwan0'],
    ['ip', 'route', 'add', 'default', 'via', String(gateway), 'dev', 'wwan0'],
  ];
  for (const [command = '', ...args] of steps) {
    const { code, stderr } = await (command === 'mmcli' ? world.mmcli(...args) : world.run([command, ...args]));
    expect(`${args.join(' ')}: ${code} ${stderr.trim()}`).toBe(`${args.join(' ')}: 0 `);
  }
}

/** "key: value" lines of mmcli as the document prints them, whatever the column width and colours. */
function linesOf(text: string): string[] {
  const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
  const lines = text.replace(colour, '').split('\n');
  return lines.map((line) => line.replace(/^[^|]*\|/, '').trim()).filter((line) => line.includes(': '));
}

/** Of the document's modem, connected, and its bearer. */
const documentedModem = [
  'manufacturer: Telit',
  'model: FIH7160',
  'firmware revision: 20.00.525',
  'h/w revision: XMM7160_V1.1_HWID437_MBIM_NAND',
  'supported: gsm-umts, lte',
  'current: gsm-umts, lte',
  'device: /sys/devices/platform/soc@0/38200000.usb/xhci-hcd.1.auto/usb3/3-1/3-1.1',
  'plugin: telit',
  'primary port: cdc-wdm0',
  'unlock retries: sim-pin2 (3)',
  'state: connected',
  'power state: on',
  'access tech: lte',
  'signal quality: 16% (recent)',
  'supported: ipv4, ipv6, ipv4v6',
  'enabled locks: fixed-dialing',
  'operator id: 311480',
  'operator name: Verizon',
  'registration: home',
];
const documentedBearer = [
  'type: default',
  'connected: yes',
  'suspended: no',
  'interface: wwan0',
  'ip timeout: 20',
  'apn: vzwinternet',
  'roaming: allowed',
  'method: static',
  'address: 100.112.107.46',
  'prefix: 24',
  'gateway: 100.112.107.1',
  'dns: 198.224.166.135, 198.224.167.135',
];
/**
 * Left out, and why: device id (a hash over what is blanked out), equipment id, imei and own number (blanked out), drivers
 * and ports (the world has no AT ports, ttyACM and cdc_acm), modes, bands and UE mode of operation (the plugin reads them by
 * AT), duration (differs), object paths (labelled `dbus path` by 1.14).
 */

describe.concurrent.each(installed)('ModemManager %s', (modemManager) => {
  test('shows the modem and the bearer of the seed document', async (context) => {
    const world = await startWorld(context, { modemManager });
    expect((await world.mmcli('-L')).stdout.trim()).toBe('/org/freedesktop/ModemManager1/Modem/0 [Telit] FIH7160');
    expect(linesOf((await world.mmcli('-m', '0')).stdout)).toContain('state: disabled');
    await comeOnline(world, 'multitech');
    expect(linesOf((await world.mmcli('-m', '0')).stdout)).toEqual(expect.arrayContaining(documentedModem));
    expect(linesOf((await world.mmcli('-b', '0')).stdout)).toEqual(expect.arrayContaining(documentedBearer));
    const link = await world.ip.link();
    expect(link).toMatchObject({ address: '1e:fb:08:e9:2a:25', flags: expect.arrayContaining(['NOARP', 'UP']) });
  });

  for (const profile of ['multitech', 'quectel', 'vodafone'] as const) {
    test(`brings ${profile} online, and only while it has a session`, async (context) => {
      const world = await startWorld(context, { modemManager, profile });
      await comeOnline(world, profile);
      expect(await world.ping()).toBe(true);
      expect(await world.ping('8.8.8.8', { from: 'wwan0' })).toBe(true);
      await world.modem.dropBearer();
      expect(await world.ping()).toBe(false);
      await world.modemManager.waitForState(8);
    });
  }

  test('names initial EPS bearer Bearer/0 and data bearer Bearer/1 for the Quectel modem', async (context) => {
    const world = await startWorld(context, { modemManager, profile: 'quectel' });
    await comeOnline(world, 'quectel');
    expect(linesOf((await world.mmcli('-b', '0')).stdout)).toEqual(
      expect.arrayContaining(['apn: ims', 'type: default-attach']),
    );
    expect(linesOf((await world.mmcli('-b', '1')).stdout)).toEqual(
      expect.arrayContaining(['type: default', 'connected: yes']),
    );
  });

  test('finds the modem under a new index after it was pulled out and put in', async (context) => {
    const world = await startWorld(context, { modemManager });
    await comeOnline(world, 'multitech');
    await world.usb.unplug();
    await world.modemManager.waitForNoModem();
    expect(await world.ip.link()).toBeUndefined();
    await world.usb.plug();
    expect(await world.modemManager.waitForModem()).toBe('/org/freedesktop/ModemManager1/Modem/1');
    await comeOnline(world, 'multitech');
    expect(await world.ping()).toBe(true);
  });

  test('is told of a re-authorised USB device', async (context) => {
    const world = await startWorld(context, { modemManager });
    const authorized = `/sys/${profiles.multitech.usb.path}/authorized`;
    await world.run(['sh', '-c', `echo 0 > ${authorized}`]);
    await world.modemManager.waitForNoModem();
    await world.run(['sh', '-c', `echo 1 > ${authorized}`]);
    expect(await world.modemManager.waitForModem()).toBe('/org/freedesktop/ModemManager1/Modem/1');
  });

  test('takes a PIN, counts refused ones down and asks for the PUK at last', async (context) => {
    const world = await startWorld(context, { modemManager, sim: { pin: '1234', retries: 2 } });
    expect(linesOf((await world.mmcli('-m', 'any')).stdout)).toEqual(
      expect.arrayContaining(['state: locked', 'lock: sim-pin', 'unlock retries: sim-pin (2)']),
    );
    expect((await world.mmcli('-i', '0', '--pin=0000')).code).not.toBe(0);
    expect(await world.sim.status()).toEqual({ lock: 'sim-pin', pinRetries: 1, pukRetries: 10 });
    expect((await world.mmcli('-i', '0', '--pin=1234')).code).toBe(0);
    expect(await world.sim.status()).toEqual({ lock: 'none', pinRetries: 3, pukRetries: 10 });
    await world.modemManager.waitForState(3);
    await comeOnline(world, 'multitech');
  });

  test('passes on why the carrier refuses, and resets the modem', async (context) => {
    const world = await startWorld(context, { modemManager });
    await world.mmcli('-m', 'any', '--enable');
    await world.modem.refuseConnect({ networkError: 27 });
    const refused = await world.mmcli('-m', 'any', '--simple-connect=apn=wrong');
    expect(refused.stderr).toMatch(/MobileEquipment\.(Gprs)?MissingOrUnknownApn/);
    expect((await world.mmcli('-m', 'any', '--reset')).code).toBe(0);
    await world.modemManager.waitForNoModem();
    expect(await world.modemManager.waitForModem()).toBe('/org/freedesktop/ModemManager1/Modem/1');
    const kinds = (await world.modem.attempts()).map(({ kind, accepted }) => `${kind} ${accepted}`);
    expect(kinds).toEqual(expect.arrayContaining(['activate false', 'reset true']));
  });

  test('may die while the session lives on', async (context) => {
    const world = await startWorld(context, { modemManager });
    await comeOnline(world, 'multitech');
    const pinger = await world.pinger();
    await pinger.waitForAnswers();
    await world.modemManager.kill();
    await world.modemManager.start();
    await world.modemManager.waitForModem();
    await pinger.waitForAnswers();
    expect(await pinger.stop()).toMatchObject({ lost: [], complaints: [] });
  });

  test('is started by the bus when it is asked for', async (context) => {
    const world = await startWorld(context, { modemManager, startModemManager: false, activatable: true });
    expect(await world.modemManager.pid()).toBeUndefined();
    // mmcli never starts it; whoever calls a method does.
    const introspect = 'org.freedesktop.DBus.Introspectable.Introspect';
    const destination = '--dest=org.freedesktop.ModemManager1';
    const call = ['dbus-send', '--system', '--print-reply', destination, '/org/freedesktop/ModemManager1', introspect];
    expect(await world.run(call)).toMatchObject({ code: 0, stderr: '' });
    expect(await world.modemManager.pid()).toBeGreaterThan(1);
    await world.modemManager.waitForModem();
  });
});

describe.concurrent('the carrier', () => {
  test('lets an old address go dark when it moves the session', async (context) => {
    const world = await startWorld(context, {});
    await comeOnline(world, 'multitech');
    await world.modem.changeAddress({ address: '100.112.107.99' }, { indicate: false });
    expect(await world.ping()).toBe(false);
    await world.run(['ip', 'address', 'add', '100.112.107.99/24', 'dev', 'wwan0']);
    expect(await world.ping('192.0.2.1', { from: '100.112.107.99' })).toBe(true);
  });

  test('swallows, blocks, shrinks and stays silent, one after the other', async (context) => {
    const world = await startWorld(context, {});
    await comeOnline(world, 'multitech');
    await world.carrier.swallow();
    expect(await world.ping()).toBe(false);
    await world.carrier.swallow(false);
    await world.carrier.blockIcmp();
    expect(await world.ping()).toBe(false);
    await world.carrier.blockIcmp(false);
    await world.carrier.smallMtu(1000);
    expect(await world.ping()).toBe(true);
    expect((await world.run(['ping', '-c', '1', '-W', '1', '-s', '1200', '192.0.2.1'])).code).toBe(1);
    await world.carrier.smallMtu();
    await world.carrier.down();
    expect((await world.ip.link())?.flags).toContain('NO-CARRIER');
    await world.carrier.up();
    expect(await world.ping()).toBe(true);
  });

  test('answers names over UDP and TCP, web requests, and counts them', async (context) => {
    const world = await startWorld(context, {});
    await comeOnline(world, 'multitech');
    const program = `
      const { Resolver } = require('node:dns').promises;
      const resolver = new Resolver({ timeout: 500, tries: 1 });
      resolver.setServers(['198.224.166.135']);
      resolver.resolve4('example.com').then(async (addresses) => {
        const { status } = await fetch('http://' + addresses[0] + '/');
        process.stdout.write(addresses[0] + ' ' + status);
      }, (error) => process.stdout.write(error.code));`;
    const ask = async (): Promise<string> => (await world.run([process.execPath, '-e', program])).stdout;
    expect(await ask()).toBe('192.0.2.1 204');
    await world.carrier.silentDns();
    expect(await ask()).toBe('ETIMEOUT');
    expect(await world.carrier.counters()).toMatchObject({ dnsQueries: 2, tcpConnections: 1 });
  });

  test('gives IPv6 beside IPv4', async (context) => {
    const world = await startWorld(context, {});
    await world.modem.setIpv6(true);
    await world.mmcli('-m', 'any', '--enable');
    await world.mmcli('-m', 'any', '--simple-connect=apn=vzwinternet,ip-type=ipv4v6');
    const bearer = linesOf((await world.mmcli('-b', '0')).stdout);
    expect(bearer).toEqual(expect.arrayContaining(['address: 2001:db8:6b::2e', 'gateway: 2001:db8:6b::1']));
    await world.run(['ip', 'link', 'set', 'dev', 'wwan0', 'up']);
    await world.run(['ip', 'address', 'add', '2001:db8:6b::2e/64', 'dev', 'wwan0', 'nodad']);
    await world.run(['ip', '-6', 'route', 'add', 'default', 'via', '2001:db8:6b::1', 'dev', 'wwan0']);
    expect(await world.ping('2001:db8:2::1')).toBe(true);
  });

  test('leaves the other way out alone', async (context) => {
    const world = await startWorld(context, { ethernet: true, startModemManager: false });
    expect(await world.ping('192.0.2.1', { from: 'eth0' })).toBe(true);
    expect(await world.ip.routes()).toContainEqual(
      expect.objectContaining({ dst: 'default', dev: 'eth0', metric: 100 }),
    );
    await world.ethernet.down();
    expect(await world.ping()).toBe(false);
  });
});

describe.concurrent('a world', () => {
  test('has a bus that dies and comes back at the same address', async (context) => {
    const world = await startWorld(context, {});
    await world.bus.restart();
    expect(await world.modemManager.modems()).toBeUndefined();
    await world.modemManager.restart();
    await world.modemManager.waitForModem();
  });

  test('has files that reach no disk', async (context) => {
    const world = await startWorld(context, { startModemManager: false });
    await world.files.write('/etc/percept-lte-test.yaml', 'a: 1\n', 0o600);
    await world.files.write('/var/lib/percept-lte-test/x', 'b');
    expect((await world.run(['cat', '/etc/percept-lte-test.yaml'])).stdout).toBe('a: 1\n');
    expect(await readdir('/etc')).not.toContain('percept-lte-test.yaml');
    expect(await readdir('/var/lib')).not.toContain('percept-lte-test');
  });

  test('stands beside another without meeting it', async (context) => {
    const [one, two] = await Promise.all([startWorld(context, {}), startWorld(context, { profile: 'vodafone' })]);
    await Promise.all([comeOnline(one, 'multitech'), comeOnline(two, 'vodafone')]);
    await one.modem.dropBearer();
    expect(await Promise.all([one.ping(), two.ping()])).toEqual([false, true]);
  });

  test('leaves no process and no mount behind when its test process is killed', async ({ expect }) => {
    const program = `
      import { World } from ${JSON.stringify(new URL('./world.ts', import.meta.url).href)};
      const world = await World.start();
      await world.spawn(['sleep', '1000']);
      process.stdout.write('pid ' + (await world.pid()) + '\\n');`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const namespace = await readlink(`/proc/${/pid (\d+)/.exec(String(line))?.[1]}/ns/pid`);
    expect((await processesIn(namespace)).length).toBeGreaterThan(4);
    child.kill('SIGKILL');
    await expect.poll(() => processesIn(namespace), { timeout: 10_000 }).toEqual([]);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain('/run/world');
  });
});

const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const source = new URL('./world.ts', import.meta.url);
const asRoot = process.getuid?.() === 0;
const nobodyMayRead = asRoot && spawnSync('setpriv', [...nobody.slice(1), 'test', '-r', source.pathname]).status === 0;

// Only root can become somebody else; an ordinary user's own run of this file shows the same.
if (nobodyMayRead) {
  test('is to be had without being root', async () => {
    const program = `
      import { World } from ${JSON.stringify(source.href)};
      const world = await World.start({ modemManager: 'host' });
      await world.mmcli('-m', 'any', '--simple-connect=apn=vzwinternet');
      await world.run(['ip', 'link', 'set', 'dev', 'wwan0', 'up']);
      await world.run(['ip', 'address', 'add', '100.112.107.46/24', 'dev', 'wwan0']);
      await world.run(['ip', 'route', 'add', 'default', 'dev', 'wwan0']);
      process.stdout.write('ping ' + (await world.ping()));
      await world.stop();`;
    const tsx = createRequire(import.meta.url).resolve('tsx');
    const [command = '', ...flags] = nobody;
    const args = [...flags, process.execPath, '--import', tsx, '--input-type=module', '-e', program];
    const child = spawn(command, args, { env: { ...process.env, TMPDIR: '/tmp' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    await once(child, 'close');
    expect(output).toBe('ping true');
  });
}

/** Pids of the processes in a PID namespace. */
async function processesIn(namespace: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const inside = await Promise.all(
    pids.map(async (pid) => (await readlink(`/proc/${pid}/ns/pid`).catch(() => '')) === namespace),
  );
  return pids.filter((_, index) => inside[index]);
}

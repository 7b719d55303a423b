// Every ModemManager that is installed, in a world: it says what the vendor's guide shows, and each
// modem comes online by the document's own steps.

import { describe, expect, test } from 'vitest';
import { installedModemManagers } from './installations.ts';
import { profiles } from './profiles.ts';
import { comeOnline, linesOf, startWorld } from './steps.ts';

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
 * Left out, and why: device id (a hash over what is blanked out), equipment id, imei and own number
 * (blanked out), drivers and ports (the world has no AT ports, ttyACM and cdc_acm), modes, bands
 * and UE mode of operation (the plugin reads them by AT), duration (differs), object paths
 * (labelled `dbus path` by 1.14).
 */
describe.concurrent.each(installedModemManagers())('ModemManager %s', (modemManager) => {
  test('shows the modem and the bearer as the vendor’s guide does', async (context) => {
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

  test('takes a device back whose holder was killed, and probes it anew', async (context) => {
    const world = await startWorld(context, { modemManager });
    const device = `--inhibit-device=/sys/${profiles.multitech.usb.path}`;
    const holder = await world.spawn(['chroot', world.places.root, '/usr/bin/mmcli', device]);
    await world.modemManager.waitForNoModem();
    await holder.end('SIGKILL');
    expect(await world.modemManager.waitForModem()).toBe('/org/freedesktop/ModemManager1/Modem/1');
    expect((await world.modem.attempts()).map(({ kind }) => kind)).not.toContain('reset');
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

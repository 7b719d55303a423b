// What every installed ModemManager makes of a modem that is not simply well: SIM states, switches
// and locks of the radio, registration that is refused or depends on something, and refusals of a
// connect by condition.

import { describe, expect, test, vi } from 'vitest';
import { installedModemManagers } from './installations.ts';
import { profiles } from './profiles.ts';
import { linesOf, startWorld } from './steps.ts';
import type { World } from './world.ts';

/** 1.24.0 and 1.24.2 answer all of this as the newest does. */
const alike: readonly string[] = ['1.24.0', '1.24.2'];
const installed = installedModemManagers().filter((name) => !alike.includes(name));

const linesOfModem = async (world: World): Promise<string[]> => linesOf((await world.mmcli('-m', 'any')).stdout);

/** mmcli's word on a refused call: the D-Bus error without its prefix, or `done`. */
async function mmcli(world: World, ...args: string[]): Promise<string> {
  const { code, stderr } = await world.mmcli('-m', 'any', ...args);
  return code === 0 ? 'done' : stderr.replaceAll('GDBus.Error:org.freedesktop.ModemManager1.Error.', '').trim();
}

const connect = (world: World, more = ''): Promise<string> => mmcli(world, `--simple-connect=apn=vzwinternet${more}`);

/** Waits until one line of `mmcli -m` is there. */
async function untilShown(world: World, line: string): Promise<void> {
  await vi.waitFor(async () => expect(await linesOfModem(world)).toContain(line), { timeout: 10_000, interval: 100 });
}

/** The property as dbus-send prints it; mmcli does not show it. */
async function networkRejection(world: World): Promise<string> {
  const path = await world.modemManager.waitForModem();
  const what = ['string:org.freedesktop.ModemManager1.Modem.Modem3gpp', 'string:NetworkRejection'];
  const get = ['dbus-send', '--system', '--print-reply', '--dest=org.freedesktop.ModemManager1', path];
  return (await world.run([...get, 'org.freedesktop.DBus.Properties.Get', ...what])).stdout;
}

describe.concurrent.each(installed)('ModemManager %s and', (modemManager) => {
  const before116 = modemManager === '1.14.12';

  test('a SIM that is not activated: it fails for good, until the modem is reset', async (context) => {
    const world = await startWorld(context, { modemManager, sim: { readiness: 'not-activated' } });
    await world.modemManager.waitForState(-1, 40_000);
    expect(await linesOfModem(world)).toContain('failed reason: sim-missing');
    await world.sim.setReadiness('initialized');
    await world.run(['sleep', '2']);
    expect(await linesOfModem(world)).toContain('state: failed');
    expect(await mmcli(world, '--reset')).toBe('done');
    await world.modemManager.waitForState(3);
  });

  test('PIN tries that are never told, and an ICCID that is empty', async (context) => {
    const world = await startWorld(context, { modemManager, sim: { pin: '1234', tellsTries: false, iccid: '' } });
    await untilShown(world, 'state: locked');
    expect((await linesOfModem(world)).find((line) => line.startsWith('unlock retries'))).toBeUndefined();
    expect((await world.mmcli('-i', 'any', '--pin=1234')).code).toBe(0);
    await world.modemManager.waitForState(3);
    expect((await world.mmcli('-i', 'any')).stdout).not.toContain('iccid');
  });

  test('another IMSI behind the same ICCID, with which the modem comes back', async (context) => {
    const world = await startWorld(context, { modemManager });
    await world.sim.setIdentity({ imsi: '002020987654321' });
    await world.usb.restart();
    await world.modemManager.waitForModem();
    await world.modemManager.waitForState(3);
    const sim = linesOf((await world.mmcli('-i', 'any')).stdout);
    expect(sim).toEqual(expect.arrayContaining(['imsi: 002020987654321', `iccid: ${profiles.multitech.sim.iccid}`]));
  });

  test('a radio that is locked, or switched off by hardware', async (context) => {
    const world = await startWorld(context, { modemManager });
    const off = (which: string): RegExp =>
      before116 ? new RegExp(`Core.Failed: Cannot power-up: ${which}`) : /Core.Retry: .*Invalid transition/;
    await world.radio.lock();
    expect(await mmcli(world, '--enable')).toMatch(off('so.*ware radio switch is OFF'));
    expect(await linesOfModem(world)).toContain('power state: low');
    await world.radio.lock(false);
    expect(await mmcli(world, '--enable')).toBe('done');
    await untilShown(world, 'state: registered');
    await world.radio.setHardware(false);
    await untilShown(world, 'state: enabled');
    expect(await linesOfModem(world)).toContain('power state: on');
    await mmcli(world, '--disable');
    expect(await mmcli(world, '--enable')).toMatch(off('hardware radio switch is OFF'));
    await world.radio.setHardware(true);
    expect(await mmcli(world, '--enable')).toBe('done');
    await untilShown(world, 'state: registered');
  });

  test('registration that is denied, abroad, and with a partner', async (context) => {
    const world = await startWorld(context, { modemManager });
    await world.modem.denyRegistration(11);
    await mmcli(world, '--enable');
    await untilShown(world, `registration: ${before116 ? 'denied' : 'idle'}`);
    const tellsCause = !before116 && modemManager !== '1.20.4';
    if (tellsCause) expect(await networkRejection(world)).toMatch(/"error"\s+variant\s+uint32 11/);
    for (const as of ['roaming', 'partner'] as const) {
      await world.modem.register();
      await world.modem.setOperator({ id: '00201', name: 'Visited', as });
      await untilShown(world, 'registration: roaming');
      expect(await connect(world, ',allow-roaming=no')).toMatch(/Core.Unauthorized: .*roaming not allowed/);
    }
    expect((await world.modem.attempts()).filter(({ kind }) => kind === 'activate')).toEqual([]);
  });

  test('packet service that is lost and refused', async (context) => {
    const world = await startWorld(context, { modemManager });
    await mmcli(world, '--enable');
    await untilShown(world, 'state: registered');
    expect(await connect(world)).toBe('done');
    await world.radio.detach();
    await untilShown(world, 'state: registered');
    await world.radio.refuseAttach({ networkError: 8 });
    expect(await connect(world)).toMatch(/GprsServiceNotAllowed|PsAndNonPsServicesNotAllowed/);
    await world.radio.refuseAttach(null);
    expect(await connect(world)).toBe('done');
  });

  test('a search that ends only when the radio was off and on', async (context) => {
    const world = await startWorld(context, { modemManager });
    await world.radio.loseUntilCycled();
    await mmcli(world, '--enable');
    await untilShown(world, `state: ${before116 ? 'searching' : 'enabled'}`);
    for (const step of ['--disable', '--set-power-state-low', '--set-power-state-on', '--enable']) {
      expect(await mmcli(world, step)).toBe('done');
    }
    await untilShown(world, 'state: registered');
  });

  test('a network that registers only who attaches with its APN', async (context) => {
    const world = await startWorld(context, { modemManager, profile: 'quectel' });
    await world.radio.needAttachApn('private.example', 33);
    await mmcli(world, '--enable');
    await untilShown(world, 'state: enabled');
    const settings = 'apn=private.example,ip-type=ipv4,user=u,password=p';
    const answer = await mmcli(world, `--3gpp-set-initial-eps-bearer-settings=${settings}`);
    // 1.14 takes credentials, compares without them, says that nothing was updated and shows the
    // former.
    expect(answer).toMatch(before116 ? /Core.Failed: Initial EPS bearer settings were not updated/ : /^done$/);
    await untilShown(world, 'state: registered');
    if (!before116) expect(await linesOfModem(world)).toContain('initial bearer apn: private.example');
    expect(await world.radio.attachConfiguration()).toMatchObject({
      apn: 'private.example',
      ipType: 'ipv4',
      user: 'u',
    });
  });

  test('refusals by IP type, operator, APN and IMSI, and a drop with its reason', async (context) => {
    const world = await startWorld(context, { modemManager });
    await world.modem.setIpv6(true);
    await world.modem.refuseConnect({ ipType: 'ipv4v6', networkError: 33, times: 'always' });
    await world.modem.refuseConnect({ apn: 'wrong.example', networkError: 27, times: 'always' });
    await world.modem.refuseConnect({ operator: '00101', networkError: 11, times: 'always' });
    await world.modem.refuseConnect({ imsi: '002020987654321', networkError: 8, times: 'always' });
    await mmcli(world, '--enable');
    await untilShown(world, 'state: registered');
    expect(await connect(world, ',ip-type=ipv4v6')).toMatch(/ServiceOptionNotSubscribed/);
    expect(await mmcli(world, '--simple-connect=apn=wrong.example')).toMatch(/MissingOrUnknownApn/);
    expect(await connect(world, ',ip-type=ipv4')).toBe('done');
    await world.modem.dropBearer({ networkError: 26 });
    await untilShown(world, 'state: registered');
    await world.modem.setOperator({ id: '00101', name: 'A', as: 'roaming' });
    expect(await connect(world)).toMatch(/PlmnNotAllowed/);
    await world.modem.setOperator({ id: '00201', name: 'B', as: 'roaming' });
    expect(await connect(world)).toBe('done');
    await mmcli(world, '--simple-disconnect');
    await world.sim.setIdentity({ imsi: '002020987654321' });
    expect(await connect(world)).toMatch(/GprsServiceNotAllowed|PsAndNonPsServicesNotAllowed/);
  });

  test('a connect that is never answered: the carrier saw it, nothing comes back', async (context) => {
    const world = await startWorld(context, { modemManager });
    await mmcli(world, '--enable');
    await untilShown(world, 'state: registered');
    await world.modem.leaveConnectsUnanswered();
    const asking = await world.spawn([
      'chroot',
      world.places.root,
      '/usr/bin/mmcli',
      '-m',
      'any',
      '--simple-connect=apn=a',
    ]);
    await vi.waitFor(async () =>
      expect((await world.modem.attempts()).at(-1)).toMatchObject({ kind: 'activate', apn: 'a' }),
    );
    await world.run(['sleep', '2']);
    expect(asking.exit).toBeUndefined();
    expect(await linesOfModem(world)).toContain('state: connecting');
  });
});

test('a SIM that the modem sees only after a restart is missing until then', async (context) => {
  const world = await startWorld(context, { sim: { unseen: true } });
  await world.modemManager.waitForState(-1, 40_000);
  expect(await linesOfModem(world)).toContain('failed reason: sim-missing');
  await world.usb.restart();
  await world.modemManager.waitForState(3);
});

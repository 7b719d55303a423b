// The guide's preparation of the modem, without a PC: from a modem as it comes out of its box to a
// board that is online.
import { expect } from 'vitest';
import type { World } from '../../world/world.ts';
import { perceptLte, startPerceptLte } from '../command-line.ts';
import { CONFIG, eventually, MINIMAL_CONFIG } from '../daemon.ts';
import { worldTest } from '../world-test.ts';

worldTest(
  'a modem out of its box: doctor says what is wrong, prepare changes it, and the board comes online',
  { serial: true },
  async ({ world, start }) => {
    await world.files.write(CONFIG, MINIMAL_CONFIG, 0o600);
    const before = await perceptLte(world, 'doctor');
    expect(before.stdout).toMatch(/fail {2}modem +FIH7160 \(1bc7:0036\) at USB 3-1\.1 is in neither MBIM nor QMI mode/);
    expect(before.stdout).toMatch(/→ percept-lte prepare --to mbim/);

    const prepared = await perceptLte(world, 'prepare', '--to', 'mbim', '--yes');
    expect(prepared.stdout + prepared.stderr).toMatch(/answers AT: FIH7160, USB mode 0[\s\S]*back in MBIM mode/);
    expect(prepared.code).toBe(0);
    expect(await world.usb.atCommands()).toContain('AT#REBOOT');

    const daemon = await start();
    await daemon.online();
    const after = await perceptLte(world, 'doctor');
    expect(after.stdout).toMatch(/ok {4}modem +FIH7160 \(1bc7:0032\) at USB 3-1\.1 is in MBIM mode/);
    for (const step of [
      'ModemManager',
      'modem shown',
      'SIM',
      'modem state',
      'registration',
      'bearer',
      'link',
      'address',
    ])
      expect(after.stdout).toMatch(new RegExp(`^ok {4}${step} {2,}`, 'm'));
    expect(after.stdout).toMatch(/^ok {4}traffic +passes/m);
    expect((await perceptLte(world, 'prepare', '--to', 'mbim', '--yes')).stdout).toMatch(/is in MBIM mode already/);
    expect(await world.ping()).toBe(true);
  },
);

worldTest(
  'a modem that is pulled out in the middle is told of, and ModemManager has it again when it is back',
  { serial: true },
  async ({ world }) => {
    await world.files.write(CONFIG, MINIMAL_CONFIG, 0o600);
    await world.modemManager.waitForModem(60_000);
    await world.usb.lieToAt('AT#USBCFG?');
    const preparing = perceptLte(world, 'prepare', '--to', 'mbim', '--yes');
    await asked(world, 'AT#USBCFG?');
    await world.usb.unplug();
    const { code, stderr } = await preparing;
    expect(stderr).toMatch(/(went away|hung up).*\n→ nothing was changed; plug the modem in again/);
    expect(code).toBe(1);
    await world.usb.plug();
    await world.modemManager.waitForModem(60_000);
    expect(await world.usb.atCommands()).not.toContain('AT#REBOOT');
  },
);

worldTest(
  'prepare that is killed in the middle leaves the modem to ModemManager',
  { serial: true },
  async ({ world }) => {
    await world.files.write(CONFIG, MINIMAL_CONFIG, 0o600);
    await world.modemManager.waitForModem(60_000);
    await world.usb.lieToAt('AT#USBCFG?');
    const preparing = await startPerceptLte(world, 'prepare', '--to', 'mbim', '--yes');
    await asked(world, 'AT#USBCFG?');
    expect(await world.modemManager.modems()).toEqual([]);
    await preparing.kill('SIGKILL');
    await world.modemManager.waitForModem(60_000);
  },
);

/** Waits until the modem has been sent `command`. */
async function asked(world: World, command: string): Promise<void> {
  const found = async () => ((await world.usb.atCommands()).includes(command) ? true : undefined);
  await eventually(found, 90_000, () => `${command} on the serial port`);
}

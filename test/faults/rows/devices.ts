// Modems that are held by somebody else, or are no USB device.

import { profiles } from '../../world/profiles.ts';
import type { Fault, Situation } from '../fault.ts';
import { gentle, gentleSoFar, mustSay } from './steps.ts';

const pcie = '/sys/devices/pci0000:00/0000:00:01.3/0000:01:00.0';

/**
 * Takes the modem as fwupd does for a firmware update: InhibitDevice, and its control port open,
 * for `ms`.
 */
async function inhibited({ world, sleep }: Situation, ms: number): Promise<void> {
  const device = `/sys/${profiles.multitech.usb.path}`;
  const updater = await world.spawn(['sh', '-c', 'exec sleep 1000 < /dev/cdc-wdm0']);
  const holder = await world.spawn(['chroot', world.places.root, '/usr/bin/mmcli', `--inhibit-device=${device}`]);
  await world.modemManager.waitForNoModem();
  await sleep(ms);
  await holder.end('SIGKILL');
  await updater.end('SIGKILL');
}

export const deviceFaults: readonly Fault[] = gentle([
  { name: 'modem inhibited by somebody for 12 s', attempts: 1, break: (situation) => inhibited(situation, 12_000) },
  {
    name: 'modem inhibited for a firmware update of 170 s',
    slow: true,
    limit: 240,
    attempts: 1,
    async break(situation) {
      await inhibited(situation, 170_000);
      await gentleSoFar(situation);
    },
  },
  {
    name: 'modem without a USB path, chosen by the name that ModemManager shows (qcom-soc)',
    fresh: true,
    attempts: 1,
    limit: 20,
    world: { deviceName: 'qcom-soc' },
    settings: { device: 'qcom-soc' },
    break: async () => {},
  },
  {
    name: 'modem on PCIe that does not answer for 100 s',
    slow: true,
    limit: 420,
    attempts: 4,
    heavyRungs: 3,
    radioCycles: 4,
    settleMs: 4_000,
    world: { deviceName: pcie },
    async break(situation) {
      await situation.world.modem.mute();
      await situation.world.modem.dropBearer();
      await situation.sleep(100_000);
      await mustSay(situation, /^(?!.*fault within this program)/s);
      await situation.world.modem.unmute();
    },
  },
]);

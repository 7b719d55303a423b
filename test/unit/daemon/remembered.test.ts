// What is put right at the start by what is remembered.
import { expect, test } from 'vitest';
import { switchUsbOn } from '../../../src/daemon/remembered.ts';

const DEVICE = '/sys/devices/platform/usb3/3-1';

/** What becomes of the port of a modem with this memory, whose switch is `off`. */
async function started(memory: Parameters<typeof switchUsbOn>[0], authorise: () => Promise<boolean>) {
  const asked: string[] = [];
  const said: unknown[] = [];
  await switchUsbOn(memory, { warn: (...words: unknown[]) => said.push(words.at(-1)) }, (device) => {
    asked.push(device);
    return authorise();
  });
  return { asked, said };
}

const isOff = () => Promise.resolve(true);
const isOn = () => Promise.resolve(false);
const cycled = { 'reauthorise-usb': [-5_000, 90_000] };

test('killed between switching the USB port off and on: the next start switches it on, and says so', async () => {
  const { asked, said } = await started({ device: DEVICE, climbs: cycled }, isOff);
  expect(asked).toEqual([DEVICE]);
  expect(said).toEqual(['the USB device was left switched off; switched on']);
});

test('a port that is on already is nothing to speak of', async () => {
  expect(await started({ device: DEVICE, climbs: cycled }, isOn)).toEqual({ asked: [DEVICE], said: [] });
});

test.each<[string, Parameters<typeof switchUsbOn>[0]]>([
  ['somebody else (usbguard) switched it off: we never did', { device: DEVICE, climbs: {} }],
  [
    'we did in an earlier boot, after which the kernel has switched it on',
    { device: DEVICE, climbs: { 'reauthorise-usb': [-5_000] } },
  ],
  ['the modem was never seen in this boot', { climbs: cycled }],
])('%s: it is left alone', async (_, memory) => {
  expect(await started(memory, isOff)).toEqual({ asked: [], said: [] });
});

test('a device that is gone, or no USB device, does not keep the daemon from starting', async () => {
  const { said } = await started({ device: DEVICE, climbs: cycled }, () => Promise.reject(new Error('ENOENT')));
  expect(said).toEqual([]);
});

// The kernel's switch for one USB device: taking its authorisation away and giving it back is what
// pulling the plug does to its drivers.
import { readFile, writeFile } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import { codeOf } from './error-code.ts';

/** The modem is on another bus (PCIe, a system on a chip), or its device is gone. */
export class NotUsbError extends Error {
  override readonly name = 'NotUsbError';

  constructor(device: string) {
    super(`the modem is no USB device (${JSON.stringify(device)})`);
  }
}

/** The device stays without authorisation this long: its drivers have to let go. A judgement. */
const REST_MS = 1_000;

/**
 * Writes 0 and then 1 to `device`/authorized (Linux Documentation/usb/authorization.rst). `device`
 * is a sysfs path as ModemManager gives it; `root` is another host's `/`, for tests.
 * @throws NotUsbError, or Error when the file cannot be written.
 */
export async function reauthoriseUsb(device: string, clock: Clock, signal: AbortSignal, root = ''): Promise<void> {
  const file = switchOf(device, root);
  await writeFile(file, '0', { flag: 'r+', signal }).catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? new NotUsbError(device) : error;
  });
  try {
    await clock.sleep(REST_MS, signal);
  } finally {
    // Whatever happened meanwhile, a device must never be left without authorisation.
    await writeFile(file, '1', { flag: 'r+' });
  }
}

/**
 * Gives `device` its authorisation back where a process of ours was killed before it could. Returns
 * whether that was so.
 * @throws Error as reauthoriseUsb
 */
export async function authoriseUsb(device: string, root = ''): Promise<boolean> {
  const file = switchOf(device, root);
  if ((await readFile(file, 'utf8')).trim() !== '0') return false;
  await writeFile(file, '1', { flag: 'r+' });
  return true;
}

function switchOf(device: string, root: string): string {
  if (!device.startsWith('/sys/devices/') || device.split('/').includes('..')) {
    throw new NotUsbError(device);
  }
  return `${root}${device}/authorized`;
}

// The modems on the USB as sysfs shows them: who made them, which driver has which interface, and
// the serial ports. For `doctor` and `prepare`; it opens nothing.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { makerOf } from '../modem/into-mbim.ts';
import { cleanText } from '../modem/wire/text.ts';
import { linkName, namesIn, textOf } from './host-files.ts';

const BUS = 'sys/bus/usb/devices';

/** Drivers that only modems have: such a device is one, whoever made it. */
const MODEM_DRIVERS: ReadonlySet<string> = new Set(['cdc_mbim', 'qmi_wwan', 'option', 'sierra', 'huawei_cdc_ncm']);

/** USB class 02, subclass 0e: MBIM (USB-IF, MBIM 1.0 §6.4); 0d: NCM. */
const MBIM = '02/0e';
const NCM = '02/0d';

/** What the interfaces of a modem can be used for, the best first. */
export type UsbMode =
  | 'mbim'
  | 'qmi'
  /** It offers MBIM, and cdc_mbim does not have it. */
  | 'mbim-without-driver'
  /** NCM, which on some chips is MBIM as well. */
  | 'ncm'
  /** Serial ports, or a network card with a router behind it. */
  | 'other';

export interface UsbModem {
  /** The kernel's name of the device, such as 3-1.1. */
  readonly where: string;
  /** vendor:product, as lsusb prints them. */
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly product: string;
  readonly mode: UsbMode;
  /** Of all its interfaces, each once. */
  readonly drivers: readonly string[];
  /** Its serial ports, such as ttyACM0, in the order of its interfaces. */
  readonly serialPorts: readonly string[];
  /** Its folder in sysfs, by which ModemManager knows it. */
  readonly sysfs: string;
}

/** `Telit FIH7160 (1bc7:0032) at USB 3-1.1`. */
export const describeUsbModem = ({ name, id, where }: UsbModem): string => `${name} (${id}) at USB ${where}`;

/** All modems that are plugged in. */
export async function usbModems(root: string): Promise<readonly UsbModem[]> {
  const names = await namesIn(root, BUS);
  const devices = await Promise.all(
    names.filter((name) => !name.includes(':')).map((name) => deviceAt(root, name, names)),
  );
  return devices.filter((device) => device !== undefined);
}

async function deviceAt(root: string, name: string, names: readonly string[]): Promise<UsbModem | undefined> {
  const [vendor, product, title] = await Promise.all(
    ['idVendor', 'idProduct', 'product'].map((file) => textOf(root, BUS, name, file)),
  );
  if (vendor === undefined || product === undefined) return undefined;
  const interfaces = await Promise.all(
    names
      .filter((other) => other.startsWith(`${name}:`))
      .map(async (other) => ({
        kind: `${await textOf(root, BUS, other, 'bInterfaceClass')}/${await textOf(root, BUS, other, 'bInterfaceSubClass')}`,
        driver: await linkName(root, BUS, other, 'driver'),
        ttys: await ttysOf(root, other),
      })),
  );
  const maker = makerOf(vendor, product);
  if (maker === undefined && !interfaces.some(({ driver }) => MODEM_DRIVERS.has(driver ?? ''))) return undefined;
  return {
    where: name,
    id: `${vendor}:${product}`,
    name: cleanText(title ?? maker?.name ?? 'modem'),
    vendor,
    product,
    mode: modeOf(interfaces),
    drivers: [...new Set(interfaces.flatMap(({ driver }) => driver ?? []))],
    serialPorts: interfaces.flatMap(({ ttys }) => ttys),
    sysfs: await realpath(join(root, BUS, name)),
  };
}

function modeOf(interfaces: readonly { kind: string; driver: string | undefined }[]): UsbMode {
  const has = (driver: string) => interfaces.some((one) => one.driver === driver);
  if (has('cdc_mbim')) return 'mbim';
  if (has('qmi_wwan')) return 'qmi';
  if (interfaces.some(({ kind }) => kind === MBIM)) return 'mbim-without-driver';
  return interfaces.some(({ kind, driver }) => kind === NCM && driver === 'cdc_ncm') ? 'ncm' : 'other';
}

/** cdc_acm has tty/ttyACM0 below its interface, usb-serial's drivers ttyUSB0. */
async function ttysOf(root: string, name: string): Promise<readonly string[]> {
  const [own, below] = await Promise.all([namesIn(root, BUS, name), namesIn(root, BUS, name, 'tty')]);
  return [...own, ...below].filter((tty) => /^tty(ACM|USB)\d+$/.test(tty));
}

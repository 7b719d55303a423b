// The modem as sysfs and udev show it (WORLD: `cdc-wdm0` and `wwan0` below one USB interface).
// ModemManager from 1.16 on reads the folders; 1.14 goes through libudev and needs the uevent files
// and udev's database as well.

import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ModemProfile } from '../modem/profile.ts';
import { places } from './places.ts';

/** Folders that exist whether or not a modem is plugged in. */
export async function writeBuses(): Promise<void> {
  const folders = [
    'devices/platform',
    'bus/usb/drivers/cdc_mbim',
    'bus/usb/drivers/qmi_wwan',
    'bus/usb/drivers/cdc_acm',
    'bus/usb/devices',
    'class/tty',
    'class/usbmisc',
    'class/net',
  ];
  for (const folder of folders) await mkdir(`${places.sys}/${folder}`, { recursive: true });
}

/** The USB device itself with its `authorized` file; stays when the device is only deauthorised. */
export async function writeDevice({ usb }: ModemProfile, product = usb.product): Promise<void> {
  const device = `${places.sys}/${usb.path}`;
  await mkdir(device, { recursive: true });
  await files(device, {
    idVendor: usb.vendor,
    idProduct: product,
    manufacturer: usb.manufacturer,
    product: usb.productName,
    bcdDevice: '0100',
    busnum: '3',
    devnum: '2',
    authorized: '1',
    uevent: `DEVTYPE=usb_device\nDRIVER=usb\nPRODUCT=${usb.vendor}/${product}/100\nTYPE=239/2/1`,
  });
  await link(`${places.sys}/bus/usb`, `${device}/subsystem`);
  await link(device, onBus(device));
}

/** Where the bus lists a device or an interface. */
const onBus = (folder: string) => `${places.sys}/bus/usb/devices/${basename(folder)}`;

/** The interface with its two ports. `ifindex` is the kernel's for the present `wwan0`. */
export async function writeInterface(profile: ModemProfile, ifindex: number): Promise<void> {
  const { usb, mac } = profile;
  const { number, class: type, subClass, protocol } = usb.interface;
  const folder = interfaceFolder(usb);
  const control = `${folder}/usbmisc/cdc-wdm0`;
  const net = `${folder}/net/wwan0`;
  await Promise.all([mkdir(control, { recursive: true }), mkdir(net, { recursive: true })]);
  const numbers = [type, subClass, protocol].map((field) => Number.parseInt(field, 16)).join('/');
  await files(folder, {
    bInterfaceClass: type,
    bInterfaceSubClass: subClass,
    bInterfaceProtocol: protocol,
    bInterfaceNumber: number,
    uevent: `DEVTYPE=usb_interface\nDRIVER=${usb.driver}\nINTERFACE=${numbers}`,
  });
  await files(control, { dev: '180:0', uevent: 'MAJOR=180\nMINOR=0\nDEVNAME=cdc-wdm0' });
  await files(net, {
    ifindex: String(ifindex),
    address: mac,
    type: '1',
    uevent: `DEVTYPE=wwan\nINTERFACE=wwan0\nIFINDEX=${ifindex}`,
  });
  if (usb.driver === 'qmi_wwan') await writeDataFormat(net);
  await link(`${places.sys}/bus/usb`, `${folder}/subsystem`);
  await link(`${places.sys}/bus/usb/drivers/${usb.driver}`, `${folder}/driver`);
  await link(folder, onBus(folder));
  for (const [port, kind] of [
    [control, 'usbmisc'],
    [net, 'net'],
  ] as const) {
    await link(`${places.sys}/class/${kind}`, `${port}/subsystem`);
    await link(folder, `${port}/device`);
    await link(port, `${places.sys}/class/${kind}/${basename(port)}`);
  }
  await writeUdevDatabase(usb, ifindex);
  await writeFile(places.kernelEvents, `${portEvents(profile, 'add').join('\n')}\n`);
}

export async function removeInterface({ usb }: ModemProfile): Promise<void> {
  await rm(interfaceFolder(usb), { recursive: true, force: true });
  await rm(onBus(interfaceFolder(usb)), { force: true });
  await rm(`${places.sys}/class/usbmisc/cdc-wdm0`, { force: true });
  await rm(`${places.sys}/class/net/wwan0`, { force: true });
  await writeFile(places.kernelEvents, '');
}

export async function removeDevice({ usb }: ModemProfile): Promise<void> {
  await rm(`${places.sys}/${usb.path}`, { recursive: true, force: true });
  await rm(onBus(usb.path), { force: true });
}

/** A serial port of the modem while it has no network interface. */
export interface TtyDevice {
  readonly profile: ModemProfile;
  /** Such as ttyACM0. */
  readonly name: string;
  /** The product id of that mode. */
  readonly product: string;
}

export async function writeTty(device: TtyDevice): Promise<void> {
  const { profile, name, product } = device;
  const { usb } = profile;
  const folder = interfaceFolder(usb);
  const tty = `${folder}/tty/${name}`;
  await mkdir(tty, { recursive: true });
  await files(folder, {
    bInterfaceClass: '02',
    bInterfaceSubClass: '02',
    bInterfaceProtocol: '01',
    bInterfaceNumber: usb.interface.number,
    uevent: 'DEVTYPE=usb_interface\nDRIVER=cdc_acm\nINTERFACE=2/2/1',
  });
  await files(tty, { dev: '166:0', uevent: `MAJOR=166\nMINOR=0\nDEVNAME=${name}` });
  await link(`${places.sys}/bus/usb`, `${folder}/subsystem`);
  await link(`${places.sys}/bus/usb/drivers/cdc_acm`, `${folder}/driver`);
  await link(folder, onBus(folder));
  await link(`${places.sys}/class/tty`, `${tty}/subsystem`);
  await link(folder, `${tty}/device`);
  await link(tty, `${places.sys}/class/tty/${name}`);
  const ids = `E:ID_BUS=usb\nE:ID_VENDOR_ID=${usb.vendor}\nE:ID_MODEL_ID=${product}`;
  await writeFile('/run/udev/data/c166:0', `I:1000000\nE:ID_MM_CANDIDATE=1\n${ids}\n`);
  await writeFile(places.kernelEvents, `${ttyEvent(device, 'add')}\n`);
}

export async function removeTty({ profile: { usb }, name }: TtyDevice): Promise<void> {
  await rm(interfaceFolder(usb), { recursive: true, force: true });
  await rm(onBus(interfaceFolder(usb)), { force: true });
  await rm(`${places.sys}/class/tty/${name}`, { force: true });
  await writeFile(places.kernelEvents, '');
}

export const ttyEvent = ({ profile: { usb }, name }: TtyDevice, action: 'add' | 'remove'): string =>
  `action=${action},subsystem=tty,name=${name},uid=${usb.deviceName ?? `/sys/${usb.path}`}`;

/**
 * What `mmcli --report-kernel-event` and --initial-kernel-events say of the two ports; the uid
 * becomes `Device`.
 */
export function portEvents({ usb }: ModemProfile, action: 'add' | 'remove'): string[] {
  const ports = ['subsystem=net,name=wwan0', 'subsystem=usbmisc,name=cdc-wdm0'];
  const uid = usb.deviceName ?? `/sys/${usb.path}`;
  return ports.map((port) => `action=${action},${port},uid=${uid}`);
}

function interfaceFolder({ path, interface: { number } }: ModemProfile['usb']): string {
  return `${places.sys}/${path}/${basename(path)}:1.${Number.parseInt(number, 16)}`;
}

/**
 * The driver's own file: whether frames carry IP alone. libqmi reads it and, to agree with the
 * modem, writes it.
 */
async function writeDataFormat(net: string): Promise<void> {
  await mkdir(`${net}/qmi`, { recursive: true });
  await files(`${net}/qmi`, { raw_ip: 'N' });
}

async function writeUdevDatabase(usb: ModemProfile['usb'], ifindex: number): Promise<void> {
  const ids = `E:ID_BUS=usb\nE:ID_VENDOR_ID=${usb.vendor}\nE:ID_MODEL_ID=${usb.product}`;
  const entry = `I:1000000\nE:ID_MM_CANDIDATE=1\n${ids}\n`;
  await writeFile('/run/udev/data/c180:0', entry);
  await writeFile(`/run/udev/data/n${ifindex}`, entry);
}

async function files(folder: string, contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(contents)) await writeFile(`${folder}/${name}`, `${text}\n`);
}

/**
 * A relative link: the same folder is seen at two places, as ModemManager's /sys and in the
 * world's.
 */
async function link(target: string, path: string): Promise<void> {
  const { dirname, relative } = await import('node:path');
  await rm(path, { force: true });
  await symlink(relative(dirname(path), target), path);
}

// The check of `doctor` that looks for the modem on the USB: is it there, and in a mode
// that ModemManager can use, MBIM or QMI? It never switches a modem over.
import { intoMbim, MAKERS } from '../../modem/into-mbim.ts';
import { type Check, type Finding, linkName, namesIn, textOf } from './finding.ts';

const BUS = 'sys/bus/usb/devices';
const ABOUT = 'modem';

/** Drivers that only modems have: such a device is one, whoever made it. */
const MODEM_DRIVERS: ReadonlySet<string> = new Set(['cdc_mbim', 'qmi_wwan', 'option', 'sierra', 'huawei_cdc_ncm']);

interface UsbModem {
  readonly where: string;
  /** vendor:product, as lsusb prints them. */
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly product: string;
  readonly interfaces: readonly { readonly kind: string; readonly driver: string | undefined }[];
}

export const usbModem: Check = async ({ root }) => {
  const names = await namesIn(root, BUS);
  const devices = await Promise.all(
    names.filter((name) => !name.includes(':')).map((name) => deviceAt(root, name, names)),
  );
  const modems = devices.filter((device) => device !== undefined);
  if (modems.length > 0) return modems.flatMap(judged);
  const remedy =
    'check that it is plugged in, and its power: a 5G modem needs 3 A, a cable under 1 m and a port that no other one shares';
  return [{ state: 'fail', about: ABOUT, text: 'there is none on the USB', remedy }];
};

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
      })),
  );
  const maker = MAKERS.find(({ usbVendor }) => usbVendor === vendor);
  if (maker === undefined && !interfaces.some(({ driver }) => MODEM_DRIVERS.has(driver ?? ''))) return undefined;
  return {
    where: name,
    id: `${vendor}:${product}`,
    name: title ?? maker?.name ?? 'modem',
    vendor,
    product,
    interfaces,
  };
}

/** USB class 02, subclass 0e: MBIM (USB-IF, MBIM 1.0 §6.4); 0d: NCM. */
const MBIM = '02/0e';
const NCM = '02/0d';

function judged({ where, id, name, vendor, product, interfaces }: UsbModem): Finding[] {
  const drivers = [...new Set(interfaces.flatMap(({ driver }) => driver ?? []))].join(', ') || 'none';
  const what = `${name} (${id}) at USB ${where}`;
  if (interfaces.some(({ driver }) => driver === 'cdc_mbim')) {
    return [{ state: 'ok', about: ABOUT, text: `${what} is in MBIM mode` }];
  }
  // A QMI modem is fine as it is: ModemManager drives it, and so does this program.
  if (interfaces.some(({ driver }) => driver === 'qmi_wwan')) {
    return [{ state: 'ok', about: ABOUT, text: `${what} is in QMI mode` }];
  }
  if (interfaces.some(({ kind }) => kind === MBIM)) {
    const text = `${what} offers MBIM, but the driver cdc_mbim does not have it (drivers: ${drivers})`;
    return [{ state: 'fail', about: ABOUT, text, remedy: 'modprobe cdc_mbim' }];
  }
  const both = interfaces.some(({ kind, driver }) => kind === NCM && driver === 'cdc_ncm')
    ? 'if it can do both NCM and MBIM: echo "options cdc_ncm prefer_mbim=Y" > /etc/modprobe.d/percept-lte.conf, then plug it in again; else '
    : '';
  return [
    {
      state: 'fail',
      about: ABOUT,
      text: `${what} is in neither MBIM nor QMI mode (drivers: ${drivers})`,
      remedy: `${both}${intoMbim(vendor, product)}`,
    },
  ];
}

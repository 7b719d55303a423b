// The check of `doctor` that looks for the modem on the USB: is it there, and in a mode
// that ModemManager can use, MBIM or QMI? It never switches a modem over; `prepare` does.
import { intoMbim } from '../../modem/into-mbim.ts';
import { describeUsbModem, type UsbModem, usbModems } from '../usb-modems.ts';
import type { Check, Finding } from './finding.ts';

const ABOUT = 'modem';

export const usbModem: Check = async ({ root }) => {
  const modems = await usbModems(root);
  if (modems.length > 0) return modems.map(judged);
  const remedy =
    'check that it is plugged in, and its power: a 5G modem needs 3 A, a cable under 1 m and a port that no other one shares';
  return [{ code: 'usb-modem', state: 'fail', about: ABOUT, text: 'there is none on the USB', remedy }];
};

function judged(modem: UsbModem): Finding {
  const what = describeUsbModem(modem);
  const drivers = modem.drivers.join(', ') || 'none';
  switch (modem.mode) {
    case 'mbim':
      return { code: 'usb-modem', state: 'ok', about: ABOUT, text: `${what} is in MBIM mode` };
    // A QMI modem is fine as it is: ModemManager drives it, and so does this program.
    case 'qmi':
      return { code: 'usb-modem', state: 'ok', about: ABOUT, text: `${what} is in QMI mode` };
    case 'mbim-without-driver': {
      const text = `${what} offers MBIM, but the driver cdc_mbim does not have it (drivers: ${drivers})`;
      return { code: 'usb-modem', state: 'fail', about: ABOUT, text, remedy: 'modprobe cdc_mbim' };
    }
    case 'ncm':
    case 'other': {
      const both =
        modem.mode === 'ncm'
          ? 'if it can do both NCM and MBIM: echo "options cdc_ncm prefer_mbim=Y" > /etc/modprobe.d/percept-lte.conf, then plug it in again; else '
          : '';
      const remedy = `${both}${intoMbim(modem.vendor, modem.product)}`;
      return {
        code: 'usb-modem',
        state: 'fail',
        about: ABOUT,
        text: `${what} is in neither MBIM nor QMI mode (drivers: ${drivers})`,
        remedy,
      };
    }
  }
}

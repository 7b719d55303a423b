// The check of `doctor` that looks for the modem on the USB: is it there, and in a mode
// that ModemManager can use, MBIM or QMI? It never switches a modem over; `prepare` does.
import { intoMbim } from '../../modem/into-mbim.ts';
import { describeUsbModem, type UsbModem, usbModems } from '../usb-modems.ts';
import { amiss, type Check, type Finding, ok } from './finding.ts';

const ABOUT = 'modem';

/** Whether there is a modem on the USB, and each in a mode that ModemManager can use. */
export const usbModem: Check = async ({ root }) => {
  const modems = await usbModems(root);
  return modems.length > 0 ? modems.map(judged) : [amiss('usb-modem', ABOUT)];
};

function judged(modem: UsbModem): Finding {
  const what = describeUsbModem(modem);
  const drivers = modem.drivers.join(', ') || 'none';
  switch (modem.mode) {
    case 'mbim':
      return ok('usb-modem', ABOUT, `${what} is in MBIM mode`);
    // A QMI modem is fine as it is: ModemManager drives it, and so does this program.
    case 'qmi':
      return ok('usb-modem', ABOUT, `${what} is in QMI mode`);
    case 'mbim-without-driver': {
      const text = `${what} offers MBIM, but the driver cdc_mbim does not have it (drivers: ${drivers})`;
      return amiss('usb-driver', ABOUT, { text });
    }
    case 'ncm':
    case 'other': {
      const both =
        modem.mode === 'ncm'
          ? 'if it can do both NCM and MBIM: echo "options cdc_ncm prefer_mbim=Y" > /etc/modprobe.d/percept-lte.conf, then plug it in again; else '
          : '';
      const text = `${what} is in neither MBIM nor QMI mode (drivers: ${drivers})`;
      return amiss('usb-mode', ABOUT, { text, remedy: `${both}${intoMbim(modem.vendor, modem.product)}` });
    }
  }
}

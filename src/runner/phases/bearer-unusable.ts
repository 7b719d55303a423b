// The error for a bearer that is connected and cannot be configured, with what a person has to do
// about it.
import type { IpConfig } from '../../modem/objects.ts';

/**
 * How modems are switched to MBIM over one of their serial ports, by ModemManager's plugin: the
 * vendors' AT command manuals.
 */
const INTO_MBIM: Readonly<Record<string, string>> = {
  telit: 'Telit: AT#USBCFG? shows the mode, AT#USBCFG=3 sets it, AT#REBOOT',
  quectel: 'Quectel: AT+QCFG="usbnet" shows the mode, AT+QCFG="usbnet",2 sets it, AT+CFUN=1,1 restarts the modem',
};

const SERIAL =
  'the modem offers only a serial (PPP) connection, not the network interface that is needed: it is in the wrong USB mode';
const TERMINAL =
  'on the serial port that answers AT, 115200 8N1 (socat - /dev/ttyUSB2,b115200,raw,echo=0,crnl), or mmcli --command where ModemManager runs with --debug';

/** A connected bearer that this program cannot configure. */
export class BearerUnusableError extends Error {
  override readonly name = 'BearerUnusableError';
  /** What a person can do. */
  readonly advice: string;

  constructor(
    readonly method: IpConfig['method'],
    readonly bearer: string,
    /** ModemManager's plugin for the modem, such as `telit`. */
    plugin: string,
  ) {
    super(method === 'ppp' ? SERIAL : `the bearer ${bearer} came without an address (IP method ${method})`);
    this.advice = method === 'ppp' ? intoMbim(plugin) : 'see the bearer with: mmcli -b any; try another connect.apn';
  }
}

function intoMbim(plugin: string): string {
  const known = INTO_MBIM[plugin.toLowerCase()];
  const commands = known ?? `see the AT command manual of the modem; ${Object.values(INTO_MBIM).join('; ')}`;
  return `switch the modem to MBIM, ${TERMINAL}. ${commands}. It comes back under a new USB configuration within a minute`;
}

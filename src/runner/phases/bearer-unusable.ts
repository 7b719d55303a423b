// The error for a bearer that is connected and cannot be configured, with what a person has to do
// about it.
import { intoMbimByPlugin } from '../../modem/into-mbim.ts';
import type { IpConfig } from '../../modem/objects.ts';

const SERIAL =
  'the modem offers only a serial (PPP) connection, not the network interface that is needed: it is in the wrong USB mode';
const TERMINAL =
  'on the serial port that answers AT, 115200 8N1 (socat - /dev/ttyUSB2,b115200,raw,echo=0,crnl), or mmcli --command where ModemManager runs with --debug';

/** A connected bearer that this program cannot configure. */
export class BearerUnusableError extends Error {
  override readonly name = 'BearerUnusableError';
  /** What a person can do. */
  readonly remedy: string;

  constructor(
    readonly method: IpConfig['method'],
    readonly bearer: string,
    /** ModemManager's plugin for the modem, such as `telit`. */
    plugin: string,
  ) {
    super(method === 'ppp' ? SERIAL : `the bearer ${bearer} came without an address (IP method ${method})`);
    this.remedy = method === 'ppp' ? intoMbim(plugin) : 'see the bearer with: mmcli -b any; try another connect.apn';
  }
}

const intoMbim = (plugin: string) =>
  `switch the modem to MBIM, ${TERMINAL}. ${intoMbimByPlugin(plugin)}. It comes back under a new USB configuration within a minute`;

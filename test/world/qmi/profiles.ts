// Two modems that speak QMI, as data, with the subscription of the vendor's guide in both: a
// Quectel EC25 in its first mode, and a Sierra Wireless EM7455. How they answer where they differ
// is assumed.

import { controller, type ModemProfile, verizon } from '../modem/profile.ts';
import type { LinkLayer } from './wda.ts';

export interface QmiProfile extends ModemProfile {
  /** How packets travel until the host asks for something else. */
  readonly linkLayer: LinkLayer;
  /**
   * Whether a further client that starts a call which is there takes part in it; else it is told
   * "no effect".
   */
  readonly joinsCalls: boolean;
  /**
   * Whether it tells of its SIM slot (UIM Get Slot Status); without, nobody hears of a SIM that is
   * put in.
   */
  readonly tellsSlots: boolean;
}

const vendorSpecific = { class: 'ff', subClass: 'ff', protocol: 'ff' } as const;

const ec25: QmiProfile = {
  usb: {
    vendor: '2c7c',
    product: '0125',
    manufacturer: 'Quectel',
    productName: 'EC25',
    path: `${controller}/usb3/3-1/3-1.1`,
    interface: { number: '04', ...vendorSpecific },
    driver: 'qmi_wwan',
  },
  mac: '1e:fb:08:e9:2a:28',
  imei: '861000000000004',
  firmware: 'EC25AFFAR07A08M4G',
  hardware: '10000',
  ...verizon,
  signalQuality: 55,
  linkLayer: 'raw-ip',
  joinsCalls: false,
  tellsSlots: true,
};

const em7455: QmiProfile = {
  usb: {
    vendor: '1199',
    product: '9071',
    manufacturer: 'Sierra Wireless, Incorporated',
    productName: 'EM7455',
    path: `${controller}/usb3/3-1/3-1.1`,
    interface: { number: '08', ...vendorSpecific },
    driver: 'qmi_wwan',
  },
  mac: '1e:fb:08:e9:2a:29',
  imei: '359000000000005',
  firmware: 'SWI9X30C_02.33.03.00',
  hardware: 'EM7455B',
  ...verizon,
  signalQuality: 45,
  linkLayer: '802.3',
  joinsCalls: true,
  tellsSlots: false,
};

export const qmiProfiles = { ec25, em7455 };

// The three modems of the vendor's guides, as data: what they say of themselves and what their
// carrier hands out. Nothing here changes.

import { controller, type ModemProfile, verizon } from '../modem/profile.ts';

/** Bits of MbimDataClass (USB-IF MBIM 1.0, table 10-11; bits 6 and 7 are libmbim's 5G). */
const DataClass = { gprs: 1, edge: 2, umts: 4, hsdpa: 8, hsupa: 16, lte: 32, nr5gNsa: 64, nr5gSa: 128 } as const;

export interface MbimProfile extends ModemProfile {
  readonly dataClasses: number;
  readonly currentDataClass: number;
  readonly maxSessions: number;
  /**
   * Resets by Intel's firmware-update service (XMM chips), else by MS basic-connect extensions'
   * device reset.
   */
  readonly intelReset: boolean;
  /** Whether it has AT&T's device service, by which ModemManager reads signal and cell. */
  readonly atds: boolean;
}

/** The communication interface of an MBIM function (USB-IF MBIM 1.0, clause 6.3). */
const mbimInterface = {
  interface: { number: '00', class: '02', subClass: '0e', protocol: '00' },
  driver: 'cdc_mbim',
} as const;

const umtsLte = DataClass.umts | DataClass.hsdpa | DataClass.hsupa | DataClass.lte;

const multitech: MbimProfile = {
  usb: {
    vendor: '1bc7',
    product: '0032',
    manufacturer: 'Telit',
    productName: 'FIH7160',
    path: `${controller}/usb3/3-1/3-1.1`,
    ...mbimInterface,
  },
  mac: '1e:fb:08:e9:2a:25',
  imei: '350000000000006',
  firmware: '20.00.525',
  hardware: 'XMM7160_V1.1_HWID437_MBIM_NAND',
  dataClasses: umtsLte,
  currentDataClass: DataClass.lte,
  maxSessions: 8,
  ...verizon,
  signalQuality: 16,
  intelReset: true,
  atds: false,
};

const quectel: MbimProfile = {
  usb: {
    vendor: '2c7c',
    product: '0800',
    manufacturer: 'Quectel',
    productName: 'RM500Q-GL',
    path: `${controller}/usb4/4-1`,
    ...mbimInterface,
  },
  mac: '1e:fb:08:e9:2a:26',
  imei: '860000000000009',
  firmware: 'RM500QGLABR11A06M4G',
  hardware: 'RM500Q-GL',
  dataClasses: umtsLte | DataClass.nr5gNsa | DataClass.nr5gSa,
  currentDataClass: DataClass.lte,
  maxSessions: 16,
  operator: { id: '310260', name: 'T-Mobile' },
  roaming: false,
  home: { id: '310260', name: 'T-Mobile' },
  sim: { iccid: '8901260000000000009', imsi: '310260000000009', numbers: ['+15555550109'] },
  signalQuality: 61,
  apn: 'fast.t-mobile.com',
  ip: {
    ipv4: {
      address: '100.64.12.165',
      prefix: 30,
      gateway: '100.64.12.166',
      dns: ['198.51.100.53', '198.51.100.54'],
      mtu: 1500,
    },
  },
  initialEpsBearer: 'ims',
  intelReset: false,
  atds: false,
};

const vodafone: MbimProfile = {
  usb: {
    vendor: '1bbb',
    product: '00b6',
    manufacturer: 'Alcatel',
    productName: 'Mobilebroadband',
    path: `${controller}/usb3/3-1/3-1.1`,
    ...mbimInterface,
  },
  mac: '1e:fb:08:e9:2a:27',
  imei: '350000000000014',
  firmware: 'MPSS.JO.2.0.2',
  hardware: '0',
  dataClasses: umtsLte | DataClass.gprs | DataClass.edge,
  currentDataClass: DataClass.lte,
  maxSessions: 1,
  operator: { id: '302220', name: 'TELUS' },
  roaming: true,
  home: { id: '20404', name: 'Vodafone' },
  sim: { iccid: '8931440000000000014', imsi: '204040000000014', numbers: [] },
  signalQuality: 80,
  apn: 'internet4gd.gdsp',
  ip: {
    ipv4: {
      address: '162.177.2.0',
      prefix: 22,
      gateway: '162.177.2.1',
      dns: ['198.51.100.53', '198.51.100.54'],
      mtu: 1500,
    },
  },
  intelReset: false,
  atds: true,
};

/**
 * By name; addresses of multitech and vodafone are the guides' own, the rest is invented or from
 * documentation ranges.
 */
export const mbimProfiles = { multitech, quectel, vodafone };

// What a modem in software is, whatever it speaks: what it says of itself and what its carrier
// hands out. Types and the addresses that all profiles share; the profiles are in profiles.ts.

/**
 * IPv4 settings as a carrier hands them out. `gateway`, `mtu` and even the address may be missing
 * in the field.
 */
export interface Ipv4Settings {
  readonly address?: string;
  readonly prefix?: number;
  readonly gateway?: string;
  readonly dns: readonly string[];
  readonly mtu?: number;
}

export interface Ipv6Settings {
  readonly address: string;
  readonly prefix: number;
  readonly gateway?: string;
  readonly dns: readonly string[];
  readonly mtu?: number;
}

export interface IpSettings {
  readonly ipv4?: Ipv4Settings;
  readonly ipv6?: Ipv6Settings;
}

export interface ModemProfile {
  readonly usb: {
    readonly vendor: string;
    readonly product: string;
    readonly manufacturer: string;
    readonly productName: string;
    /** Path of the USB device below /sys; its last part is the kernel's name of the device. */
    readonly path: string;
    /** What udev calls the device for ModemManager, where that is not its path. */
    readonly deviceName?: string;
    /**
     * The interface that carries both ports, as sysfs names its descriptor's fields (two
     * hexadecimal digits each).
     */
    readonly interface: {
      readonly number: string;
      readonly class: string;
      readonly subClass: string;
      readonly protocol: string;
    };
    /** The kernel's driver for that interface. */
    readonly driver: 'cdc_mbim' | 'qmi_wwan';
  };
  readonly mac: string;
  readonly imei: string;
  readonly firmware: string;
  readonly hardware: string;
  readonly operator: { readonly id: string; readonly name: string };
  readonly roaming: boolean;
  readonly home: { readonly id: string; readonly name: string };
  readonly sim: { readonly iccid: string; readonly imsi: string; readonly numbers: readonly string[] };
  readonly signalQuality: number;
  readonly apn: string;
  readonly ip: IpSettings;
  /** APN of the default EPS bearer of LTE attach; undefined where the modem does not tell. */
  readonly initialEpsBearer?: string;
}

/** The USB controller of the board, below /sys. */
export const controller = 'devices/platform/soc@0/38200000.usb/xhci-hcd.1.auto';

/** The seed document's subscription; a modem of whatever make may hold its SIM. */
export const verizon = {
  operator: { id: '311480', name: 'Verizon' },
  roaming: false,
  home: { id: '311480', name: 'Verizon' },
  sim: { iccid: '89148000000000000006', imsi: '311480000000006', numbers: ['+15555550106'] },
  apn: 'vzwinternet',
  ip: {
    ipv4: {
      address: '100.112.107.46',
      prefix: 24,
      gateway: '100.112.107.1',
      dns: ['198.224.166.135', '198.224.167.135'],
      mtu: 1428,
    },
  },
};

/** IPv6 settings that every profile gets when IPv6 is switched on (RFC 3849 range). */
export const documentationIpv6: Ipv6Settings = {
  address: '2001:db8:6b::2e',
  prefix: 64,
  gateway: '2001:db8:6b::1',
  dns: ['2001:db8:53::53'],
  mtu: 1428,
};

// ModemManager's objects as the rest of the program sees them: plain, frozen, in the words that
// mmcli prints. No D-Bus in here.

import type { Failure } from './errors/failure-row.ts';

/** MMModemState, as `mmcli -m` prints it under `state`. */
export type ModemState =
  | 'failed'
  | 'unknown'
  | 'initializing'
  | 'locked'
  | 'disabled'
  | 'disabling'
  | 'enabling'
  | 'enabled'
  | 'searching'
  | 'registered'
  | 'disconnecting'
  | 'connecting'
  | 'connected';

/** MMModemStateFailedReason. A value that this program does not know is 'unknown'. */
export type ModemStateFailedReason =
  | 'none'
  | 'unknown'
  | 'sim-missing'
  | 'sim-error'
  | 'unknown-capabilities'
  | 'esim-without-profiles';

/**
 * MMModemLock, as mmcli prints it: 'none', 'sim-pin', 'sim-puk', 'sim-pin2', …; 'unknown' for
 * values not known here.
 */
export type ModemLock = string;

/** MMModem3gppRegistrationState. */
export type RegistrationState =
  | 'idle'
  | 'home'
  | 'searching'
  | 'denied'
  | 'unknown'
  | 'roaming'
  | 'home-sms-only'
  | 'roaming-sms-only'
  | 'emergency-only'
  | 'home-csfb-not-preferred'
  | 'roaming-csfb-not-preferred'
  | 'attached-rlos';

export type PacketServiceState = 'unknown' | 'detached' | 'attached';

export type PowerState = 'unknown' | 'off' | 'low' | 'on';

/** MMBearerIpMethod. */
export type IpMethod = 'unknown' | 'ppp' | 'static' | 'dhcp';

/**
 * A bearer's Ip4Config or Ip6Config. Values that are no legal address, prefix or MTU are left out
 * (and were warned of) at the edge.
 */
export interface IpConfig {
  readonly method: IpMethod;
  readonly address?: string;
  /** Prefix length in bits. */
  readonly prefix?: number;
  readonly gateway?: string;
  readonly dns: readonly string[];
  /** Bytes; absent when ModemManager gives none or 0. */
  readonly mtu?: number;
}

export type BearerIpType = 'ipv4' | 'ipv6' | 'ipv4v6' | 'any' | 'non-ip' | 'none';

/** org.freedesktop.ModemManager1.Bearer. */
export interface Bearer {
  readonly path: string;
  readonly connected: boolean;
  readonly suspended: boolean;
  /** A legal interface name, or absent: ModemManager clears it on disconnect. */
  readonly interface?: string;
  readonly ip4Config: IpConfig;
  readonly ip6Config: IpConfig;
  /** The settings it was created with, as far as they say whether it is one of ours. */
  readonly properties: {
    readonly apn?: string;
    readonly ipType?: BearerIpType;
    readonly user?: string;
  };
  /** Since ModemManager 1.18: why the last connection failed or was ended. */
  readonly connectionError?: Failure;
}

/** org.freedesktop.ModemManager1.Sim. `identifier` (ICCID) and `imsi` are secrets: never logged. */
export interface Sim {
  readonly path: string;
  readonly identifier: string;
  readonly imsi: string;
  readonly operatorIdentifier: string;
  readonly operatorName: string;
}

/** Why a network refused to register the SIM, and which network over what, for people. */
export interface NetworkRejection {
  readonly text: string;
  readonly failure: Failure;
}

/**
 * org.freedesktop.ModemManager1.Modem with what this program reads of Modem3gpp, its SIM and its
 * bearers.
 */
export interface Modem {
  readonly path: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly revision: string;
  readonly plugin: string;
  readonly primaryPort: string;
  /** sysfs path of the physical device. */
  readonly device: string;
  readonly deviceIdentifier: string;
  /** IMEI. */
  readonly equipmentIdentifier: string;
  /** Port name and type ('net', 'mbim', 'at', …) pairs. */
  readonly ports: readonly { readonly name: string; readonly type: string }[];
  readonly state: ModemState;
  readonly stateFailedReason: ModemStateFailedReason;
  readonly powerState: PowerState;
  readonly unlockRequired: ModemLock;
  readonly unlockRetries: Readonly<Record<ModemLock, number>>;
  readonly accessTechnologies: readonly string[];
  readonly signalPercent: number;
  readonly registrationState: RegistrationState;
  /** MCC and MNC, digits only, or ''. */
  readonly operatorCode: string;
  /** As the network sends it, control characters already taken out. */
  readonly operatorName: string;
  /** Whether the modem is attached for data; absent before 1.20. */
  readonly packetServiceState?: PacketServiceState;
  /** Since 1.24: the network's last rejection, when there is one. */
  readonly networkRejection?: NetworkRejection;
  /** The APN to attach to LTE with, as the modem has it; absent where it has no such thing. */
  readonly initialEpsBearerApn?: string;
  readonly sim?: Sim;
  readonly bearers: readonly Bearer[];
  /** Modem3gpp.InitialEpsBearer's path, which is never ours to delete. */
  readonly initialEpsBearer?: string;
}

/**
 * Modem.Signal of one access technology, in ModemManager's names: rssi, rsrp and rscp in dBm, rsrq,
 * snr and ecio in dB.
 */
export interface Signal {
  readonly technology: string;
  readonly rssi?: number;
  readonly rsrp?: number;
  readonly rsrq?: number;
  readonly snr?: number;
  readonly rscp?: number;
  readonly ecio?: number;
}

/** The cell that the modem is in, as far as ModemManager tells. No position. */
export interface Cell {
  readonly id?: number;
  /** Tracking area code. */
  readonly tac?: number;
  readonly physicalId?: number;
  /** LTE's downlink channel. */
  readonly earfcn?: number;
  /** As mmcli prints it, such as eutran-13. */
  readonly band?: string;
}

/** All that ModemManager says now. `modems` is empty while it is off the bus. */
export interface ModemManagerFacts {
  /** Whether org.freedesktop.ModemManager1 has an owner on the bus. */
  readonly onBus: boolean;
  /** ModemManager's Version property, '' while off the bus. */
  readonly version: string;
  readonly modems: readonly Modem[];
}

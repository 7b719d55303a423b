// ModemManager's names on D-Bus and its numbers as the words that mmcli prints. Complete for 1.14
// to 1.24; a number from a later version is 'unknown' and never an error. Source of the numbers:
// ModemManager's include/ModemManager-enums.h.
import { PROPERTIES } from '../../dbus/driver.ts';
import type {
  BearerIpType,
  IpMethod,
  ModemLock,
  ModemState,
  ModemStateFailedReason,
  PacketServiceState,
  PowerState,
  RegistrationState,
} from '../objects.ts';

export const MODEM_MANAGER = 'org.freedesktop.ModemManager1';
export const MODEM_MANAGER_PATH = '/org/freedesktop/ModemManager1';

export const INTERFACES = {
  manager: 'org.freedesktop.ModemManager1',
  modem: 'org.freedesktop.ModemManager1.Modem',
  modem3gpp: 'org.freedesktop.ModemManager1.Modem.Modem3gpp',
  simple: 'org.freedesktop.ModemManager1.Modem.Simple',
  signal: 'org.freedesktop.ModemManager1.Modem.Signal',
  location: 'org.freedesktop.ModemManager1.Modem.Location',
  bearer: 'org.freedesktop.ModemManager1.Bearer',
  sim: 'org.freedesktop.ModemManager1.Sim',
  properties: PROPERTIES,
  objectManager: 'org.freedesktop.DBus.ObjectManager',
} as const;

/** Looks a number up in a list of words that starts at `first`. */
const wordAt =
  <Word extends string, Otherwise extends Word>(words: readonly Word[], first: number, otherwise: Otherwise) =>
  (value: number): Word =>
    words[value - first] ?? otherwise;

/** MMModemState. */
export const modemState = wordAt<ModemState, 'unknown'>(
  [
    'failed',
    'unknown',
    'initializing',
    'locked',
    'disabled',
    'disabling',
    'enabling',
    'enabled',
    'searching',
    'registered',
    'disconnecting',
    'connecting',
    'connected',
  ],
  -1,
  'unknown',
);

/** MMModem3gppPacketServiceState. */
export const packetServiceState = wordAt<PacketServiceState, 'unknown'>(
  ['unknown', 'detached', 'attached'],
  0,
  'unknown',
);

/** MMModemStateFailedReason. */
export const modemStateFailedReason = wordAt<ModemStateFailedReason, 'unknown'>(
  ['none', 'unknown', 'sim-missing', 'sim-error', 'unknown-capabilities', 'esim-without-profiles'],
  0,
  'unknown',
);

/** MMModemPowerState. */
export const powerState = wordAt<PowerState, 'unknown'>(['unknown', 'off', 'low', 'on'], 0, 'unknown');

/** The numbers that SetPowerState takes. */
export const POWER_STATE_NUMBERS = { low: 2, on: 3 } as const;

/** MMModemLock. */
export const modemLock = wordAt<ModemLock, 'unknown'>(
  [
    'unknown',
    'none',
    'sim-pin',
    'sim-pin2',
    'sim-puk',
    'sim-puk2',
    'ph-sp-pin',
    'ph-sp-puk',
    'ph-net-pin',
    'ph-net-puk',
    'ph-sim-pin',
    'ph-corp-pin',
    'ph-corp-puk',
    'ph-fsim-pin',
    'ph-fsim-puk',
    'ph-netsub-pin',
    'ph-netsub-puk',
  ],
  0,
  'unknown',
);

/**
 * What UnlockRetries says for a lock whose count the modem does not tell (MM_UNLOCK_RETRIES_UNKNOWN
 * in libmm-glib's mm-unlock-retries.h).
 */
export const UNLOCK_RETRIES_UNKNOWN = 999;

/** MMModem3gppRegistrationState. */
export const registrationState = wordAt<RegistrationState, 'unknown'>(
  [
    'idle',
    'home',
    'searching',
    'denied',
    'unknown',
    'roaming',
    'home-sms-only',
    'roaming-sms-only',
    'emergency-only',
    'home-csfb-not-preferred',
    'roaming-csfb-not-preferred',
    'attached-rlos',
  ],
  0,
  'unknown',
);

/** MMModemPortType. */
export const portType = wordAt(
  ['unknown', 'net', 'at', 'qcdm', 'gps', 'qmi', 'mbim', 'audio', 'ignored', 'xmmrpc'],
  1,
  'unknown',
);

/** MMBearerIpMethod. */
export const ipMethod = wordAt<IpMethod, 'unknown'>(['unknown', 'ppp', 'static', 'dhcp'], 0, 'unknown');

/** The words of the bits that are set, lowest first; bits without a word are left out. */
const wordsOf =
  <Word extends string>(bits: readonly Word[]) =>
  (mask: number): Word[] =>
    bits.filter((_, bit) => (mask & (1 << bit)) !== 0);

const ALL_BITS = 0xffffffff;

const accessTechnologyBits = wordsOf([
  'pots',
  'gsm',
  'gsm-compact',
  'gprs',
  'edge',
  'umts',
  'hsdpa',
  'hsupa',
  'hspa',
  'hspa-plus',
  '1xrtt',
  'evdo0',
  'evdoa',
  'evdob',
  'lte',
  '5gnr',
  'lte-cat-m',
  'lte-nb-iot',
]);

/** MMModemAccessTechnology, a mask. */
export const accessTechnologies = (mask: number): string[] =>
  mask === ALL_BITS ? ['any'] : accessTechnologyBits(mask);

const AUTH_METHODS = ['none', 'pap', 'chap', 'mschap', 'mschapv2', 'eap'] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** MMBearerAllowedAuth, the mask for a list of words. */
export const allowedAuthMask = (methods: readonly AuthMethod[]): number =>
  methods.reduce((mask, method) => mask | (1 << AUTH_METHODS.indexOf(method)), 0);

/** The numbers of MMBearerIpFamily that Simple.Connect is asked for. */
export const IP_TYPE_NUMBERS = { ipv4: 1, ipv6: 2, ipv4v6: 4 } as const;
export type WantedIpType = keyof typeof IP_TYPE_NUMBERS;

const ipTypeWords: ReadonlyMap<number, BearerIpType> = new Map([
  [0, 'none'],
  [1, 'ipv4'],
  [2, 'ipv6'],
  [3, 'ipv4v6'], // both families, each with a context of its own
  [4, 'ipv4v6'],
  [8, 'non-ip'],
  [ALL_BITS, 'any'],
]);

/** MMBearerIpFamily, a mask; undefined for combinations that mean nothing to a bearer. */
export const bearerIpType = (mask: number): BearerIpType | undefined => ipTypeWords.get(mask);

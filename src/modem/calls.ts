// ModemManager's methods that this program calls, each with its own deadline. When to call which is
// decided elsewhere.
import type { Bus, BusRequest } from '../dbus/bus.ts';
import { startService } from '../dbus/driver.ts';
import { dictionary, type TypedValue } from '../dbus/variant.ts';
import type { Bearer } from './objects.ts';
import { isRaw, type Report } from './wire/raw.ts';
import { parseBearer } from './wire/schema.ts';
import { DBusShapeError } from './wire/shape-error.ts';
import { isObjectPath } from './wire/text.ts';
import {
  type AuthMethod,
  allowedAuthMask,
  INTERFACES,
  IP_TYPE_NUMBERS,
  MODEM_MANAGER,
  MODEM_MANAGER_PATH,
  POWER_STATE_NUMBERS,
  type WantedIpType,
} from './wire/vocabulary.ts';

/**
 * Milliseconds. Where ModemManager has a limit of its own, ours is just above it, so that its
 * richer error arrives first.
 */
export const DEADLINES = {
  enable: 120_000,
  setPowerState: 30_000,
  reset: 90_000,
  /**
   * Before 1.16 the steps of Simple.Connect add up to 290 s: 60 s to register and 230 s in
   * src/mm-bearer-mbim.c.
   */
  simpleConnectBefore116: 300_000,
  /** From 1.16 on ModemManager gives up after 180 s. */
  simpleConnect: 200_000,
  /** src/mm-bearer-mbim.c waits 60 s for the deactivation. */
  simpleDisconnect: 90_000,
  deleteBearer: 90_000,
  setInitialEpsBearerSettings: 90_000,
  sendPin: 30_000,
  read: 10_000,
  /** It waits for a connect that is under way. */
  inhibitDevice: 30_000,
  ping: 30_000,
  /** dbus-daemon's own limit for a service to start is 25 s (service_start_timeout). */
  startService: 30_000,
} as const;

/**
 * How long Simple.Connect may take with this version of ModemManager. By version, since nothing on
 * D-Bus tells how long it waits; a version that cannot be read gets the longer one: a call given up
 * early goes on inside ModemManager and makes the next one fail.
 */
export function simpleConnectDeadline(version: string): number {
  const [major = Number.NaN, minor = Number.NaN] = version.split('.').map(Number);
  const recent = major > 1 || (major === 1 && minor >= 16);
  return recent ? DEADLINES.simpleConnect : DEADLINES.simpleConnectBefore116;
}

/**
 * What a connection is asked for, in the words of mmcli --simple-connect. A key that is added here
 * does not compile until it is in PROPERTIES below, in connectOptionsOf (policy-of-config.ts), in
 * askedWith (fingerprints.ts) and in attachFor (next-attempt.ts).
 */
export interface ConnectSettings {
  /** '' asks for the subscription's default. */
  readonly apn: string;
  readonly ipType?: WantedIpType | undefined;
  readonly user?: string | undefined;
  /** Revealed into the D-Bus message and nowhere else. */
  readonly password?: { reveal(): string } | undefined;
  readonly allowedAuth?: readonly AuthMethod[] | undefined;
  readonly allowRoaming?: boolean | undefined;
}

/** The settings that stay the same from one try to the next. */
export type ConnectOptions = Omit<ConnectSettings, 'apn' | 'ipType'>;

type Property<K extends keyof ConnectSettings> = readonly [
  name: string,
  signature: string,
  value: (setting: NonNullable<ConnectSettings[K]>) => unknown,
];

/** How each setting goes into the a{sv}. */
const PROPERTIES: { readonly [K in keyof Required<ConnectSettings>]: Property<K> } = {
  apn: ['apn', 's', (apn) => apn],
  ipType: ['ip-type', 'u', (ipType) => IP_TYPE_NUMBERS[ipType]],
  user: ['user', 's', (user) => user],
  password: ['password', 's', (password) => password.reveal()],
  allowedAuth: ['allowed-auth', 'u', (methods) => allowedAuthMask(methods)],
  allowRoaming: ['allow-roaming', 'b', (allowed) => allowed],
};

/**
 * The a{sv} for Simple.Connect. Only keys that 1.14 knows: it refuses the whole call for any other.
 * Never `pin`: ModemManager would spend it on whatever SIM is there, without a look at the tries
 * left. What is undefined is left out, not sent empty: ModemManager reuses a connected bearer only
 * if the same keys were given.
 */
export function simpleConnectProperties(settings: ConnectSettings): Record<string, TypedValue> {
  const typed = <K extends keyof ConnectSettings>([name, signature, value]: Property<K>, setting: ConnectSettings[K]) =>
    [name, setting === undefined || setting === null ? undefined : { signature, value: value(setting) }] as const;
  const keys = Object.keys(PROPERTIES) as (keyof ConnectSettings)[];
  return dictionary(
    Object.fromEntries(keys.map((key) => typed(PROPERTIES[key] as Property<typeof key>, settings[key]))),
  );
}

/**
 * All reject with DBusCallError, DeadlineError, BusLostError, or the signal's reason. None makes
 * the bus start ModemManager but startService.
 */
export interface ModemManagerCalls {
  enable(modemPath: string, on: boolean, signal: AbortSignal): Promise<void>;
  /** 1.14 refuses this (Core.WrongState) unless the modem is disabled. */
  setPowerState(modemPath: string, power: 'low' | 'on', signal: AbortSignal): Promise<void>;
  /** The modem comes back as a new object. */
  reset(modemPath: string, signal: AbortSignal): Promise<void>;
  /** Resolves with the bearer's path. See simpleConnectDeadline. */
  simpleConnect(modemPath: string, settings: ConnectSettings, timeoutMs: number, signal: AbortSignal): Promise<string>;
  /**
   * Without a bearer: all of them, and a Simple.Connect that is under way is cancelled between its
   * steps.
   */
  simpleDisconnect(modemPath: string, bearerPath: string | undefined, signal: AbortSignal): Promise<void>;
  /** Disconnects it first if need be. */
  deleteBearer(modemPath: string, bearerPath: string, signal: AbortSignal): Promise<void>;
  /** The APN for attaching to LTE; Core.Unsupported where the modem has no such thing. */
  setInitialEpsBearerSettings(modemPath: string, settings: ConnectSettings, signal: AbortSignal): Promise<void>;
  /**
   * To this SIM and no other. Whether it may be sent (retries left, not refused before) is the
   * caller's to know.
   */
  sendPin(simPath: string, pin: string, signal: AbortSignal): Promise<void>;
  /**
   * Reads a bearer afresh. @throws DBusShapeError also. Single bad values are left out in silence:
   * the watch reports them.
   */
  readBearer(bearerPath: string, signal: AbortSignal): Promise<Bearer>;
  /**
   * Takes a device away from ModemManager, or gives it back; `device` as its modem has it. Refused
   * with Core.InProgress while another program holds it.
   */
  inhibitDevice(device: string, inhibit: boolean, signal: AbortSignal): Promise<void>;
  /** Whether ModemManager answers at all. */
  ping(signal: AbortSignal): Promise<void>;
  /** D-Bus activation; resolves when it owns its name. */
  startService(signal: AbortSignal): Promise<void>;
}

const silent: Report = () => {};

/** The methods over a bus. */
export function modemManagerCalls(bus: Bus): ModemManagerCalls {
  type To = Pick<BusRequest, 'path' | 'interface' | 'member' | 'signature' | 'body'>;
  const call = (timeoutMs: number, signal: AbortSignal, to: To) =>
    bus.call({ destination: MODEM_MANAGER, ...to }, { timeoutMs, signal });
  const modem = async (
    member: string,
    path: string,
    timeoutMs: number,
    signal: AbortSignal,
    signature = '',
    body: readonly unknown[] = [],
  ): Promise<void> => {
    await call(timeoutMs, signal, { path, interface: INTERFACES.modem, member, signature, body });
  };
  return {
    enable: (path, on, signal) => modem('Enable', path, DEADLINES.enable, signal, 'b', [on]),
    setPowerState: (path, power, signal) =>
      modem('SetPowerState', path, DEADLINES.setPowerState, signal, 'u', [POWER_STATE_NUMBERS[power]]),
    reset: (path, signal) => modem('Reset', path, DEADLINES.reset, signal),
    deleteBearer: (path, bearer, signal) => modem('DeleteBearer', path, DEADLINES.deleteBearer, signal, 'o', [bearer]),

    async simpleConnect(path, settings, timeoutMs, signal) {
      const body = [simpleConnectProperties(settings)];
      const to = { path, interface: INTERFACES.simple, member: 'Connect', signature: 'a{sv}', body };
      const [bearer] = await call(timeoutMs, signal, to);
      if (typeof bearer === 'string' && isObjectPath(bearer)) return bearer;
      throw new DBusShapeError(path, INTERFACES.simple, 'Connect', 'the reply is no path of a bearer');
    },

    async simpleDisconnect(path, bearer = '/', signal) {
      const to = { path, interface: INTERFACES.simple, member: 'Disconnect', signature: 'o', body: [bearer] };
      await call(DEADLINES.simpleDisconnect, signal, to);
    },

    async setInitialEpsBearerSettings(path, settings, signal) {
      const member = 'SetInitialEpsBearerSettings';
      const body = [simpleConnectProperties(settings)];
      const to = { path, interface: INTERFACES.modem3gpp, member, signature: 'a{sv}', body };
      await call(DEADLINES.setInitialEpsBearerSettings, signal, to);
    },

    async sendPin(path, pin, signal) {
      const to = { path, interface: INTERFACES.sim, member: 'SendPin', signature: 's', body: [pin] };
      await call(DEADLINES.sendPin, signal, to);
    },

    async readBearer(path, signal) {
      const body = [INTERFACES.bearer];
      const to = { path, interface: INTERFACES.properties, member: 'GetAll', signature: 's', body };
      const [raw] = await call(DEADLINES.read, signal, to);
      return parseBearer(path, isRaw(raw) ? raw : {}, silent);
    },

    async inhibitDevice(device, inhibit, signal) {
      const body = [device, inhibit];
      const to = {
        path: MODEM_MANAGER_PATH,
        interface: INTERFACES.manager,
        member: 'InhibitDevice',
        signature: 'sb',
        body,
      };
      await call(DEADLINES.inhibitDevice, signal, to);
    },

    async ping(signal) {
      const body = [INTERFACES.manager, 'Version'];
      const to = { path: MODEM_MANAGER_PATH, interface: INTERFACES.properties, member: 'Get', signature: 'ss', body };
      await call(DEADLINES.ping, signal, to);
    },

    async startService(signal) {
      await startService(bus, MODEM_MANAGER, { timeoutMs: DEADLINES.startService, signal });
    },
  };
}

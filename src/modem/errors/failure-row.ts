// What an error can mean to the connection, what a technician can do about it, and the form of the
// tables' rows.

export type FailureClass =
  | 'coverage'
  | 'congestion'
  | 'apn'
  | 'auth'
  | 'subscription'
  | 'sim-missing'
  | 'sim-error'
  | 'pin'
  | 'puk'
  /** Somebody, the modem or the network, answered with a refusal; its cause may be known or not. */
  | 'refused'
  /**
   * The radio is off and this program's words do not switch it on: airplane line, rfkill, FCC lock.
   */
  | 'radio-off'
  | 'busy'
  | 'gone'
  | 'timeout'
  /** ModemManager holds its name on the bus and does not answer. */
  | 'hung'
  | 'bus'
  /** The host or the modem's settings: a person mends it there, and the modem is left alone. */
  | 'host'
  /** Another program has taken the modem, as a firmware update does. */
  | 'taken'
  | 'other';

/**
 * What went wrong, for the decision (class, cause) and for the person who reads about it (reason,
 * remedy).
 */
export interface Failure {
  readonly class: FailureClass;
  /** The full D-Bus error name, or the name of our own error. */
  readonly name: string;
  /** As the peer wrote it, without control characters. */
  readonly text: string;
  /** 3GPP cause: TS 24.008 annex G and clause 10.5.6.6, TS 24.301 clauses 9.9.3.9 and 9.9.4.4. */
  readonly networkCause?: number;
  readonly reason: string;
  readonly remedy: string;
}

export interface Verdict {
  readonly class: FailureClass;
  readonly networkCause?: number;
  readonly reason: string;
  /** In place of the class's. */
  readonly remedy?: string;
}

/** What a technician can do about it. */
export const REMEDIES: Readonly<Record<FailureClass, string>> = {
  coverage: 'check the antenna and its cable, and the coverage of this operator at this place',
  congestion: 'nothing to do here: the network is overloaded or asks for patience; attempts go on, more slowly',
  apn: 'check connect.apn in /etc/percept-lte.yaml against what the operator gave for this SIM',
  auth: 'check connect.user, connect.password and connect.allowed-auth in /etc/percept-lte.yaml',
  subscription:
    'ask the operator whether this SIM is active, paid, allowed to use data, and allowed in this device and country',
  'sim-missing': 'insert a SIM, or reseat it: contacts clean, right way round, tray closed',
  'sim-error': 'reseat the SIM; if that does not help, try another one: this one may be damaged or not yet activated',
  pin: 'set sim.pin in /etc/percept-lte.yaml to the PIN of this SIM, or switch its PIN off',
  puk: 'the SIM is blocked: unlock it with its PUK in a telephone or with mmcli, then set sim.pin; this program never enters a PUK',
  refused: 'if it goes on, ask the operator what the network has against this SIM, this modem or this APN',
  'radio-off':
    'check `rfkill list`, the modem’s airplane-mode (W_DISABLE) line, and whether it has an FCC lock (/etc/ModemManager/fcc-unlock.d)',
  busy: 'nothing to do: ModemManager or the modem is at work and will be asked again',
  gone: 'if it does not come back by itself, check `systemctl status ModemManager`, the modem’s USB cable and its power',
  timeout: 'if it happens again, check `journalctl -u ModemManager`; the modem’s firmware may hang',
  hung: 'nothing to do where recovery.restart-modemmanager is auto: it is restarted; else run `systemctl restart ModemManager`',
  bus: 'check `systemctl status dbus`',
  host: 'see `journalctl -u percept-lte` for what the host refused',
  taken: 'wait until a firmware update (fwupd) or `mmcli --inhibit-device` is done; it is left alone meanwhile',
  other: 'see `journalctl -u ModemManager` for what the modem said',
};

// Advice that several rows give in place of their class's.
export const IP_TYPE = 'set connect.ip-type in /etc/percept-lte.yaml to what the operator offers for this APN';
export const PLAN =
  'check connect.apn in /etc/percept-lte.yaml; if it is right, ask the operator to add this service to the SIM’s plan';
export const AREA =
  'another place or another operator’s network is needed; with a roaming SIM check connect.allow-roaming';
export const LEFTOVERS =
  'disconnect and delete leftover bearers (`mmcli -m any --delete-bearer=…`), or reset the modem';
/** What is likely when nobody told why, in order, with what to check. */
export const NO_REASON =
  'check in this order: connect.apn, connect.user, connect.password and connect.allowed-auth in /etc/percept-lte.yaml; whether the SIM is active and paid; `journalctl -u ModemManager`, where the modem’s own answer stands';
export const POLKIT = 'run percept-lte as root, or install its polkit rule for org.freedesktop.ModemManager1';
export const PERSONALISED = 'the modem is locked to another operator or SIM: ask its seller for the unlock code';

/** `names` are separated by blanks and follow the group's prefix. */
export interface Row extends Verdict {
  readonly names: string;
}

/**
 * A row of errors by name alone. See Row for `names`; `remedy` where it is not that of the class.
 */
export const row = (names: string, kind: FailureClass, reason: string, remedy?: string): Row => ({
  names,
  class: kind,
  reason,
  ...(remedy !== undefined && { remedy }),
});

/** A row of a 3GPP cause, by its number, and by the names that stand for it. */
export const caused = (networkCause: number, kind: FailureClass, reason: string, names = '', remedy?: string): Row => ({
  ...row(names, kind, reason, remedy),
  networkCause,
});

/** `rows` by each of their names. */
export const byName = (rows: readonly Row[]): ReadonlyMap<string, Verdict> =>
  new Map(
    rows.flatMap(({ names, ...verdict }) =>
      names === '' ? [] : names.split(' ').map((name): [string, Verdict] => [name, verdict]),
    ),
  );

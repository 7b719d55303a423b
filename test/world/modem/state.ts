// What the modem is at the moment: radio, SIM, coverage, sessions, and the faults that a test has
// set. Derives registration and attachment from it; sends nothing.

import type { IpSettings, ModemProfile } from './profile.ts';

export type IpType = 'ipv4' | 'ipv6' | 'ipv4v6';

/** A PDP context. `alive` is the network's view: a zombie is active to the modem and not alive. */
export interface Session {
  readonly id: number;
  readonly apn: string;
  ipType: IpType;
  ip: IpSettings;
  alive: boolean;
}

/**
 * One thing that the host made the modem do towards the SIM or the carrier. `at` is milliseconds
 * since the epoch.
 */
export interface Attempt {
  readonly at: number;
  readonly kind:
    | 'activate'
    /**
     * A further client of the modem takes part in a call that is there already; the carrier hears
     * nothing of it.
     */
    | 'join'
    | 'deactivate'
    | 'register'
    | 'attach'
    | 'detach'
    | 'attach-configuration'
    | 'radio-on'
    | 'radio-off'
    | 'pin'
    | 'reset';
  readonly sessionId?: number;
  readonly apn?: string;
  readonly user?: string;
  readonly password?: string;
  readonly ipType?: IpType;
  readonly accepted: boolean;
}

/**
 * What a modem may say of its SIM; all but the first three are told of a card that is in its place.
 */
export type SimReadiness =
  | 'initialized'
  | 'not-inserted'
  | 'device-locked'
  | 'not-initialized'
  | 'bad'
  | 'failure'
  | 'not-activated';

export interface SimState {
  present: boolean;
  /** What the modem says of it; undefined: what follows from the card and its lock. */
  readiness: SimReadiness | undefined;
  /** In its place, and seen by the modem only after the modem itself has been restarted. */
  unseen: boolean;
  /** Whether the modem tells how many PIN tries are left. */
  tellsTries: boolean;
  iccid: string;
  imsi: string;
  numbers: readonly string[];
  /** Undefined: the SIM asks for no PIN. */
  pin: { code: string; retries: number; verified: boolean } | undefined;
  puk: { code: string; retries: number };
}

/** What a carrier, or a modem by itself, answers to an activation that it refuses. */
export interface ConnectRefusal {
  /**
   * Of an MBIM modem (table 9-13), 2 being "failure"; a QMI modem words the few that have a like.
   */
  readonly status: number;
  /** 3GPP TS 24.008 cause, 0 none. */
  readonly networkError: number;
  /** What a QMI modem answers instead of what would follow from the two. */
  readonly qmi?: QmiRefusal;
}

export interface QmiRefusal {
  /** QMI protocol error, 14 (CallFailed) when left out. */
  readonly error?: number;
  /** Call end reason (TLV 0x10). */
  readonly reason?: number;
  /**
   * Verbose call end reason (TLV 0x11): types are 2 internal, 3 call manager, 6 3GPP, 7 PPP, 9
   * IPv6.
   */
  readonly verbose?: { readonly type: number; readonly reason: number };
}

/** Which activations a refusal concerns; a condition left out is met by all. */
export interface RefusalConditions {
  readonly apn?: string;
  /** As the host asked for it. */
  readonly ipType?: IpType;
  /** MCC and MNC of the network in which it is refused. */
  readonly operator?: string;
  readonly imsi?: string;
}

export interface PlannedRefusal {
  readonly answer: ConnectRefusal;
  readonly conditions: RefusalConditions;
  times: number | 'always';
}

/** What the modem asks for when it attaches to a home network. */
export interface AttachConfiguration {
  readonly ipType: IpType;
  readonly apn: string;
  readonly user: string;
  readonly password: string;
}

export interface ModemState {
  /**
   * `locked`: switching it on is answered with success and leaves it off, as an FCC-locked module
   * does.
   */
  radio: { hardware: boolean; software: boolean; locked: boolean };
  sim: SimState;
  /**
   * `none` is searched for, `deregistered` is not; `stuck` is searched for until the radio has been
   * off and on.
   */
  coverage: 'covered' | 'none' | 'deregistered' | 'stuck' | 'limited' | 'denied';
  /** Network error (3GPP TS 24.008 cause) that registration reports, 0 when none. */
  registrationError: number;
  detached: boolean;
  /** How a wish to attach the packet service fails; undefined: it does not. */
  attachRefusal: ConnectRefusal | undefined;
  attachConfiguration: AttachConfiguration;
  /**
   * The network registers only who attaches with this APN; others are denied with `networkError`.
   */
  neededAttachApn: { apn: string; networkError: number } | undefined;
  operator: { id: string; name: string };
  registeredAs: 'home' | 'roaming' | 'partner';
  signalQuality: number;
  /** What an LTE receiver measures: dBm, dB, dB. */
  radioMeasures: { rsrp: number; rsrq: number; snr: number };
  /** The cell it camps on, and that cell's downlink channel. */
  cell: { id: number; tac: number; physicalId: number; earfcn: number };
  ip: IpSettings;
  /** Whether registration loss ends the sessions, as it does in the field after a while. */
  sessionsNeedRegistration: boolean;
  /** Only these APNs are let in, when given; others are answered with `unknownApnError`. */
  subscribedApns: readonly string[] | undefined;
  /** APNs that are let in and lead nowhere. */
  deadApns: readonly string[];
  unknownApnError: ConnectRefusal;
  credentials: { user: string; password: string } | undefined;
  refusals: PlannedRefusal[];
  /** So many of the next activations are taken and never answered. */
  unansweredConnects: number;
  sessions: Map<number, Session>;
}

/** What a test may say of the SIM when the world starts; the rest is the profile's. */
export interface SimOptions {
  readonly present?: boolean;
  readonly readiness?: SimReadiness;
  readonly unseen?: boolean;
  readonly tellsTries?: boolean;
  readonly pin?: string;
  readonly retries?: number;
  readonly puk?: string;
  readonly pukRetries?: number;
  readonly iccid?: string;
  readonly imsi?: string;
}

export type SimLock = 'none' | 'sim-pin' | 'sim-puk' | 'blocked';

export function initialState(profile: ModemProfile, sim: SimOptions): ModemState {
  return {
    radio: { hardware: true, software: true, locked: false },
    sim: {
      present: sim.present ?? true,
      readiness: sim.readiness,
      unseen: sim.unseen ?? false,
      tellsTries: sim.tellsTries ?? true,
      iccid: sim.iccid ?? profile.sim.iccid,
      imsi: sim.imsi ?? profile.sim.imsi,
      numbers: profile.sim.numbers,
      pin: sim.pin === undefined ? undefined : { code: sim.pin, retries: sim.retries ?? 3, verified: false },
      puk: { code: sim.puk ?? '12345678', retries: sim.pukRetries ?? 10 },
    },
    coverage: 'covered',
    registrationError: 0,
    detached: false,
    attachRefusal: undefined,
    attachConfiguration: { ipType: 'ipv4v6', apn: profile.initialEpsBearer ?? '', user: '', password: '' },
    neededAttachApn: undefined,
    operator: { ...profile.operator },
    registeredAs: profile.roaming ? 'roaming' : 'home',
    signalQuality: profile.signalQuality,
    radioMeasures: { rsrp: -98, rsrq: -11, snr: 9 },
    cell: { id: 0x01a2b3c, tac: 0x1234, physicalId: 77, earfcn: 5230 },
    ip: profile.ip,
    sessionsNeedRegistration: true,
    subscribedApns: undefined,
    deadApns: [],
    unknownApnError: { status: 2, networkError: 27 },
    credentials: undefined,
    refusals: [],
    unansweredConnects: 0,
    sessions: new Map(),
  };
}

export function lockOf(sim: SimState): SimLock {
  if (sim.pin === undefined || sim.pin.verified) return 'none';
  if (sim.pin.retries > 0) return 'sim-pin';
  return sim.puk.retries > 0 ? 'sim-puk' : 'blocked';
}

/** Whether the modem sees a card at all. */
export function simSeen({ present, unseen, readiness }: SimState): boolean {
  return present && !unseen && readiness !== 'not-inserted';
}

/** What the modem says of the SIM. */
export function readinessOf(sim: SimState): SimReadiness {
  if (!simSeen(sim)) return 'not-inserted';
  return sim.readiness ?? (lockOf(sim) === 'none' ? 'initialized' : 'device-locked');
}

export function simUsable(sim: SimState): boolean {
  return readinessOf(sim) === 'initialized' && lockOf(sim) === 'none';
}

export function radioOn(state: ModemState): boolean {
  return state.radio.hardware && state.radio.software;
}

/** `limited`: the modem camps on a network that lets it make emergency calls alone. */
export type Registration = 'off' | 'searching' | 'limited' | 'denied' | 'home' | 'roaming' | 'partner';

/** As it follows from radio, SIM, coverage and attach configuration. */
export function registrationOf(state: ModemState): Registration {
  if (!radioOn(state) || !simUsable(state.sim) || state.coverage === 'deregistered') return 'off';
  if (state.coverage === 'denied') return 'denied';
  if (state.coverage === 'limited') return 'limited';
  if (state.coverage !== 'covered') return 'searching';
  return attachApnIsWrong(state) ? 'denied' : state.registeredAs;
}

/** The network error that comes with it (3GPP TS 24.008 or 24.301 cause), 0 when none. */
export function registrationErrorOf(state: ModemState): number {
  const { coverage, neededAttachApn, registrationError } = state;
  return coverage === 'covered' && attachApnIsWrong(state) ? (neededAttachApn?.networkError ?? 0) : registrationError;
}

function attachApnIsWrong({ neededAttachApn, attachConfiguration }: ModemState): boolean {
  return neededAttachApn !== undefined && neededAttachApn.apn !== attachConfiguration.apn;
}

export function isRegistered(state: ModemState): boolean {
  return ['home', 'roaming', 'partner'].includes(registrationOf(state));
}

export function isAttached(state: ModemState): boolean {
  return isRegistered(state) && !state.detached;
}

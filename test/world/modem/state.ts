// What the modem is at the moment: radio, SIM, coverage, sessions, and the faults that a test has set.
// Derives registration and attachment from it; sends nothing.

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

/** One thing that the host made the modem do towards the SIM or the carrier. `at` is milliseconds since the epoch. */
export interface Attempt {
  readonly at: number;
  readonly kind:
    | 'activate'
    /** A further client of the modem takes part in a call that is there already; the carrier hears nothing of it. */
    | 'join'
    | 'deactivate'
    | 'register'
    | 'attach'
    | 'detach'
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

export interface SimState {
  present: boolean;
  iccid: string;
  imsi: string;
  numbers: readonly string[];
  /** Undefined: the SIM asks for no PIN. */
  pin: { code: string; retries: number; verified: boolean } | undefined;
  puk: { code: string; retries: number };
}

/** What a carrier, or a modem by itself, answers to an activation that it refuses. */
export interface ConnectRefusal {
  /** Of an MBIM modem (table 9-13), 2 being "failure"; a QMI modem words the few that have a like. */
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
  /** Verbose call end reason (TLV 0x11): types are 2 internal, 3 call manager, 6 3GPP, 7 PPP, 9 IPv6. */
  readonly verbose?: { readonly type: number; readonly reason: number };
}

export interface ModemState {
  radio: { hardware: boolean; software: boolean };
  sim: SimState;
  coverage: 'covered' | 'none' | 'denied';
  /** Network error (3GPP TS 24.008 cause) that registration reports, 0 when none. */
  registrationError: number;
  detached: boolean;
  operator: { id: string; name: string };
  roaming: boolean;
  signalQuality: number;
  ip: IpSettings;
  /** Whether registration loss ends the sessions, as it does in the field after a while. */
  sessionsNeedRegistration: boolean;
  /** Only these APNs are let in, when given; others are answered with `unknownApnError`. */
  subscribedApns: readonly string[] | undefined;
  unknownApnError: ConnectRefusal;
  credentials: { user: string; password: string } | undefined;
  refusals: { readonly answer: ConnectRefusal; times: number }[];
  sessions: Map<number, Session>;
}

/** What a test may say of the SIM when the world starts; the rest is the profile's. */
export interface SimOptions {
  readonly present?: boolean;
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
    radio: { hardware: true, software: true },
    sim: {
      present: sim.present ?? true,
      iccid: sim.iccid ?? profile.sim.iccid,
      imsi: sim.imsi ?? profile.sim.imsi,
      numbers: profile.sim.numbers,
      pin: sim.pin === undefined ? undefined : { code: sim.pin, retries: sim.retries ?? 3, verified: false },
      puk: { code: sim.puk ?? '12345678', retries: sim.pukRetries ?? 10 },
    },
    coverage: 'covered',
    registrationError: 0,
    detached: false,
    operator: { ...profile.operator },
    roaming: profile.roaming,
    signalQuality: profile.signalQuality,
    ip: profile.ip,
    sessionsNeedRegistration: true,
    subscribedApns: undefined,
    unknownApnError: { status: 2, networkError: 27 },
    credentials: undefined,
    refusals: [],
    sessions: new Map(),
  };
}

export function lockOf(sim: SimState): SimLock {
  if (sim.pin === undefined || sim.pin.verified) return 'none';
  if (sim.pin.retries > 0) return 'sim-pin';
  return sim.puk.retries > 0 ? 'sim-puk' : 'blocked';
}

export function simUsable(sim: SimState): boolean {
  return sim.present && lockOf(sim) === 'none';
}

export function radioOn(state: ModemState): boolean {
  return state.radio.hardware && state.radio.software;
}

export type Registration = 'off' | 'searching' | 'denied' | 'home' | 'roaming';

/** As it follows from radio, SIM and coverage. */
export function registrationOf(state: ModemState): Registration {
  if (!radioOn(state) || !simUsable(state.sim)) return 'off';
  if (state.coverage === 'denied') return 'denied';
  if (state.coverage === 'none') return 'searching';
  return state.roaming ? 'roaming' : 'home';
}

export function isRegistered(state: ModemState): boolean {
  return ['home', 'roaming'].includes(registrationOf(state));
}

export function isAttached(state: ModemState): boolean {
  return isRegistered(state) && !state.detached;
}

// What the modem is at the moment: radio, SIM, coverage, sessions, and the faults that a test has set.
// Derives registration and attachment from it; sends nothing.

import type { IpSettings, ModemProfile } from './profiles.ts';

/** A PDP context. `alive` is the network's view: a zombie is active to the modem and not alive. */
export interface Session {
  readonly id: number;
  readonly apn: string;
  /** MbimContextIpType: 1 ipv4, 2 ipv6, 3 ipv4v6. */
  readonly ipType: number;
  ip: IpSettings;
  alive: boolean;
}

/** One thing that the host made the modem do towards the SIM or the carrier. `at` is milliseconds since the epoch. */
export interface Attempt {
  readonly at: number;
  readonly kind:
    | 'activate'
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
  /** MbimAuthProtocol: 0 none, 1 pap, 2 chap, 3 mschapv2. */
  readonly auth?: number;
  readonly ipType?: number;
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

interface ConnectRefusal {
  readonly status: number;
  readonly networkError: number;
  times: number;
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
  dataClass: number;
  ip: IpSettings;
  /** Whether registration loss ends the sessions, as it does in the field after a while. */
  sessionsNeedRegistration: boolean;
  /** Only these APNs are let in, when given; others get cause 27 or 33 by `unknownApnError`. */
  subscribedApns: readonly string[] | undefined;
  unknownApnError: { status: number; networkError: number };
  credentials: { user: string; password: string } | undefined;
  refusals: ConnectRefusal[];
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
    dataClass: profile.currentDataClass,
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

/** MbimRegisterState (table 10-59) as it follows from radio, SIM and coverage. */
export function registrationOf(state: ModemState): number {
  if (!radioOn(state) || !simUsable(state.sim)) return 1;
  if (state.coverage === 'denied') return 6;
  if (state.coverage === 'none') return 2;
  return state.roaming ? 4 : 3;
}

export function isRegistered(state: ModemState): boolean {
  const registration = registrationOf(state);
  return registration === 3 || registration === 4;
}

export function isAttached(state: ModemState): boolean {
  return isRegistered(state) && !state.detached;
}

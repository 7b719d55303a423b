// The levers on a modem: what a test, the demo or a benchmark may do to its network and its
// answers. Those on its radio are in radio-controls.ts, those on its SIM in sim-controls.ts. Every
// change that a modem would report is indicated as the modem would report it.

import { failure } from './admission.ts';
import type { EndReason, SoftwareModem } from './modem.ts';
import type { IpSettings, Ipv4Settings, Ipv6Settings } from './profile.ts';
import { documentationIpv6 } from './profile.ts';
import type { Attempt, ConnectRefusal, RefusalConditions } from './state.ts';
import { isRegistered } from './state.ts';

/** The modem's and its carrier's side of the world. All methods take effect before they resolve. */
export class ModemControls {
  readonly #modem: SoftwareModem;

  constructor(modem: SoftwareModem) {
    this.#modem = modem;
  }

  /**
   * The network ends every session, or one family of a QMI modem's. `indicate: false` makes a
   * zombie: the modem still believes in it and no packet passes.
   */
  async dropBearer({ indicate = true, family, ...reason }: DropOptions = {}): Promise<void> {
    if (family !== undefined) return this.#modem.endFamily(family, reason);
    const { sessions } = this.#modem.state;
    const dropped = [...sessions.values()];
    for (const session of dropped) session.alive = false;
    if (indicate) sessions.clear();
    await this.#modem.settle();
    if (indicate && dropped.length > 0) this.#modem.indicateEnded(dropped, reason);
  }

  /**
   * Out of coverage; `keepSessions` leaves the sessions and their traffic as they are. The modem
   * searches, or is not even searching.
   */
  async deregister({ keepSessions = false, searching = true } = {}): Promise<void> {
    this.#modem.state.sessionsNeedRegistration = !keepSessions;
    this.#modem.state.coverage = searching ? 'none' : 'deregistered';
    await this.#modem.settle();
  }

  /**
   * A network is there that takes emergency calls alone; an MBIM modem has no word for it and
   * searches.
   */
  async limitService(): Promise<void> {
    this.#modem.state.coverage = 'limited';
    await this.#modem.settle();
  }

  /** Back in coverage, also after `denyRegistration` and `limitService`. */
  async register(): Promise<void> {
    this.#modem.state.coverage = 'covered';
    this.#modem.state.registrationError = 0;
    await this.#modem.settle();
    this.#modem.state.sessionsNeedRegistration = true;
  }

  /**
   * The network refuses to register the SIM with `networkError` (3GPP TS 24.008 cause, 11 is PLMN
   * not allowed).
   */
  async denyRegistration(networkError = 11): Promise<void> {
    this.#modem.state.coverage = 'denied';
    this.#modem.state.registrationError = networkError;
    await this.#modem.settle();
  }

  /**
   * Registered elsewhere: the operator, whose name may hold any characters, and as what (left out:
   * as before).
   */
  async setOperator({ id, name, as }: OperatorChange): Promise<void> {
    const { state } = this.#modem;
    state.operator = { id, name };
    state.registeredAs = as ?? state.registeredAs;
    await this.#modem.settle();
  }

  /** Signal quality in percent. */
  setSignal(quality: number): void {
    this.#modem.state.signalQuality = quality;
    this.#modem.indicateSignal();
  }

  /**
   * The next `times` activations that meet the conditions are refused; when nothing is said of the
   * reason, the modem gives none.
   */
  refuseConnect(options: RefusalOptions & RefusalConditions): void {
    const { status = failure, networkError = 0, qmi, times = 1, ...conditions } = options;
    const answer = { status, networkError, ...(qmi !== undefined && { qmi }) };
    this.#modem.state.refusals.push({ answer, conditions, times });
  }

  /**
   * The next `times` activations are taken and never answered, as by a modem that waits for a
   * network that says nothing.
   */
  leaveConnectsUnanswered(times = 1): void {
    this.#modem.state.unansweredConnects = times;
  }

  /** Forgets all refusals and silences of activations that were asked for. */
  acceptConnect(): void {
    this.#modem.state.refusals.length = 0;
    this.#modem.state.unansweredConnects = 0;
  }

  /**
   * Lets only these APNs in (undefined: any). Others fail with `networkError`, 27 being "missing or
   * unknown APN".
   */
  subscribe(
    apns: readonly string[] | undefined,
    { status = failure, networkError = 27, qmi }: RefusalOptions = {},
  ): void {
    this.#modem.state.subscribedApns = apns;
    this.#modem.state.unknownApnError = { status, networkError, ...(qmi !== undefined && { qmi }) };
  }

  /** Sessions of these APNs are made and carry nothing from now on. */
  deaden(apns: readonly string[]): void {
    this.#modem.state.deadApns = apns;
  }

  /** Activations must bring this user and password, or fail with cause 29. */
  requireCredentials(credentials?: { user: string; password: string } | null): void {
    this.#modem.state.credentials = credentials ?? undefined;
  }

  /** Every answer (or only those to a connect) comes `ms` late; 0 ends it. */
  answerLate(ms: number, { only }: { only?: 'connect' } = {}): void {
    this.#modem.faults.delay = ms === 0 ? undefined : { ms, only };
  }

  /**
   * The modem hangs: takes commands, carries none out, answers and indicates nothing. Traffic goes
   * on.
   */
  mute(): void {
    this.#modem.faults.speaks = false;
  }

  unmute(): void {
    this.#modem.faults.speaks = true;
  }

  /**
   * What the carrier will hand out from the next activation on; parts left out stay as they are.
   */
  setNextAddress(ipv4: Partial<Ipv4Settings>): void {
    this.#modem.state.ip = { ...this.#modem.state.ip, ipv4: { dns: [], ...this.#modem.state.ip.ipv4, ...ipv4 } };
  }

  /**
   * From the next activation on the modem reports no IPv4 address, so that ModemManager says method
   * dhcp.
   */
  setNoAddress(): void {
    const dns = this.#modem.state.ip.ipv4?.dns ?? [];
    this.#modem.state.ip = { ...this.#modem.state.ip, ipv4: { dns } };
  }

  /** IPv6 on (default: documentation addresses) or off, from the next activation on. */
  setIpv6(settings: Ipv6Settings | boolean): void {
    const { ipv4 } = this.#modem.state.ip;
    const ipv6 = settings === true ? documentationIpv6 : settings;
    this.#modem.state.ip = { ...(ipv4 !== undefined && { ipv4 }), ...(ipv6 !== false && { ipv6 }) };
  }

  /**
   * The carrier gives the live sessions another address. `indicate` (default): the modem says so;
   * without it the old address simply goes dark. Later activations get the new one too.
   */
  async changeAddress(ipv4: Partial<Ipv4Settings>, { indicate = true } = {}): Promise<void> {
    this.setNextAddress(ipv4);
    for (const session of this.#modem.state.sessions.values()) {
      session.ip = { ...session.ip, ipv4: { dns: [], ...session.ip.ipv4, ...ipv4 } };
    }
    await this.#modem.settle();
    if (indicate) this.#modem.indicateIpConfiguration();
  }

  /** What the host made the modem do so far, oldest first. */
  attempts(): readonly Attempt[] {
    return this.#modem.attempts;
  }

  clearAttempts(): void {
    this.#modem.attempts.length = 0;
  }

  /**
   * The modem's own view: whether it is registered, its radio, and the sessions that it believes
   * in.
   */
  state(): ModemSummary {
    const { radio, sessions } = this.#modem.state;
    const list = [...sessions.values()].map(({ id, apn, alive, ip }) => ({ id, apn, alive, ip }));
    return { registered: isRegistered(this.#modem.state), radioOn: radio.hardware && radio.software, sessions: list };
  }
}

export interface DropOptions extends EndReason {
  readonly indicate?: boolean;
  readonly family?: 'ipv4' | 'ipv6';
}

export interface RefusalOptions extends Partial<ConnectRefusal> {
  readonly times?: number | 'always';
}

export interface OperatorChange {
  /** MCC and MNC. */
  readonly id: string;
  readonly name: string;
  readonly as?: 'home' | 'roaming' | 'partner';
}

export interface ModemSummary {
  readonly registered: boolean;
  readonly radioOn: boolean;
  readonly sessions: readonly { id: number; apn: string; alive: boolean; ip: IpSettings }[];
}

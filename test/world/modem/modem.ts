// What every modem in software has in common, whatever it speaks: its state, its carrier, and when
// it has something to say. Bytes in, bytes out: it knows neither sockets nor USB.

import { Faults } from './faults.ts';
import type { ModemProfile } from './profile.ts';
import type { Attempt, ConnectRefusal, ModemState, Session, SimOptions } from './state.ts';
import { initialState, isAttached, radioOn, simUsable } from './state.ts';

const resetDelayMs = 150;

export interface Traffic {
  readonly receivedBytes: bigint;
  readonly receivedPackets: bigint;
  readonly sentBytes: bigint;
  readonly sentPackets: bigint;
}

/** The radio side, as the modem sees it. */
export interface CarrierPort {
  /**
   * Makes traffic follow exactly these sessions; resolves when it does, so that a connect is
   * answered only then.
   */
  applySessions(sessions: readonly Session[]): Promise<void>;
  statistics(): Promise<Traffic>;
}

/**
 * One host connection. A host that closes its connection leaves the modem's sessions alone, as
 * behind a proxy.
 */
export interface ModemClient {
  /** Takes one whole message. Answers come through `send`, possibly later and in another order. */
  receive(message: Buffer): void;
  detach(): void;
}

export interface ModemOptions<P extends ModemProfile> {
  readonly profile: P;
  readonly carrier: CarrierPort;
  readonly sim?: SimOptions;
  /**
   * Called when the host resets the modem. The owner of the transport unplugs it, calls `restart`
   * and plugs it in.
   */
  readonly onReset?: () => void;
}

/** Why the network ended a session, in the terms in which it refuses one. */
export type EndReason = Partial<Pick<ConnectRefusal, 'networkError' | 'qmi'>>;

export abstract class SoftwareModem<P extends ModemProfile = ModemProfile> {
  readonly profile: P;
  readonly carrier: CarrierPort;
  readonly faults = new Faults();
  readonly attempts: Attempt[] = [];
  readonly state: ModemState;
  readonly #onReset: () => void;
  #told = '';

  constructor({ profile, carrier, sim = {}, onReset = () => {} }: ModemOptions<P>) {
    this.profile = profile;
    this.carrier = carrier;
    this.state = initialState(profile, sim);
    this.#onReset = onReset;
  }

  abstract attach(send: (message: Buffer) => void): ModemClient;

  /**
   * The length of the message that `bytes` begins with, or undefined while that is not to be told.
   */
  abstract messageLength(bytes: Buffer): number | undefined;

  /** What the host is told of registration and attachment, to see whether there is news. */
  protected abstract networkView(): string;
  protected abstract indicateNetwork(): void;
  /** The sessions have ended without the host's doing. */
  abstract indicateEnded(sessions: readonly Session[], reason: EndReason): void;
  abstract indicateSignal(): void;
  abstract indicateSim(): void;
  abstract indicateRadio(): void;
  abstract indicateIpConfiguration(): void;

  /**
   * The network ends one family of the session. @throws where both families are one to the modem
   */
  endFamily(family: 'ipv4' | 'ipv6', _reason: EndReason): Promise<void> {
    throw new Error(`this modem cannot lose ${family} alone`);
  }

  /** Notes an attempt with the present time. */
  record(attempt: Omit<Attempt, 'at'>): void {
    this.attempts.push({ at: Date.now(), ...attempt });
  }

  /** The modem answers first and goes a moment later, or the host never sees the answer. */
  reset(): void {
    this.record({ kind: 'reset', accepted: true });
    setTimeout(this.#onReset, resetDelayMs);
  }

  /**
   * Switches the radio, which a lock may forbid; off and on again, a modem that was stuck finds its
   * network.
   */
  async switchRadio(on: boolean): Promise<boolean> {
    const { state } = this;
    const done = !on || !state.radio.locked;
    this.record({ kind: on ? 'radio-on' : 'radio-off', accepted: done });
    if (!on && state.coverage === 'stuck') state.coverage = 'covered';
    state.radio.software = on && done;
    await this.settle();
    return done;
  }

  /**
   * Power-on: the PIN is asked for again, the radio is on unless it is locked, no session is left.
   * The SIM's tries stay as they are.
   */
  async restart(): Promise<void> {
    const { sim, radio, coverage } = this.state;
    if (sim.pin !== undefined) sim.pin.verified = false;
    sim.unseen = false;
    radio.software = !radio.locked;
    if (coverage === 'stuck') this.state.coverage = 'covered';
    this.state.detached = false;
    this.state.sessions.clear();
    await this.carrier.applySessions([]);
    this.#told = this.networkView();
  }

  /** Brings the carrier in line with the state and indicates whatever has changed. */
  async settle(): Promise<void> {
    const lost = this.#sessionsMayLive() ? [] : [...this.state.sessions.values()];
    for (const { id } of lost) this.state.sessions.delete(id);
    await this.carrier.applySessions([...this.state.sessions.values()]);
    const view = this.networkView();
    if (view !== this.#told) {
      this.#told = view;
      this.indicateNetwork();
    }
    if (lost.length > 0) this.indicateEnded(lost, {});
  }

  /**
   * A registration that comes and goes ends no session when the test says so; a radio that is off
   * always does.
   */
  #sessionsMayLive(): boolean {
    if (isAttached(this.state)) return true;
    return !this.state.sessionsNeedRegistration && radioOn(this.state) && simUsable(this.state.sim);
  }
}

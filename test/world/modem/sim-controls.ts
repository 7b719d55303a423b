// The levers on the SIM card: in and out, locked, another identity, and what the modem says of it.

import type { SoftwareModem } from './modem.ts';
import type { SimLock, SimReadiness } from './state.ts';
import { lockOf } from './state.ts';

/** The SIM card. */
export class SimControls {
  readonly #modem: SoftwareModem;

  constructor(modem: SoftwareModem) {
    this.#modem = modem;
  }

  /** Pulls the SIM out: sessions end, the modem reports "not inserted". */
  async remove(): Promise<void> {
    this.#modem.state.sim.present = false;
    await this.#changed();
  }

  /** Puts a SIM in; another one when identities are given. A PIN is asked for again. */
  async insert(identity: { iccid?: string; imsi?: string } = {}): Promise<void> {
    const { sim } = this.#modem.state;
    Object.assign(sim, identity, { present: true });
    if (sim.pin !== undefined) sim.pin.verified = false;
    await this.#changed();
  }

  /** Locks the SIM with a PIN from now on. */
  async lock({ pin, retries = 3 }: { pin: string; retries?: number }): Promise<void> {
    this.#modem.state.sim.pin = { code: pin, retries, verified: false };
    await this.#changed();
  }

  /** Takes the PIN off. */
  async unlock(): Promise<void> {
    this.#modem.state.sim.pin = undefined;
    await this.#changed();
  }

  /**
   * What the modem says of the card from now on, whatever the card is; undefined: the truth.
   * `indicate: false` says so only when asked.
   */
  async setReadiness(readiness?: SimReadiness | null, { indicate = true } = {}): Promise<void> {
    this.#modem.state.sim.readiness = readiness ?? undefined;
    await this.#changed(indicate);
  }

  /**
   * The card's applet takes another identity; an ICCID may be empty, as some modems never tell it.
   * A card that asks for a REFRESH makes the modem restart as well: that is `usb.restart`.
   */
  async setIdentity(identity: { iccid?: string; imsi?: string }, { indicate = true } = {}): Promise<void> {
    Object.assign(this.#modem.state.sim, identity);
    await this.#changed(indicate);
  }

  /** The modem no longer sees the card, until the modem is restarted. */
  async hideUntilRestart({ indicate = true } = {}): Promise<void> {
    this.#modem.state.sim.unseen = true;
    await this.#changed(indicate);
  }

  /** What the SIM asks for now and how many tries are left for it, told or not. */
  status(): { lock: SimLock; pinRetries: number; pukRetries: number } {
    const { sim } = this.#modem.state;
    return { lock: lockOf(sim), pinRetries: sim.pin?.retries ?? 3, pukRetries: sim.puk.retries };
  }

  async #changed(indicate = true): Promise<void> {
    if (indicate) this.#modem.indicateSim();
    await this.#modem.settle();
  }
}

// The levers on the radio and on registration beyond coverage: switches, locks, packet service, LTE
// attach.

import { failure } from './admission.ts';
import type { SoftwareModem } from './modem.ts';
import type { AttachConfiguration } from './state.ts';

/** The modem's radio. */
export class RadioControls {
  readonly #modem: SoftwareModem;

  constructor(modem: SoftwareModem) {
    this.#modem = modem;
  }

  /** The hardware switch (rfkill, the W_DISABLE line of the slot). */
  async setHardware(on: boolean): Promise<void> {
    this.#modem.state.radio.hardware = on;
    await this.#changed();
  }

  /**
   * An FCC lock: the radio is off, and switching it on is answered with success and changes
   * nothing. `false` takes it off.
   */
  async lock(locked = true): Promise<void> {
    const { radio } = this.#modem.state;
    radio.locked = locked;
    if (locked) radio.software = false;
    await this.#changed();
  }

  /**
   * Coverage is lost, and the modem finds it again only after its radio has been off and on, or
   * after a restart.
   */
  async loseUntilCycled(): Promise<void> {
    this.#modem.state.coverage = 'stuck';
    await this.#modem.settle();
  }

  /** The network ends the packet service, and with it every session; registration stays. */
  async detach(): Promise<void> {
    this.#modem.state.detached = true;
    await this.#modem.settle();
  }

  /** The modem attaches the packet service by itself. */
  async attach(): Promise<void> {
    this.#modem.state.detached = false;
    await this.#modem.settle();
  }

  /** Wishes to attach the packet service fail from now on; undefined: they do not. */
  refuseAttach(refusal?: { status?: number; networkError: number } | null): void {
    this.#modem.state.attachRefusal = refusal ? { status: failure, ...refusal } : undefined;
  }

  /**
   * The network registers only a modem that attaches with `apn`; null: any. Others are denied, 19
   * being "ESM failure".
   */
  async needAttachApn(apn: string | null, networkError = 19): Promise<void> {
    this.#modem.state.neededAttachApn = apn === null ? undefined : { apn, networkError };
    await this.#modem.settle();
  }

  /** What the modem attaches with. */
  attachConfiguration(): AttachConfiguration {
    return this.#modem.state.attachConfiguration;
  }

  async #changed(): Promise<void> {
    this.#modem.indicateRadio();
    await this.#modem.settle();
  }
}

// The modem in the mode in which it comes out of its box: no network interface, a serial port that
// answers AT, and an AT command that turns it into what the profile says.

import { rm, symlink } from 'node:fs/promises';
import { AtModem, dialects } from '../at/modem.ts';
import { Pty } from '../at/pty.ts';
import type { ModemProfile } from '../modem/profile.ts';
import { removeTty, type TtyDevice, writeTty } from './sysfs.ts';

const NAME = 'ttyACM0';
/** The mode that is MBIM. */
const MBIM = '3';

export class SerialPort {
  readonly #profile: ModemProfile;
  readonly #modem: AtModem;
  #pty: Pty | undefined;

  /** @param onRestart It restarts; `mbim` says whether it comes back as a network interface. */
  constructor(profile: ModemProfile, onRestart: (mbim: boolean) => void) {
    this.#profile = profile;
    this.#modem = new AtModem({
      dialect: dialects.multitech,
      mode: '0',
      onRestart: (mode) => onRestart(mode === MBIM),
    });
  }

  /** Commands as they came. */
  get heard(): readonly string[] {
    return this.#modem.heard;
  }

  /** What it says to a command from now on; undefined: nothing at all. */
  lie(command: string, answer: string | undefined): void {
    this.#modem.lies.set(command, answer);
  }

  get device(): TtyDevice {
    return { profile: this.#profile, name: NAME, product: '0036' };
  }

  async appear(): Promise<void> {
    this.#pty = await Pty.open((text) => this.#modem.receive(text));
    await symlink(this.#pty.path, `/dev/${NAME}`);
    await writeTty(this.device);
  }

  async disappear(): Promise<void> {
    await this.#pty?.close();
    this.#pty = undefined;
    await rm(`/dev/${NAME}`, { force: true });
    await removeTty(this.device);
  }
}

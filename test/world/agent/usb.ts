// The USB bus of the board: plugging the modem in and out, its resets, and `authorized`, the file
// by which a USB device is switched off and on without anybody touching it.

import { watch } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { SoftwareModem } from '../modem/modem.ts';
import { command } from './command.ts';
import { createLink, deleteLink } from './link.ts';
import type { ModemManagerControls } from './modem-manager.ts';
import type { ModemProxy } from './modem-proxy.ts';
import { places } from './places.ts';
import type { SerialPort } from './serial-port.ts';
import { portEvents, removeDevice, removeInterface, ttyEvent, writeDevice, writeInterface } from './sysfs.ts';

const deviceNode = '/dev/cdc-wdm0';

export interface UsbParts {
  readonly modem: SoftwareModem;
  readonly proxy: ModemProxy;
  readonly modemManager: ModemManagerControls;
  readonly carrierPid: number;
  /** Whether the link has ARP. */
  readonly arp: boolean;
  /** What the modem is before it is put into its mode; undefined: it is in it from the first. */
  readonly serial: SerialPort | undefined;
  /**
   * Told when the carrier's end of a new link is there, and before it goes, so that the carrier
   * touches it no more.
   */
  readonly farEnd: { readonly appeared: () => Promise<void>; readonly disappeared: () => Promise<void> };
}

export class UsbControls {
  readonly #parts: UsbParts;
  #plugged = false;
  #node: 'none' | 'made' | 'bound' = 'none';
  /** Whether it has only its serial port now. */
  #isSerial: boolean;
  #authorized = true;
  #deauthorisations = 0;
  #queue: Promise<void> = Promise.resolve();

  constructor(parts: UsbParts) {
    this.#parts = parts;
    this.#isSerial = parts.serial !== undefined;
  }

  /**
   * Puts the modem in: power-on, new wwan0, and ModemManager (if it runs) is told. Does not wait
   * for it to be probed.
   */
  plug(): Promise<void> {
    return this.#inTurn(async () => {
      const { modem, serial } = this.#parts;
      await writeDevice(modem.profile, this.#isSerial ? serial?.device.product : undefined);
      await this.#appear();
      this.#watchAuthorized();
    });
  }

  /** Pulls the modem out: wwan0, cdc-wdm0 and the USB device are gone, the session is over. */
  unplug(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#disappear();
      await removeDevice(this.#parts.modem.profile);
    });
  }

  /** The modem restarts by itself: gone for `ms`, then back as after power-on. */
  async restart(ms = 300): Promise<void> {
    await this.unplug();
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.plug();
  }

  /** The modem restarts with or without a network interface. */
  async restartAs(network: boolean, ms = 300): Promise<void> {
    await this.unplug();
    this.#isSerial = !network;
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.plug();
  }

  /** AT commands that came over the serial port so far. */
  atCommands(): readonly string[] {
    return this.#parts.serial?.heard ?? [];
  }

  /** What the modem says to an AT command from now on; without an answer, nothing at all. */
  lieToAt(command: string, answer?: string): void {
    this.#parts.serial?.lie(command, answer);
  }

  /** How often somebody has switched the USB device off by its `authorized` file. */
  deauthorisations(): number {
    return this.#deauthorisations;
  }

  isPlugged(): boolean {
    return this.#plugged;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #appear(): Promise<void> {
    if (this.#plugged) return;
    const { modem, proxy, modemManager, carrierPid, arp, serial } = this.#parts;
    this.#plugged = true;
    if (serial !== undefined && this.#isSerial) {
      await serial.appear();
      await modemManager.report([ttyEvent(serial.device, 'add')]);
      return;
    }
    const ifindex = await createLink(modem.profile.mac, carrierPid, arp);
    proxy.plug();
    await Promise.all([this.#makeNode(), writeInterface(modem.profile, ifindex), this.#parts.farEnd.appeared()]);
    await modemManager.report(portEvents(modem.profile, 'add'));
  }

  async #disappear(): Promise<void> {
    if (!this.#plugged) return;
    const { modem, proxy, modemManager, farEnd, serial } = this.#parts;
    this.#plugged = false;
    if (serial !== undefined && this.#isSerial) {
      await serial.disappear();
      await modemManager.report([ttyEvent(serial.device, 'remove')]);
      return;
    }
    proxy.unplug();
    await farEnd.disappeared();
    await deleteLink();
    await modem.restart();
    await this.#removeNode();
    await removeInterface(modem.profile);
    await modemManager.report(portEvents(modem.profile, 'remove'));
  }

  async #makeNode(): Promise<void> {
    try {
      // The numbers of /dev/null, so that somebody can hold the port open.
      await command('mknod', [deviceNode, 'c', '1', '3']);
      this.#node = 'made';
    } catch {
      await writeFile(deviceNode, '');
      await command('mount', ['--bind', '/dev/null', deviceNode]);
      await mkdir(`${places.root}/dev`, { recursive: true });
      await command('mount', ['--bind', '/dev/null', `${places.root}${deviceNode}`]).catch(() => '');
      this.#node = 'bound';
    }
  }

  async #removeNode(): Promise<void> {
    if (this.#node === 'bound') {
      await command('umount', [`${places.root}${deviceNode}`]).catch(() => '');
      await command('umount', [deviceNode]);
    }
    await rm(deviceNode, { force: true });
    this.#node = 'none';
  }

  /**
   * Follows writes to `authorized`: 0 makes the interfaces vanish, 1 brings them back as after
   * power-on.
   */
  #watchAuthorized(): void {
    const file = `${places.sys}/${this.#parts.modem.profile.usb.path}/authorized`;
    this.#authorized = true;
    const watcher = watch(file, () => void this.#inTurn(() => this.#followAuthorized(file)));
    watcher.on('error', () => watcher.close());
  }

  async #followAuthorized(file: string): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => '');
    const wanted = text.trim() === '1' ? true : text.trim() === '0' ? false : this.#authorized;
    if (wanted === this.#authorized) return;
    this.#authorized = wanted;
    if (!wanted) this.#deauthorisations += 1;
    await (wanted ? this.#appear() : this.#disappear());
  }
}

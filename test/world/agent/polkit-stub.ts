// The world's own seat on the bus. It owns polkit's name and answers its one question, since
// polkitd wants a seat, rules and root; and it asks the bus and ModemManager what the agent wants
// to know.

import dbus from 'dbus-next';
import { takeSeat } from './bus-seat.ts';

const authorityName = 'org.freedesktop.PolicyKit1';
const modemManagerName = 'org.freedesktop.ModemManager1';
const modemInterface = 'org.freedesktop.ModemManager1.Modem';
const callTimeoutMs = 3000;

export interface ModemEntry {
  readonly path: string;
  readonly state: number;
}

export class PolkitStub {
  authorized = true;
  #bus: dbus.MessageBus | undefined;

  async start(): Promise<void> {
    this.#bus = await takeSeat(authorityName, (bus, message) => this.#answer(bus, message));
  }

  stop(): void {
    this.#bus?.disconnect();
    this.#bus = undefined;
  }

  /** Makes dbus-daemon look at its service files now. */
  async reloadBus(): Promise<void> {
    await this.#call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'ReloadConfig');
  }

  /** The modems that ModemManager shows, without starting it. Throws when it is not on the bus. */
  async modems(): Promise<ModemEntry[]> {
    const manager = 'org.freedesktop.DBus.ObjectManager';
    const reply = await this.#call(modemManagerName, '/org/freedesktop/ModemManager1', manager, 'GetManagedObjects');
    type Objects = Record<string, Record<string, Record<string, dbus.Variant>>>;
    const objects = (reply?.body[0] ?? {}) as Objects;
    return Object.entries(objects).flatMap(([path, interfaces]) => {
      const state: unknown = interfaces[modemInterface]?.State?.value;
      return typeof state === 'number' ? [{ path, state }] : [];
    });
  }

  async #call(destination: string, path: string, interfaceName: string, member: string): Promise<dbus.Message | null> {
    if (this.#bus === undefined) throw new Error('the bus is down');
    const noAutoStart = dbus.MessageFlag.NO_AUTO_START;
    const message = new dbus.Message({ destination, path, interface: interfaceName, member, flags: noAutoStart });
    return await withDeadline(this.#bus.call(message), `${interfaceName}.${member}`);
  }

  #answer(bus: dbus.MessageBus, message: dbus.Message): boolean {
    if (message.path !== '/org/freedesktop/PolicyKit1/Authority') return false;
    if (message.member === 'CheckAuthorization') {
      bus.send(dbus.Message.newMethodReturn(message, '(bba{ss})', [[this.authorized, false, {}]]));
      return true;
    }
    if (message.interface === 'org.freedesktop.DBus.Properties' && message.member === 'GetAll') {
      bus.send(dbus.Message.newMethodReturn(message, 'a{sv}', [{}]));
      return true;
    }
    return false;
  }
}

/** dbus-next never settles a call whose answerer hangs or whose bus has died. */
async function withDeadline<T>(call: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer to ${what} in ${callTimeoutMs} ms`)), callTimeoutMs);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

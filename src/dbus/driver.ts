// The bus itself as a service: who owns a name, and starting one. The one place that spells its
// name.
import type { Bus, CallOptions } from './bus.ts';
import { DBusCallError } from './errors.ts';

/** The bus' own name. No client can own it, and no client's message carries it as its sender. */
export const DRIVER_NAME = 'org.freedesktop.DBus';

/** Where the bus' own methods are, and whose signals tell of names. */
export const DRIVER = { destination: DRIVER_NAME, path: '/org/freedesktop/DBus', interface: DRIVER_NAME } as const;

/** The interface by which every service tells its properties. */
export const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** Whether somebody owns `name`. Starts nobody. @throws as Bus.call does */
export async function hasOwner(bus: Bus, name: string, options: CallOptions): Promise<boolean> {
  const [owned] = await bus.call({ ...DRIVER, member: 'NameHasOwner', signature: 's', body: [name] }, options);
  return owned === true;
}

/** The unique name of the owner of `name`, '' when there is none. @throws as Bus.call does */
export async function ownerOf(bus: Pick<Bus, 'call'>, name: string, options: CallOptions): Promise<string> {
  try {
    const [owner] = await bus.call({ ...DRIVER, member: 'GetNameOwner', signature: 's', body: [name] }, options);
    return String(owner ?? '');
  } catch (error) {
    if (!(error instanceof DBusCallError)) throw error; // NameHasNoOwner
    return '';
  }
}

/** The process that owns `name`; undefined when there is none. @throws as Bus.call does */
export async function processIdOf(bus: Bus, name: string, options: CallOptions): Promise<number | undefined> {
  try {
    const ask = { ...DRIVER, member: 'GetConnectionUnixProcessID', signature: 's', body: [name] };
    const [pid] = await bus.call(ask, options);
    return typeof pid === 'number' && pid > 0 ? pid : undefined;
  } catch (error) {
    if (!(error instanceof DBusCallError)) throw error; // NameHasNoOwner, UnixProcessIdUnknown
    return undefined;
  }
}

/** Makes the bus start the service that `name` belongs to. @throws as Bus.call does */
export async function startService(bus: Bus, name: string, options: CallOptions): Promise<void> {
  await bus.call({ ...DRIVER, member: 'StartServiceByName', signature: 'su', body: [name, 0] }, options);
}

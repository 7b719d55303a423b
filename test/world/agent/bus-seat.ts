// A seat on the world's bus for a stub: a connection that owns a name and answers what is asked of
// it.

import dbus from 'dbus-next';
import { busAddress } from './places.ts';

/**
 * Connects, answers calls with `answer` (true: answered) and owns `name`. The bus may die at any
 * time; that is no error of the stub.
 */
export async function takeSeat(
  name: string,
  answer: (bus: dbus.MessageBus, message: dbus.Message) => boolean,
): Promise<dbus.MessageBus> {
  const bus = dbus.systemBus({ busAddress } as unknown as Parameters<typeof dbus.systemBus>[0]);
  bus.on('error', () => {});
  bus.addMethodHandler((message: dbus.Message) => answer(bus, message));
  await bus.requestName(name, 0);
  return bus;
}

// node flooder.mjs PID RATE: sends RATE signals a second over the bus to the process PID alone, as
// any local user may, until SIGTERM. Says `begun` first, and how many it has sent at the end.
import dbus from 'dbus-next';
import { bytesOf, pump } from './pump.mjs';

const [pid, rate] = process.argv.slice(2).map(Number);

const bus = dbus.systemBus();
await new Promise((resolve) => bus.on('connect', resolve));
const ask = async (member, signature = '', body = []) => {
  const name = 'org.freedesktop.DBus';
  const call = { destination: name, path: '/org/freedesktop/DBus', interface: name, member, signature, body };
  return (await bus.call(new dbus.Message(call))).body[0];
};
const names = (await ask('ListNames')).filter((name) => name.startsWith(':'));
const owners = await Promise.all(names.map((name) => ask('GetConnectionUnixProcessID', 's', [name]).catch(() => 0)));
const destination = names[owners.indexOf(pid)];

// What the process itself listens for, from somebody who is not who it listens to.
const signal = {
  type: dbus.MessageType.SIGNAL,
  destination,
  path: '/org/freedesktop/ModemManager1/Modem/0',
  interface: 'org.freedesktop.DBus.Properties',
  member: 'PropertiesChanged',
  signature: 'sa{sv}as',
  body: ['org.freedesktop.ModemManager1.Modem', { State: new dbus.Variant('i', 8) }, []],
};
const stop = pump(bus, [bytesOf(bus, new dbus.Message(signal))], rate);
process.stdout.write('begun\n');
process.once('SIGTERM', () => process.stdout.write(`sent ${stop()}\n`, () => process.exit(0)));

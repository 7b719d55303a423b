// node --import tsx stand-in.ts MODEMS [RATE ...]: plays a ModemManager with so many modems, each
// with its SIM and all still searching for a network, until it is killed. Each SIGUSR2 ends the
// flood before, says `sent N`, and begins the next: changes of the first modem's signal, RATE a second.
import { Message } from 'dbus-next';
import {
  FakeModemManager,
  MODEM,
  MODEM_3GPP,
  modemPath,
  modemProperties,
  SIM,
  simPath,
  simProperties,
  v,
} from '../../component/modem/fake-modem-manager.ts';
import { bytesOf, pump } from '../pump.mjs';

const [modems = 1, ...rates] = process.argv.slice(2).map(Number);
const SEARCHING = 7;

const fake = await FakeModemManager.connect(process.env.DBUS_SYSTEM_BUS_ADDRESS ?? '');
for (let index = 0; index < modems; index += 1) {
  const own = { State: v('i', SEARCHING), Device: v('s', `/sys/devices/usb3/3-${index}`), Sim: v('o', simPath(index)) };
  const identity = { EquipmentIdentifier: v('s', `35661107000${1000 + index}`) };
  fake.put(modemPath(index), MODEM, modemProperties({ ...own, ...identity }));
  const network = { RegistrationState: v('u', 2), OperatorCode: v('s', ''), OperatorName: v('s', '') };
  fake.put(modemPath(index), MODEM_3GPP, network);
  fake.put(simPath(index), SIM, simProperties({ SimIdentifier: v('s', `891480000000000${1000 + index}`) }));
}
await fake.own();

const change = (percent: number) =>
  bytesOf(
    fake.bus,
    Message.newSignal(modemPath(0), 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', [
      MODEM,
      { SignalQuality: v('(ub)', [percent, true]) },
      [],
    ]),
  );
const changes = [40, 41, 42, 43].map(change);
let stop = (): number => 0;
process.on('SIGUSR2', () => {
  process.stdout.write(`sent ${stop()}\n`);
  stop = pump(fake.bus, changes, rates.shift() ?? 0);
});
process.stdout.write('ready\n');

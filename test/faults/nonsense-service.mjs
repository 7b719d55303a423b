// A ModemManager that lies: wrong types, absurd values, names made to be run. It answers every
// call, and signals all the time.
import dbus from 'dbus-next';

const { Message, Variant } = dbus;
const name = 'org.freedesktop.ModemManager1';
const root = '/org/freedesktop/ModemManager1';
const modem = `${root}/Modem/0`;
const bearer = `${root}/Bearer/0`;
const evil = '\u001b[2J\u001b]0;owned\u0007 wwan0; reboot\n$(reboot)';

const config = {
  method: new Variant('u', 2),
  address: new Variant('s', '100.112.107.46; reboot'),
  prefix: new Variant('u', 4_000_000_000),
  gateway: new Variant('s', '999.1.1.1'),
  dns1: new Variant('s', evil),
  mtu: new Variant('u', 4_294_967_295),
};

const modemProperties = {
  State: new Variant('i', 11),
  StateFailedReason: new Variant('s', evil),
  Manufacturer: new Variant('s', evil),
  Model: new Variant('ai', [1, 2, 3]),
  Device: new Variant('s', '/sys/../../etc/passwd'),
  EquipmentIdentifier: new Variant('s', 'x'.repeat(100_000)),
  Bearers: new Variant('as', [bearer, '../../etc']),
  Ports: new Variant('a(su)', [['wwan0; reboot', 2]]),
  PrimaryPort: new Variant('s', evil),
  SignalQuality: new Variant('s', 'good'),
  UnlockRequired: new Variant('u', 4_294_967_295),
  UnlockRetries: new Variant('s', 'none'),
  Sim: new Variant('o', '/'),
  PowerState: new Variant('x', -1n),
};

const objects = {
  [modem]: {
    [`${name}.Modem`]: modemProperties,
    [`${name}.Modem.Simple`]: {},
    [`${name}.Modem.Modem3gpp`]: { OperatorName: new Variant('s', evil), RegistrationState: new Variant('u', 77) },
  },
};

const bearerProperties = {
  Interface: new Variant('s', 'wwan0; reboot'),
  Connected: new Variant('b', true),
  Ip4Config: new Variant('a{sv}', config),
  Ip6Config: new Variant('s', evil),
  Properties: new Variant('a{sv}', { apn: new Variant('s', 'vzwinternet'), 'ip-type': new Variant('s', evil) }),
};

const bus = dbus.systemBus();

/** @param {import('dbus-next').Message} message @returns {[signature: string, body: unknown[]]} */
function bodyOf(message) {
  switch (message.member) {
    case 'GetManagedObjects':
      return ['a{oa{sa{sv}}}', [objects]];
    case 'GetAll':
      return ['a{sv}', [message.path === bearer ? bearerProperties : modemProperties]];
    case 'Get':
      return ['v', [new Variant('s', evil)]];
    case 'CreateBearer':
    case 'Connect':
      return ['o', [bearer]];
    default:
      return ['', []];
  }
}

bus.addMethodHandler((/** @type {import('dbus-next').Message} */ message) => {
  const [signature, body] = bodyOf(message);
  bus.send(Message.newMethodReturn(message, signature, body));
  return true;
});

setInterval(() => {
  bus.send(Message.newSignal(modem, `${name}.Modem`, 'StateChanged', 'sss', [evil, evil, evil]));
  const changed = [`${name}.Modem`, { State: new Variant('i', -999), Bearers: new Variant('u', 7) }, []];
  bus.send(Message.newSignal(modem, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', changed));
}, 300);

await bus.requestName(name, 0);
process.stdout.write('owned\n');

// ModemManager's face on a private bus, with switches for what the real one never or seldom does:
// nonsense, silence, other senders. What the real one does is tested against the real one
// (test/scenario). Written against dbus-next directly, not against src/.
import { Message, type MessageBus, Variant } from 'dbus-next';
import { connectPeer } from '../dbus/peer.ts';

const NAME = 'org.freedesktop.ModemManager1';
const ROOT = '/org/freedesktop/ModemManager1';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';

export const MODEM = `${NAME}.Modem`;
export const MODEM_3GPP = `${NAME}.Modem.Modem3gpp`;
export const BEARER = `${NAME}.Bearer`;
export const SIM = `${NAME}.Sim`;

export const modemPath = (index: number) => `${ROOT}/Modem/${index}`;
export const bearerPath = (index: number) => `${ROOT}/Bearer/${index}`;
export const simPath = (index: number) => `${ROOT}/SIM/${index}`;

type Properties = Record<string, Variant>;
type Behaviour = (call: Message) => 'hang' | Message | undefined;

export const v = (signature: string, value: unknown) => new Variant(signature, value);

/** A registered LTE modem as 1.14 shows it, without a bearer. */
export const modemProperties = (changes: Properties = {}): Properties => ({
  State: v('i', 8),
  StateFailedReason: v('u', 0),
  PowerState: v('u', 3),
  UnlockRequired: v('u', 1),
  UnlockRetries: v('a{uu}', {}),
  Manufacturer: v('s', 'Telit'),
  Model: v('s', 'FIH7160'),
  Plugin: v('s', 'telit'),
  PrimaryPort: v('s', 'cdc-wdm0'),
  Ports: v('a(su)', [
    ['cdc-wdm0', 7],
    ['wwan0', 2],
  ]),
  Device: v('s', '/sys/devices/platform/soc@0/38200000.usb/xhci-hcd.1.auto/usb3/3-1/3-1.1'),
  EquipmentIdentifier: v('s', '356611070001246'),
  AccessTechnologies: v('u', 1 << 14),
  SignalQuality: v('(ub)', [67, true]),
  Sim: v('o', simPath(0)),
  Bearers: v('ao', []),
  ...changes,
});

const networkProperties = (changes: Properties = {}): Properties => ({
  RegistrationState: v('u', 1),
  OperatorCode: v('s', '311480'),
  OperatorName: v('s', 'Verizon'),
  InitialEpsBearer: v('o', '/'),
  ...changes,
});

/** A connected bearer: that of the vendor's guide. */
export const bearerProperties = (changes: Properties = {}): Properties => ({
  Interface: v('s', 'wwan0'),
  Connected: v('b', true),
  Suspended: v('b', false),
  Ip4Config: v('a{sv}', {
    method: v('u', 2),
    address: v('s', '100.112.107.46'),
    prefix: v('u', 24),
    gateway: v('s', '100.112.107.1'),
    dns1: v('s', '198.51.100.53'),
    mtu: v('u', 1428),
  }),
  Ip6Config: v('a{sv}', { method: v('u', 0) }),
  Properties: v('a{sv}', { apn: v('s', 'vzwinternet'), 'ip-type': v('u', 1) }),
  ...changes,
});

export const simProperties = (changes: Properties = {}): Properties => ({
  SimIdentifier: v('s', '89148000000000000000'),
  Imsi: v('s', '311480000000001'),
  OperatorIdentifier: v('s', '311480'),
  OperatorName: v('s', ''),
  ...changes,
});

export class FakeModemManager {
  readonly objects = new Map<string, Map<string, Properties>>();
  /** Tried newest first; the first that answers wins. */
  readonly behaviours: Behaviour[] = [];
  /** "Member path" of each call that came in. */
  readonly calls: string[] = [];
  readonly bus: MessageBus;
  version = '1.14.12';

  private constructor(bus: MessageBus) {
    this.bus = bus;
    bus.addMethodHandler((call: Message) => this.#answer(call));
  }

  /** Connects; owns the name only after own(). */
  static async connect(address: string): Promise<FakeModemManager> {
    return new FakeModemManager(await connectPeer(address));
  }

  /** A modem with a SIM, on the bus. */
  static async start(address: string): Promise<FakeModemManager> {
    const fake = await FakeModemManager.connect(address);
    fake.put(modemPath(0), MODEM, modemProperties());
    fake.put(modemPath(0), MODEM_3GPP, networkProperties());
    fake.put(simPath(0), SIM, simProperties());
    await fake.own();
    return fake;
  }

  async own(): Promise<void> {
    await this.bus.requestName(NAME, 0);
  }

  async disown(): Promise<void> {
    await this.bus.releaseName(NAME);
  }

  stop(): void {
    this.bus.disconnect();
  }

  put(path: string, interfaceName: string, properties: Properties): void {
    const interfaces = this.objects.get(path) ?? new Map<string, Properties>();
    this.objects.set(path, interfaces.set(interfaceName, properties));
  }

  /** Changes properties and says so, as GDBus does. */
  change(path: string, interfaceName: string, changed: Properties, invalidated: readonly string[] = []): void {
    const known = this.objects.get(path)?.get(interfaceName);
    this.put(path, interfaceName, { ...known, ...changed });
    this.emit(path, PROPERTIES, 'PropertiesChanged', 'sa{sv}as', [interfaceName, changed, [...invalidated]]);
  }

  addBearer(index: number, properties: Properties, modem = 0): void {
    this.put(bearerPath(index), BEARER, properties);
    const known = this.objects.get(modemPath(modem))?.get(MODEM)?.Bearers?.value as string[];
    this.change(modemPath(modem), MODEM, { Bearers: v('ao', [...known, bearerPath(index)]) });
  }

  addModem(index: number, properties = modemProperties()): void {
    this.put(modemPath(index), MODEM, properties);
    this.emit(ROOT, OBJECT_MANAGER, 'InterfacesAdded', 'oa{sa{sv}}', [modemPath(index), { [MODEM]: properties }]);
  }

  removeModem(index: number): void {
    const interfaces = [...(this.objects.get(modemPath(index))?.keys() ?? [])];
    this.objects.delete(modemPath(index));
    this.emit(ROOT, OBJECT_MANAGER, 'InterfacesRemoved', 'oas', [modemPath(index), interfaces]);
  }

  emit(path: string, interfaceName: string, member: string, signature: string, body: unknown[]): void {
    this.bus.send(Message.newSignal(path, interfaceName, member, signature, body));
  }

  /** The next calls of a member are not answered, until the returned function is called. */
  hang(member: string): () => void {
    const behaviour: Behaviour = (call) => (call.member === member ? 'hang' : undefined);
    this.behaviours.unshift(behaviour);
    return () => this.behaviours.splice(this.behaviours.indexOf(behaviour), 1);
  }

  #answer(call: Message): boolean {
    this.calls.push(`${call.member} ${call.path}`);
    for (const behaviour of this.behaviours) {
      const answer = behaviour(call);
      if (answer === 'hang') return true;
      if (answer) {
        this.bus.send(answer);
        return true;
      }
    }
    const reply = this.#reply(call);
    if (reply) this.bus.send(reply);
    return reply !== undefined;
  }

  #reply(call: Message): Message | undefined {
    if (call.member === 'GetManagedObjects') {
      // The real one manages modems only: bearers and SIMs are found by their paths.
      const modems = [...this.objects].filter(([path]) => path.startsWith(`${ROOT}/Modem/`));
      const managed = Object.fromEntries(modems.map(([path, faces]) => [path, Object.fromEntries(faces)]));
      return Message.newMethodReturn(call, 'a{oa{sa{sv}}}', [managed]);
    }
    if (call.member === 'Get') return Message.newMethodReturn(call, 'v', [v('s', this.version)]);
    if (call.member !== 'GetAll') return undefined;
    const properties = this.objects.get(call.path)?.get(String(call.body[0]));
    return properties
      ? Message.newMethodReturn(call, 'a{sv}', [properties])
      : Message.newError(call as never, 'org.freedesktop.DBus.Error.UnknownMethod', 'Object does not exist');
  }
}

import { expect, test } from 'vitest';
import type { Raw } from '../../../../src/modem/wire/raw.ts';
import { parseBearer, parseModem, parseReferences, parseSim } from '../../../../src/modem/wire/schema.ts';
import { DBusShapeError } from '../../../../src/modem/wire/shape-error.ts';

const MODEM = '/org/freedesktop/ModemManager1/Modem/0';
const BEARER = '/org/freedesktop/ModemManager1/Bearer/0';
const SIM = '/org/freedesktop/ModemManager1/SIM/0';

/** Collects what was dropped, as "property: problem". */
function collector() {
  const dropped: string[] = [];
  return {
    dropped,
    report: (_path: string, _interface: string, property: string, problem: string) => {
      dropped.push(`${property}: ${problem}`);
    },
  };
}

const modemOf = (modem: Raw, modem3gpp?: Raw) => {
  const { dropped, report } = collector();
  return { modem: parseModem(MODEM, { modem: { State: 8, ...modem }, modem3gpp, bearers: [] }, report), dropped };
};
const bearerOf = (raw: Raw) => {
  const { dropped, report } = collector();
  return { bearer: parseBearer(BEARER, { Connected: true, ...raw }, report), dropped };
};

test('a modem that tells only its state has a value for everything', () => {
  expect(modemOf({ State: -1, StateFailedReason: 2 })).toEqual({
    dropped: [],
    modem: {
      path: MODEM,
      state: 'failed',
      stateFailedReason: 'sim-missing',
      powerState: 'unknown',
      unlockRequired: 'unknown',
      unlockRetries: {},
      manufacturer: '',
      model: '',
      revision: '',
      plugin: '',
      primaryPort: '',
      device: '',
      deviceIdentifier: '',
      equipmentIdentifier: '',
      ports: [],
      accessTechnologies: [],
      signalPercent: 0,
      registrationState: 'unknown',
      operatorCode: '',
      operatorName: '',
      bearers: [],
    },
  });
});

test.each([undefined, 'registered', null, [8], 8.5, Number.NaN])('the state %j refuses the modem by name', (State) => {
  const parse = () => parseModem(MODEM, { modem: { State }, bearers: [] }, () => {});
  expect(parse).toThrow(DBusShapeError);
  expect(parse).toThrow(/ModemManager1\.Modem\.State of .*Modem\/0/);
});

test('retries that the modem does not know are left out', () => {
  expect(modemOf({ UnlockRetries: { 2: 3, 3: 999, 4: 10 } }).modem.unlockRetries).toEqual({
    'sim-pin': 3,
    'sim-puk': 10,
  });
});

test.each([
  [{ SignalQuality: [101, true] }, { signalPercent: 0 }],
  [{ SignalQuality: 67 }, { signalPercent: 0 }],
  [{ Model: 5 }, { model: '' }],
  [{ Ports: [['wwan0']] }, { ports: [] }],
  [{ AccessTechnologies: 'lte' }, { accessTechnologies: [] }],
  [{ UnlockRetries: [[2, 3]] }, { unlockRetries: {} }],
  [{ Device: '/etc/passwd' }, { device: '' }],
])('%j is dropped and reported once', (raw: Raw, expected) => {
  const { modem, dropped } = modemOf(raw);
  expect(modem).toMatchObject(expected);
  expect(dropped).toHaveLength(1);
  expect(dropped[0]).toMatch(new RegExp(`^${Object.keys(raw)[0]}: `));
});

test('a modem that may make emergency calls alone is not taken for registered', () => {
  const emergencyOnly = { RegistrationState: 8 };
  expect(modemOf({ State: 8 }, emergencyOnly).modem.state).toBe('searching');
  expect(modemOf({ State: 11 }, emergencyOnly).modem.state).toBe('connected');
});

test('what the network says is cleaned', () => {
  const network = {
    RegistrationState: 5,
    OperatorCode: '26201',
    OperatorName: '\u001b]0;x\u0007Tele\nkom',
    InitialEpsBearer: '/org/freedesktop/ModemManager1/Bearer/4',
    NetworkRejection: { error: 11, 'operator-id': '310410', 'access-technology': 1 << 14 },
  };
  expect(modemOf({}, network).modem).toMatchObject({
    registrationState: 'roaming',
    operatorCode: '26201',
    operatorName: ']0;xTelekom',
    initialEpsBearer: '/org/freedesktop/ModemManager1/Bearer/4',
    networkRejection: {
      text: 'cause 11 by 310410 over lte',
      failure: expect.objectContaining({ class: 'subscription', networkCause: 11 }),
    },
  });
});

test('no rejection and no initial bearer leave no trace', () => {
  const { modem } = modemOf({}, { NetworkRejection: { error: 0 }, InitialEpsBearer: '/' });
  expect(modem).not.toHaveProperty('networkRejection');
  expect(modem).not.toHaveProperty('initialEpsBearer');
});

test('references: legal paths once each, the rest reported', () => {
  const { dropped, report } = collector();
  const raw = { Bearers: [BEARER, BEARER, '/', 5, '/org/example/Bearer/1'], Sim: SIM };
  expect(parseReferences(MODEM, raw, report)).toEqual({ bearers: [BEARER], sim: SIM });
  expect(dropped).toHaveLength(3);
  expect(parseReferences(MODEM, { Bearers: [], Sim: '/' }, report)).toEqual({ bearers: [] });
  expect(parseReferences(MODEM, { Bearers: Array(5_000).fill(BEARER) }, report)).toEqual({ bearers: [] });
});

test('a bearer of 1.14 with everything', () => {
  const { bearer, dropped } = bearerOf({
    Interface: 'wwan0',
    Suspended: false,
    Ip4Config: {
      method: 2,
      address: '100.112.107.46',
      prefix: 24,
      gateway: '100.112.107.1',
      dns1: '198.51.100.53',
      dns2: '198.51.100.54',
      mtu: 1428,
    },
    Ip6Config: {
      method: 2,
      address: '2001:db8::2',
      prefix: 64,
      gateway: '2001:db8::1',
      dns1: '2001:db8::53',
      mtu: 1400,
    },
    Properties: { apn: 'web', 'ip-type': 4, 'allow-roaming': true, user: 'u', password: 'secret', 'allowed-auth': 6 },
  });
  expect(dropped).toEqual([]);
  expect(bearer).toEqual({
    path: BEARER,
    connected: true,
    suspended: false,
    interface: 'wwan0',
    ip4Config: {
      method: 'static',
      address: '100.112.107.46',
      prefix: 24,
      gateway: '100.112.107.1',
      dns: ['198.51.100.53', '198.51.100.54'],
      mtu: 1428,
    },
    ip6Config: {
      method: 'static',
      address: '2001:db8::2',
      prefix: 64,
      gateway: '2001:db8::1',
      dns: ['2001:db8::53'],
      mtu: 1400,
    },
    properties: { apn: 'web', ipType: 'ipv4v6', user: 'u' },
  });
  expect(JSON.stringify(bearer)).not.toContain('secret');
});

test('a disconnected bearer is empty, without a warning', () => {
  const { bearer, dropped } = bearerOf({ Connected: false, Interface: '', Ip4Config: { method: 0 }, Ip6Config: {} });
  expect(dropped).toEqual([]);
  expect(bearer).toEqual({
    path: BEARER,
    connected: false,
    suspended: false,
    ip4Config: { method: 'unknown', dns: [] },
    ip6Config: { method: 'unknown', dns: [] },
    properties: {},
  });
});

test('"none" as modems say it is no warning', () => {
  const { bearer, dropped } = bearerOf({
    Ip4Config: { method: 3, gateway: '0.0.0.0', dns1: '', dns2: '0.0.0.0', mtu: 0, prefix: 0 },
    Ip6Config: { method: 2, gateway: '::' },
  });
  expect(dropped).toEqual([]);
  expect(bearer).toMatchObject({ ip4Config: { method: 'dhcp', dns: [] }, ip6Config: { method: 'static', dns: [] } });
  expect(bearer.ip4Config).not.toHaveProperty('mtu');
});

test.each([
  ['an address with a tail', 'address', '1.2.3.4/0; reboot'],
  ['an address of the other family', 'address', '2001:db8::1'],
  ['a gateway of the other family', 'gateway', '2001:db8::1'],
  ['a loopback gateway', 'gateway', '127.0.0.1'],
  ['a name in place of an address', 'dns1', 'dns.example'],
  ['a prefix beyond the family', 'prefix', 33],
  ['a negative prefix', 'prefix', -1],
  ['an MTU below what IPv4 needs', 'mtu', 67],
  ['an MTU beyond 16 bits', 'mtu', 65_536],
  ['a number as an address', 'address', 42],
  ['a text as an MTU', 'mtu', '1428'],
])('%s is dropped and reported, the rest stays', (_, key, value) => {
  const good = { method: 2, address: '10.0.0.2', prefix: 30, gateway: '10.0.0.1', dns1: '10.0.0.1', mtu: 1400 };
  const { bearer, dropped } = bearerOf({ Ip4Config: { ...good, [key]: value } });
  expect(dropped).toHaveLength(1);
  expect(dropped[0]).toMatch(new RegExp(`^${key}: `));
  const whole = bearerOf({ Ip4Config: good }).bearer.ip4Config;
  const { [key === 'dns1' ? 'dns' : key]: _gone, ...rest } = whole as unknown as Record<string, unknown>;
  expect(bearer.ip4Config).toMatchObject(rest);
  expect(JSON.stringify(bearer.ip4Config)).not.toContain(String(value));
});

test('IPv6 needs an MTU of 1280', () => {
  expect(bearerOf({ Ip6Config: { mtu: 1279 } }).bearer.ip6Config).not.toHaveProperty('mtu');
  expect(bearerOf({ Ip6Config: { mtu: 1280 } }).bearer.ip6Config.mtu).toBe(1280);
});

test.each(['wwan0; reboot', '../eth0', 'all', 7])('the interface %j is dropped', (name) => {
  const { bearer, dropped } = bearerOf({ Interface: name });
  expect(bearer).not.toHaveProperty('interface');
  expect(dropped).toHaveLength(1);
});

test.each([undefined, 'true', 1, null])('a bearer whose Connected is %j is refused by name', (Connected) => {
  expect(() => parseBearer(BEARER, { Connected }, () => {})).toThrow(/Bearer\.Connected of .*Bearer\/0/);
});

test('a connection error keeps its long name', () => {
  const name = 'org.freedesktop.ModemManager1.Error.MobileEquipment.MessageTypeNotCompatibleWithProtocolState';
  expect(bearerOf({ ConnectionError: [name, 'a\nb'] }).bearer.connectionError).toMatchObject({ name, text: 'ab' });
  expect(bearerOf({ ConnectionError: ['', ''] }).bearer).not.toHaveProperty('connectionError');
  expect(bearerOf({ ConnectionError: 'x' }).dropped).toHaveLength(1);
});

test('a locked SIM tells nothing, and that is fine', () => {
  const { dropped, report } = collector();
  expect(parseSim(SIM, {}, report)).toEqual({
    path: SIM,
    identifier: '',
    imsi: '',
    operatorIdentifier: '',
    operatorName: '',
  });
  expect(dropped).toEqual([]);
});

test('what a SIM says is checked, and never in the report: it is secret', () => {
  const { dropped, report } = collector();
  const raw = {
    SimIdentifier: 'not-an-iccid-1234',
    Imsi: '31148x1234',
    OperatorIdentifier: 5,
    OperatorName: 'a\u0000b',
  };
  expect(parseSim(SIM, raw, report)).toMatchObject({
    identifier: '',
    imsi: '',
    operatorIdentifier: '',
    operatorName: 'ab',
  });
  expect(dropped).toHaveLength(3);
  expect(dropped.join()).not.toContain('1234');
});

// Whatever a ModemManager answers: nothing but DBusShapeError is thrown, and nothing illegal comes
// through.
import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classifyName } from '../../../../src/modem/errors/failure.ts';
import type { Bearer, IpConfig, Modem } from '../../../../src/modem/objects.ts';
import { Mirror } from '../../../../src/modem/watch/mirror.ts';
import { parseBearer } from '../../../../src/modem/wire/schema.ts';
import { DBusShapeError } from '../../../../src/modem/wire/shape-error.ts';

const MODEM = '/org/freedesktop/ModemManager1/Modem/0';
const BEARER = '/org/freedesktop/ModemManager1/Bearer/0';
const SIM = '/org/freedesktop/ModemManager1/SIM/0';
const NAME = 'org.freedesktop.ModemManager1';

const hostile = fc.constantFrom<unknown>(
  'wwan0; reboot',
  '../../etc/passwd',
  '\u001b[31m',
  '\n<0>forged',
  '-oProxyCommand=x',
  '$(id)',
  '__proto__',
  '0.0.0.0/0',
  '::1%lo',
  '',
  -1,
  0,
  2 ** 32,
  2 ** 53,
  Number.NaN,
  null,
  undefined,
  true,
  [],
  {},
  Buffer.from([0]),
);
const plausible = fc.constantFrom<unknown>(
  'wwan0',
  '10.0.0.2',
  '2001:db8::2',
  24,
  1400,
  2,
  8,
  11,
  true,
  [67, true],
  [BEARER],
  SIM,
);
const value = fc.oneof(hostile, plausible, fc.string({ unit: 'binary' }), fc.integer(), fc.jsonValue());
const some = (...keys: string[]) =>
  fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] });

const ipConfig = fc.oneof(value, some('method', 'address', 'prefix', 'gateway', 'dns1', 'dns2', 'dns3', 'mtu'));
const bearer = fc.record(
  {
    Connected: fc.oneof(fc.boolean(), value),
    Interface: value,
    Suspended: value,
    Ip4Config: ipConfig,
    Ip6Config: ipConfig,
    Properties: fc.oneof(value, some('apn', 'ip-type', 'allow-roaming', 'user', 'allowed-auth')),
    ConnectionError: fc.oneof(value, fc.array(value)),
  },
  { requiredKeys: [] },
);
const modem = fc.record(
  {
    State: fc.oneof(fc.integer({ min: -2, max: 13 }), value),
    Bearers: fc.oneof(fc.constant([BEARER]), fc.array(value), value),
    Sim: fc.oneof(fc.constant(SIM), value),
    UnlockRetries: fc.oneof(value, fc.dictionary(fc.string(), value)),
    SignalQuality: fc.oneof(value, fc.array(value)),
    Ports: fc.oneof(value, fc.array(fc.array(value))),
    Device: value,
    Model: value,
    Plugin: value,
    EquipmentIdentifier: value,
    AccessTechnologies: value,
  },
  { requiredKeys: [] },
);
const network = some('RegistrationState', 'OperatorCode', 'OperatorName', 'InitialEpsBearer', 'NetworkRejection');
const sim = some('SimIdentifier', 'Imsi', 'OperatorIdentifier', 'OperatorName');

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

function expectPrintable(thing: unknown): void {
  if (typeof thing === 'string') expect(thing).not.toMatch(UNPRINTABLE);
  else if (typeof thing === 'object' && thing !== null) Object.values(thing).forEach(expectPrintable);
}

function expectLegalIpConfig(config: IpConfig, family: 4 | 6): void {
  for (const address of [config.address, config.gateway, ...config.dns]) {
    if (address !== undefined) expect(isIP(address)).toBe(family);
  }
  if (config.prefix !== undefined) expect(config.prefix).toBeGreaterThan(0);
  if (config.prefix !== undefined) expect(config.prefix).toBeLessThanOrEqual(family === 4 ? 32 : 128);
  if (config.mtu !== undefined) expect(config.mtu).toBeGreaterThanOrEqual(family === 4 ? 68 : 1280);
  if (config.mtu !== undefined) expect(config.mtu).toBeLessThanOrEqual(65_535);
}

function expectLegalBearer(parsed: Bearer): void {
  expect(typeof parsed.connected).toBe('boolean');
  if (parsed.interface !== undefined) expect(parsed.interface).toMatch(/^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$/);
  expectLegalIpConfig(parsed.ip4Config, 4);
  expectLegalIpConfig(parsed.ip6Config, 6);
  expectPrintable(parsed);
}

function expectLegalModem(parsed: Modem): void {
  expectPrintable(parsed);
  expect(parsed.signalPercent).toBeGreaterThanOrEqual(0);
  expect(parsed.signalPercent).toBeLessThanOrEqual(100);
  expect(parsed.operatorCode).toMatch(/^(\d{5,6})?$/);
  for (const count of Object.values(parsed.unlockRetries)) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
  expect(parsed.device).not.toContain('..');
  parsed.bearers.forEach(expectLegalBearer);
}

test('any dictionary makes a legal bearer or a DBusShapeError', () => {
  fc.assert(
    fc.property(bearer, (raw) => {
      try {
        expectLegalBearer(parseBearer(BEARER, raw, () => {}));
      } catch (error) {
        if (!(error instanceof DBusShapeError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

test('any objects make legal modems or none, and no signal breaks them', () => {
  const path = fc.oneof(fc.constantFrom(MODEM, BEARER, SIM, '/', '/etc'), value);
  const interfaceName = fc.constantFrom(
    `${NAME}.Modem`,
    `${NAME}.Modem.Modem3gpp`,
    `${NAME}.Bearer`,
    `${NAME}.Sim`,
    'x',
  );
  const signal = fc.oneof(
    fc.tuple(fc.constant('add'), path, fc.oneof(value, fc.record({ [`${NAME}.Modem`]: modem }))),
    fc.tuple(fc.constant('remove'), path, fc.oneof(value, fc.array(fc.oneof(interfaceName, value)))),
    fc.tuple(fc.constant('change'), interfaceName, fc.oneof(modem, bearer, sim, network)),
  );
  fc.assert(
    fc.property(modem, network, bearer, sim, fc.array(signal), (modemRaw, networkRaw, bearerRaw, simRaw, signals) => {
      const mirror = new Mirror(() => {});
      mirror.takeAll({ [MODEM]: { [`${NAME}.Modem`]: modemRaw, [`${NAME}.Modem.Modem3gpp`]: networkRaw } });
      mirror.put({ path: BEARER, interfaceName: `${NAME}.Bearer` }, bearerRaw);
      mirror.put({ path: SIM, interfaceName: `${NAME}.Sim` }, simRaw);
      mirror.modems().forEach(expectLegalModem);
      for (const [kind, first, second] of signals) {
        if (kind === 'add') mirror.add(first, second);
        else if (kind === 'remove') mirror.remove(first, second);
        else mirror.merge({ path: MODEM, interfaceName: String(first) }, second as Record<string, unknown>);
        mirror.missing();
        mirror.modems().forEach(expectLegalModem);
      }
    }),
    { numRuns: 150 },
  );
});

test('GetManagedObjects may answer anything', () => {
  fc.assert(
    fc.property(fc.oneof(value, fc.dictionary(fc.string(), value)), (managed) => {
      const mirror = new Mirror(() => {});
      mirror.takeAll(managed);
      expect(mirror.modems()).toEqual([]);
    }),
  );
});

test('any error name and text make a printable failure', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, text) => {
      expectPrintable(classifyName(name, text));
    }),
  );
});

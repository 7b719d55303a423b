import { expect, test } from 'vitest';
import { BusLostError, DBusCallError } from '../../../../src/dbus/errors.ts';
import { NAMES } from '../../../../src/modem/errors/error-table.ts';
import { classify, classifyName, type FailureClass } from '../../../../src/modem/errors/failure.ts';
import { REMEDIES } from '../../../../src/modem/errors/failure-row.ts';
import { DBusShapeError } from '../../../../src/modem/wire/shape-error.ts';
import { DeadlineError } from '../../../../src/system/clock.ts';

const MM = 'org.freedesktop.ModemManager1.Error';
const CONNECT = 'org.freedesktop.ModemManager1.Modem.Simple.Connect on x /y';
const SEND_PIN = 'org.freedesktop.ModemManager1.Sim.SendPin on x /y';

test.each<[string, string, FailureClass, number | undefined]>([
  // 1.14, then the same since 1.18
  ['MobileEquipment.GprsMissingOrUnknownApn', '', 'apn', 27],
  ['MobileEquipment.MissingOrUnknownApn', '', 'apn', 27],
  ['MobileEquipment.GprsUserAuthenticationFailed', '', 'auth', 29],
  ['MobileEquipment.UserAuthenticationFailed', '', 'auth', 29],
  ['MobileEquipment.GprsServiceOptionNotSubscribed', '', 'subscription', 33],
  ['MobileEquipment.ServiceOptionNotSubscribed', '', 'subscription', 33],
  ['MobileEquipment.GprsIllegalMs', '', 'subscription', 3],
  ['MobileEquipment.IllegalUe', '', 'subscription', 3],
  ['MobileEquipment.GprsCongestion', '', 'congestion', 22],
  ['MobileEquipment.Congestion', '', 'congestion', 22],
  ['MobileEquipment.GprsRomaingNotAllowed', '', 'coverage', 13],
  ['MobileEquipment.GprsOperatorDeterminedBarring', '', 'subscription', 8],
  ['MobileEquipment.GprsUnknown', 'Unsupported error (50): pdp-type-ipv4-only-allowed', 'apn', 50],
  ['MobileEquipment.Unknown', 'Unknown error: Unsupported error (5): imei-not-accepted', 'subscription', 5],
  ['MobileEquipment.Ipv4OnlyAllowed', 'IPv4 only allowed', 'apn', 50],
  ['MobileEquipment.GprsUnknown', 'Unsupported error (250): ?', 'refused', 250],
  ['MobileEquipment.Unknown', 'Unknown error', 'refused', undefined],
  ['MobileEquipment.SimNotInserted', '', 'sim-missing', undefined],
  ['MobileEquipment.SimPuk', '', 'puk', undefined],
  ['MobileEquipment.NoNetwork', '', 'coverage', undefined],
  ['Core.InProgress', '', 'busy', undefined],
  ['Core.Retry', '', 'busy', undefined],
  ['Core.Retry', 'Retry: Invalid transition', 'radio-off', undefined],
  ['Core.Failed', 'Cannot power-up: hardware radio switch is OFF', 'radio-off', undefined],
  ['Core.Aborted', '', 'gone', undefined],
  ['Core.Throttled', '', 'congestion', undefined],
  ['Core.Timeout', '', 'timeout', undefined],
  ['Core.TooMany', '', 'other', undefined],
])('%s %j is %s, cause %s', (name, text, kind, cause) => {
  const failure = classifyName(`${MM}.${name}`, text);
  expect([failure.class, failure.networkCause]).toEqual([kind, cause]);
});

test('a number in the text counts only where ModemManager has no name for the cause', () => {
  expect(classifyName(`${MM}.Core.Failed`, 'Unsupported error (27): x').class).toBe('other');
});

test.each<[string, FailureClass]>([
  ['org.freedesktop.libmbim.Error.Status.SimNotInserted', 'sim-missing'],
  ['org.freedesktop.libmbim.Error.Status.InvalidAccessString', 'apn'],
  ['org.freedesktop.libmbim.Error.Status.ParameterTooLong', 'apn'],
  ['org.freedesktop.libmbim.Error.Core.Timeout', 'timeout'],
  ['org.freedesktop.libqmi.Error.Core.Timeout', 'timeout'],
  ['org.freedesktop.libqmi.Error.Protocol.CallFailed', 'refused'],
  ['org.freedesktop.DBus.Error.ServiceUnknown', 'gone'],
  ['org.freedesktop.DBus.Error.NoReply', 'gone'],
  ['org.freedesktop.DBus.Error.UnknownMethod', 'gone'],
  ['org.freedesktop.DBus.Error.AccessDenied', 'other'],
  ['org.example.NeverHeardOf', 'other'],
  ['', 'other'],
  ['__proto__', 'other'],
])('%s is %s', (name, kind) => {
  expect(classifyName(name, 'text').class).toBe(kind);
});

test.each<[string, string, FailureClass]>([
  [`${MM}.MobileEquipment.IncorrectPassword`, SEND_PIN, 'pin'],
  [`${MM}.MobileEquipment.PhoneFailure`, SEND_PIN, 'pin'],
  ['org.freedesktop.libmbim.Error.Status.Failure', SEND_PIN, 'pin'],
  ['org.freedesktop.libqmi.Error.Protocol.Internal', SEND_PIN, 'pin'],
  [`${MM}.Core.InvalidArgs`, SEND_PIN, 'other'],
  [`${MM}.MobileEquipment.SimPuk`, SEND_PIN, 'puk'],
  [`${MM}.MobileEquipment.SimNotInserted`, SEND_PIN, 'sim-missing'],
  [`${MM}.Core.WrongState`, SEND_PIN, 'busy'],
  [`${MM}.Core.Unauthorized`, SEND_PIN, 'other'],
  [`${MM}.MobileEquipment.IncorrectPassword`, CONNECT, 'auth'],
  [`${MM}.MobileEquipment.PhoneFailure`, CONNECT, 'other'],
])('%s as the answer to %s is %s', (type, call, kind) => {
  expect(classify(new DBusCallError(type, '', call)).class).toBe(kind);
});

test.each<[unknown, FailureClass, string]>([
  [new DeadlineError('Enable', 120_000), 'timeout', 'DeadlineError'],
  [new BusLostError('gone'), 'bus', 'BusLostError'],
  [new DBusShapeError('/p', 'i', 'State', 'no number'), 'other', 'DBusShapeError'],
  [new TypeError('x is undefined'), 'other', 'TypeError'],
  ['a text', 'other', 'Error'],
  [undefined, 'other', 'Error'],
])('%s is translated too', (error, kind, name) => {
  expect(classify(error)).toMatchObject({ class: kind, name, reason: expect.stringMatching(/\w/) });
});

test('texts from outside are cleaned and cut', () => {
  const failure = classifyName(`${MM}.Core.Failed\u001b[2J`, `bad\nnews\u001b[0m ${'x'.repeat(500)}`);
  expect(failure.name).toBe(`${MM}.Core.Failed[2J`);
  expect(failure.text).toMatch(/^badnews\[0m x+$/);
  expect(failure.text).toHaveLength(200);
});

test('every class and row has remedy, and every name is a legal D-Bus error name', () => {
  for (const remedy of Object.values(REMEDIES)) expect(remedy).toMatch(/^[a-z].*[^.]$/);
  for (const [name, verdict] of NAMES) {
    expect(name).toMatch(/^[A-Za-z0-9_]+(\.[A-Za-z_][A-Za-z0-9_]*)+$/);
    expect(verdict.reason).toMatch(/^[a-z].*[^.]$/i);
  }
});

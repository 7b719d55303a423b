import { expect, test } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import { simpleConnectDeadline, simpleConnectProperties } from '../../../src/modem/calls.ts';

test('the properties of a connect have the types that ModemManager asks for', () => {
  const properties = simpleConnectProperties({
    apn: 'vzwinternet',
    ipType: 'ipv4v6',
    user: 'u',
    password: new Secret('p'),
    allowedAuth: ['chap', 'pap'],
    allowRoaming: false,
  });
  expect(Object.entries(properties).map(([key, { signature, value }]) => [key, signature, value])).toEqual([
    ['apn', 's', 'vzwinternet'],
    ['ip-type', 'u', 4],
    ['user', 's', 'u'],
    ['password', 's', 'p'],
    ['allowed-auth', 'u', 6],
    ['allow-roaming', 'b', false],
  ]);
});

test('what is not set is not sent; an empty APN is', () => {
  expect(Object.keys(simpleConnectProperties({ apn: '' }))).toEqual(['apn']);
});

test.each([
  ['1.14.12', 300_000],
  ['1.15.900', 300_000],
  ['1.16.0', 200_000],
  ['1.24.0', 200_000],
  ['2.0', 200_000],
  ['', 300_000],
  ['nonsense', 300_000],
])('with ModemManager %s a connect may take %i ms', (version, ms) => {
  expect(simpleConnectDeadline(version)).toBe(ms);
});

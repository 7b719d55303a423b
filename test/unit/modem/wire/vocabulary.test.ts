import { expect, test } from 'vitest';
import {
  accessTechnologies,
  allowedAuthMask,
  bearerIpType,
  ipMethod,
  modemLock,
  modemState,
  modemStateFailedReason,
  portType,
  powerState,
  registrationState,
} from '../../../../src/modem/wire/vocabulary.ts';

// First, some middle and last values, from ModemManager's include/ModemManager-enums.h at 1.24.
test.each<[string, string, string]>([
  ['MMModemState', modemState(-1), 'failed'],
  ['MMModemState', modemState(0), 'unknown'],
  ['MMModemState', modemState(2), 'locked'],
  ['MMModemState', modemState(3), 'disabled'],
  ['MMModemState', modemState(8), 'registered'],
  ['MMModemState', modemState(11), 'connected'],
  ['MMModemStateFailedReason', modemStateFailedReason(0), 'none'],
  ['MMModemStateFailedReason', modemStateFailedReason(2), 'sim-missing'],
  ['MMModemStateFailedReason', modemStateFailedReason(5), 'esim-without-profiles'],
  ['MMModemPowerState', powerState(3), 'on'],
  ['MMModemLock', modemLock(1), 'none'],
  ['MMModemLock', modemLock(2), 'sim-pin'],
  ['MMModemLock', modemLock(4), 'sim-puk'],
  ['MMModemLock', modemLock(10), 'ph-sim-pin'],
  ['MMModemLock', modemLock(16), 'ph-netsub-puk'],
  ['MMModem3gppRegistrationState', registrationState(0), 'idle'],
  ['MMModem3gppRegistrationState', registrationState(4), 'unknown'],
  ['MMModem3gppRegistrationState', registrationState(5), 'roaming'],
  ['MMModem3gppRegistrationState', registrationState(11), 'attached-rlos'],
  ['MMModemPortType', portType(1), 'unknown'],
  ['MMModemPortType', portType(2), 'net'],
  ['MMModemPortType', portType(7), 'mbim'],
  ['MMModemPortType', portType(10), 'xmmrpc'],
  ['MMBearerIpMethod', ipMethod(2), 'static'],
  ['MMBearerIpMethod', ipMethod(3), 'dhcp'],
])('%s: %s', (_, word, expected) => {
  expect(word).toBe(expected);
});

test.each([12, -2, 99, 4_294_967_295, 1.5])('the state %s is unknown, not an error', (value) => {
  expect(modemState(value)).toBe('unknown');
});

test('masks give the words of their bits', () => {
  expect(accessTechnologies(0)).toEqual([]);
  expect(accessTechnologies((1 << 14) | (1 << 15))).toEqual(['lte', '5gnr']);
  expect(accessTechnologies(1 << 17)).toEqual(['lte-nb-iot']);
  expect(accessTechnologies(1 << 30)).toEqual([]);
  expect(accessTechnologies(0xffffffff)).toEqual(['any']);
});

test('a list of authentication methods is one bit each', () => {
  expect(allowedAuthMask(['pap', 'chap'])).toBe(6);
  expect(allowedAuthMask([])).toBe(0);
});

test.each([
  [0, 'none'],
  [1, 'ipv4'],
  [2, 'ipv6'],
  [3, 'ipv4v6'],
  [4, 'ipv4v6'],
  [8, 'non-ip'],
  [0xffffffff, 'any'],
  [64, undefined],
])('the IP type %s is %s', (mask, word) => {
  expect(bearerIpType(mask)).toBe(word);
});

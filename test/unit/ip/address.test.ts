import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonical,
  contains,
  familyOf,
  isBroadcast,
  isHostAddress,
  networkOf,
  toNumber,
  toText,
} from '../../../src/ip/address.ts';

test.each([
  ['162.177.2.0', 22, '162.177.0.0'],
  ['100.112.107.46', 24, '100.112.107.0'],
  ['10.64.3.9', 32, '10.64.3.9'],
  ['10.64.3.9', 31, '10.64.3.8'],
  ['2001:DB8:7:0:0::3', 64, '2001:db8:7::'],
  ['2001:db8::ffff:1', 127, '2001:db8::ffff:0'],
])('%s/%i lies in %s', (address, prefixLength, network) => {
  expect(networkOf({ address, prefixLength })).toBe(network);
});

test.each(['10.0.0.256', '10.0.0', 'fe80::1%wwan0', '', '1.2.3.4; reboot', 'wwan0', '::g', '010.0.0.1'])(
  '%j is no address',
  (text) => {
    expect(familyOf(text)).toBeUndefined();
  },
);

test.each([
  '0.0.0.0',
  '127.0.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  'FF02::1',
  '::ffff:1.2.3.4',
  '::ffff:127.0.0.1',
  'fe80::1%wwan0',
  '1.2.3.4; id',
  'x',
])('%s is no address for a host', (address) => {
  expect(isHostAddress(address)).toBe(false);
});

test.each(['100.112.107.46', '10.0.0.255', '223.255.255.255', '169.254.1.1', '2001:db8::1', 'fe80::1'])(
  '%s is one',
  (address) => {
    expect(isHostAddress(address)).toBe(true);
  },
);

test('contains and broadcast', () => {
  expect(contains({ address: '10.0.0.1', prefixLength: 30 }, '10.0.0.3')).toBe(true);
  expect(contains({ address: '10.0.0.1', prefixLength: 30 }, '10.0.0.4')).toBe(false);
  expect(contains({ address: '10.0.0.1', prefixLength: 8 }, '2001:db8::1')).toBe(false);
  expect(isBroadcast({ address: '10.0.0.1', prefixLength: 30 }, '10.0.0.3')).toBe(true);
  expect(isBroadcast({ address: '10.0.0.1', prefixLength: 30 }, '10.0.0.0')).toBe(true);
  expect(isBroadcast({ address: '10.0.0.1', prefixLength: 30 }, '10.0.0.2')).toBe(false);
  expect(isBroadcast({ address: '10.0.0.2', prefixLength: 31 }, '10.0.0.3')).toBe(false);
});

test("text and number are each other's inverse", () => {
  const inverse = (family: 4 | 6) => (address: string) => {
    expect(toText(toNumber(address), family)).toBe(canonical(address));
  };
  fc.assert(fc.property(fc.ipV4(), inverse(4)));
  fc.assert(fc.property(fc.ipV6(), inverse(6)));
});

test('IPv6 is recognised as Node does it, without zones', () => {
  const alike = fc.stringMatching(/^[0-9a-f:.%\0]{1,24}$/);
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), alike, fc.string()), (text) => {
      expect(familyOf(text) === 6).toBe(isIPv6(text) && !text.includes('%'));
    }),
    { numRuns: 1_000 },
  );
});

// What a DHCP client reports is the network's word: only what can be an address becomes one.
import { expect, test } from 'vitest';
import { parseReport, sameLease } from '../../../../src/network/dhcp/lease.ts';

const line = (...fields: readonly string[]) => ['percept-lte-dhcp', ...fields].join('\t');
const good = ['100.112.107.46', '255.255.255.0', '100.112.107.1', '198.51.100.53 8.8.8.8', '1428', '7200'];

test('a lease, with everything that it may bring', () => {
  expect(parseReport(line('bound', ...good))).toEqual({
    kind: 'lease',
    lease: {
      address: '100.112.107.46',
      prefixLength: 24,
      gateway: '100.112.107.1',
      dns: ['198.51.100.53', '8.8.8.8'],
      mtu: 1428,
      seconds: 7200,
    },
  });
});

test('a lease with an address alone is a point-to-point link', () => {
  expect(parseReport(line('BOUND', '10.0.0.2', '', '', '', '', ''))).toEqual({
    kind: 'lease',
    lease: { address: '10.0.0.2', prefixLength: 32, dns: [] },
  });
});

test.each(['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '::1', '10.0.0.256', '', '1.2.3.4;reboot'])(
  'no host has the address %s',
  (address) => {
    expect(parseReport(line('BOUND', address, ...good.slice(1)))).toMatchObject({ kind: 'nonsense' });
  },
);

test.each(['255.0.255.0', '0.0.0.0', '24', 'x'])('%s is no netmask', (mask) => {
  expect(parseReport(line('BOUND', '10.0.0.2', mask, '', '', '', ''))).toMatchObject({ kind: 'nonsense' });
});

test('what is no router, name server, MTU or time is left out', () => {
  const lease = { address: '10.0.0.2', prefixLength: 30, dns: ['1.1.1.1'] };
  const report = parseReport(line('renew', '10.0.0.2', '255.255.255.252', 'evil 0.0.0.0', 'x 1.1.1.1 ::1', '10', '-1'));
  expect(report).toEqual({ kind: 'lease', lease });
});

test.each(['deconfig', 'nak', 'leasefail', 'EXPIRE', 'FAIL', 'STOPPED'])('%s is a loss', (event) => {
  expect(parseReport(line(event, '', '', '', '', '', ''))).toEqual({ kind: 'lost', why: event });
});

// TIMEOUT is dhclient's offer of an old lease that no server has confirmed.
test.each(['PREINIT', 'CARRIER', 'TIMEOUT', 'NOCARRIER', ''])('%s is no more than a sign of life', (event) => {
  expect(parseReport(line(event, ...good))).toEqual({ kind: 'begins' });
});

test('what else a client prints is nothing', () => {
  expect(parseReport('udhcpc: started, v1.35.0')).toBeUndefined();
  expect(parseReport('')).toBeUndefined();
});

test('a renewal is the same lease', () => {
  const lease = { address: '10.0.0.2', prefixLength: 30, dns: [] };
  expect(sameLease({ ...lease, seconds: 100 }, { ...lease, seconds: 60 })).toBe(true);
  expect(sameLease(lease, { ...lease, mtu: 1400 })).toBe(false);
  expect(sameLease(undefined, lease)).toBe(false);
});

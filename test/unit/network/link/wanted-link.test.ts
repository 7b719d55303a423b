import { expect, test } from 'vitest';
import { LinkError, validateWanted, type WantedLink } from '../../../../src/network/link/wanted-link.ts';

const seed: WantedLink = {
  interface: 'wwan0',
  mtu: 1428,
  addresses: [{ address: '100.112.107.46', prefixLength: 24 }],
  gateway4: '100.112.107.1',
  defaultRoute: true,
  metric: 700,
};

test('what a modem ordinarily reports is taken', () => {
  validateWanted(seed);
  validateWanted({ ...seed, interface: 'wwp0s20u4i4', mtu: undefined, gateway4: undefined });
  validateWanted({ ...seed, addresses: [{ address: '169.254.7.2', prefixLength: 30 }] });
  validateWanted({ ...seed, interface: 'wwan0.1', addresses: [{ address: '2001:db8::2', prefixLength: 128 }] });
});

test.each<readonly [string, Partial<WantedLink>]>([
  ['a command in the interface name', { interface: 'wwan0; reboot' }],
  ['a line break in the interface name', { interface: 'wwan0\nlink' }],
  ['a path', { interface: '../eth0' }],
  ['an option', { interface: '-force' }],
  ['too long a name', { interface: 'wwan012345678901' }],
  ['no name', { interface: '' }],
  ['an address that is none', { addresses: [{ address: '100.112.107.46 dev eth0', prefixLength: 24 }] }],
  ['0.0.0.0', { addresses: [{ address: '0.0.0.0', prefixLength: 24 }] }],
  ['IPv4 in IPv6', { addresses: [{ address: '::ffff:10.0.0.1', prefixLength: 128 }] }],
  ['a link-local IPv6 address', { addresses: [{ address: 'fe80::1', prefixLength: 64 }] }],
  ['loopback', { addresses: [{ address: '127.0.0.1', prefixLength: 8 }] }],
  ['prefix length 33', { addresses: [{ address: '10.0.0.1', prefixLength: 33 }] }],
  ['prefix length 0', { addresses: [{ address: '10.0.0.1', prefixLength: 0 }] }],
  ['half a bit', { addresses: [{ address: '10.0.0.1', prefixLength: 24.5 }] }],
  ['a gateway that is none', { gateway4: 'reboot' }],
  ['a gateway of the other family', { gateway6: '10.0.0.1' }],
  ['MTU 0', { mtu: 0 }],
  ['MTU 4294967295', { mtu: 4_294_967_295 }],
  ['metric 0', { metric: 0 }],
])('refused: %s', (_, part) => {
  expect(() => validateWanted({ ...seed, ...part })).toThrow(LinkError);
});

import { expect, test } from 'vitest';
import { findOverlaps } from '../../../../src/network/conflicts/overlap.ts';
import type { KernelState } from '../../../../src/network/link/kernel-state.ts';

const link = (name: string, address: string, prefixLength: number, scope = 'global') => ({
  interface: name,
  up: true,
  hasNeighbours: true,
  mtu: 1500,
  addresses: [{ family: 4 as const, address, peer: undefined, prefixLength, scope, dynamic: false }],
});
const state: KernelState = {
  links: [
    link('lo', '127.0.0.1', 8, 'host'),
    link('wwan0', '172.17.3.4', 16),
    link('docker0', '172.17.0.1', 16),
    link('br-0123456789ab', '172.18.0.1', 16),
    link('eth0', '192.168.1.7', 24),
  ],
  routes: [],
  rules: [],
  policyRouting: [4, 6],
  mainIgnored: [],
};

test('names the network, the interface and whether containers made it', () => {
  expect(findOverlaps(state, 'wwan0', ['172.17.3.4', '172.18.9.9', '192.168.1.1', '100.64.0.1'])).toEqual([
    { interface: 'docker0', network: '172.17.0.0/16', address: '172.17.3.4', ofContainers: true },
    { interface: 'br-0123456789ab', network: '172.18.0.0/16', address: '172.18.9.9', ofContainers: true },
    { interface: 'eth0', network: '192.168.1.0/24', address: '192.168.1.1', ofContainers: false },
  ]);
});

test('has nothing to say of our own interface, of lo and of addresses elsewhere', () => {
  expect(findOverlaps(state, 'wwan0', ['100.64.0.1', '127.0.0.1', '2001:db8::1'])).toEqual([]);
});

import { expect, test } from 'vitest';
import { isInterfaceName, sysctlName } from '../../../src/ip/interface-name.ts';

test.each(['wwan0', 'wwp0s20f0u3i12', 'wwan0.100', 'a_b-c', '123456789012345'])('%s is an interface name', (name) => {
  expect(isInterfaceName(name)).toBe(true);
});

test.each([
  '',
  '.',
  '..',
  'wwan0; reboot',
  'a/b',
  '../../x',
  '1234567890123456',
  'wwan 0',
  'wwan0\n',
  '-all',
  'wwan0:1',
  'ünï',
  '$(id)',
  'all',
  'default',
  'lo',
])('%j is none', (name) => {
  expect(isInterfaceName(name)).toBe(false);
});

test('sysctl is told a name with a dot as it takes it', () => {
  expect(`net.ipv4.conf.${sysctlName('wwan0.1')}.rp_filter`).toBe('net.ipv4.conf.wwan0/1.rp_filter');
});

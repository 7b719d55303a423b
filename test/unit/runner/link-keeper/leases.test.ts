// What is known of a DHCP server's lease when a link begins, on a stepped clock and with a kernel
// that is the test's.
import { expect, test } from 'vitest';
import type { Link } from '../../../../src/connection/connection.ts';
import type { Lease } from '../../../../src/network/dhcp/lease.ts';
import { LinkError } from '../../../../src/network/link/wanted-link.ts';
import { Leases } from '../../../../src/runner/link-keeper/leases.ts';
import { CommandError } from '../../../../src/system/command.ts';
import { online } from '../../connection/builders.ts';
import { SteppedClock } from '../../stepped-clock.ts';

const never = new AbortController().signal;

function linkOf(bearer = '/Bearer/1'): Link {
  const { link } = online();
  if (link === undefined) throw new Error('no link');
  return { ...link, bearer: { ...link.bearer, path: bearer } };
}
const lease: Lease = { address: '10.9.0.2', prefixLength: 24, dns: ['10.9.0.53'], seconds: 120 };

const addressed = (...addresses: string[]) =>
  JSON.stringify([
    {
      ifname: 'wwan0',
      flags: ['UP'],
      mtu: 1428,
      addr_info: addresses.map((local) => ({ family: 'inet', local, prefixlen: 24, scope: 'global' })),
    },
  ]);
const route = (source: string) =>
  JSON.stringify([{ dst: 'default', gateway: '10.9.0.1', dev: 'wwan0', prefsrc: source, metric: 700, flags: [] }]);

/** Leases over a kernel that prints this; without it, `ip` fails. */
function leasesOver(addresses = addressed(), routes = '[]', fails = false) {
  const clock = new SteppedClock();
  const run = (argv: readonly string[], { input = '' }: { readonly input?: string }) => {
    if (fails) return Promise.reject(new CommandError(argv, undefined, 'Cannot open netlink socket'));
    return Promise.resolve(input.includes('address show') ? `${addresses}\n${routes}\n` : '[]\n[]\n[]\n');
  };
  return { clock, leases: new Leases({ run, follow: () => Promise.resolve(undefined) }, clock) };
}

test('what the server gave this bearer is known for as long as it was given for', async () => {
  const { leases, clock } = leasesOver();
  leases.put(linkOf(), lease);
  await clock.step(50_000);
  expect(await leases.known(linkOf(), never)).toEqual({ lease: { ...lease, seconds: 70 }, confirmed: true });
  await clock.step(70_000);
  expect(await leases.known(linkOf(), never)).toBeUndefined();
});

test('a lease without an end has none', async () => {
  const { leases, clock } = leasesOver();
  const { seconds: _, ...endless } = lease;
  leases.put(linkOf(), endless);
  await clock.step(1e9);
  expect(await leases.known(linkOf(), never)).toEqual({ lease: endless, confirmed: true });
});

test('what another bearer was given, and what was lost, is not known', async () => {
  const { leases } = leasesOver();
  leases.put(linkOf('/Bearer/1'), lease);
  expect(await leases.known(linkOf('/Bearer/2'), never)).toBeUndefined();
  leases.put(linkOf('/Bearer/1'), undefined);
  expect(await leases.known(linkOf('/Bearer/1'), never)).toBeUndefined();
});

test('after a restart the address of our route is found in the kernel, and not relied on', async () => {
  const { leases } = leasesOver(addressed('192.168.9.9', '10.9.0.2'), route('10.9.0.2'));
  expect(await leases.known(linkOf(), never)).toEqual({
    lease: { address: '10.9.0.2', prefixLength: 24, dns: [], gateway: '10.9.0.1' },
    confirmed: false,
  });
});

test('an address that is not ours is not taken for a lease', async () => {
  const { leases } = leasesOver(addressed('192.168.9.9'));
  expect(await leases.known(linkOf(), never)).toBeUndefined();
});

test('a kernel that cannot be read is told as such', async () => {
  await expect(leasesOver(undefined, undefined, true).leases.known(linkOf(), never)).rejects.toThrow(LinkError);
});

// From a bearer to a link: what each of ModemManager's IP methods asks for, and what is acquired
// later.
import { expect, test } from 'vitest';
import type { Link } from '../../../../src/connection/connection.ts';
import { withoutIpv4 } from '../../../../src/connection/link/ipv6-only.ts';
import { linkFor, sameLink, withAcquiredAddresses } from '../../../../src/connection/link/link-for.ts';
import type { Policy } from '../../../../src/connection/policy.ts';
import { NO_BETTER_WAYS } from '../../../../src/connection/uplinks/better-ways.ts';
import type { Bearer, IpConfig } from '../../../../src/modem/objects.ts';

const policy: Policy = {
  apns: ['internet'],
  ipType: 'ipv4v6',
  connect: {},
  attachApn: 'keep',
  pin: undefined,
  metric: 700,
  defaultRoute: true,
  takeOver: true,
  mtu: 'auto',
  dns: 'auto',
  scheduleMs: [0],
  attemptsPerHour: 30,
  bootSpreadMs: 0,
  probeIntervalMs: 0,
  allowedRungs: new Set(),
  onStop: 'disconnect',
};
const none: IpConfig = { method: 'unknown', dns: [] };
const static4: IpConfig = {
  method: 'static',
  address: '10.0.0.2',
  prefix: 30,
  gateway: '10.0.0.1',
  dns: ['10.0.0.53'],
};
const static6: IpConfig = {
  method: 'static',
  address: '2001:db8::2',
  prefix: 64,
  gateway: 'fe80::1',
  dns: ['2001:db8::53'],
};
const lease = {
  address: '10.9.0.2',
  prefixLength: 24,
  gateway: '10.9.0.1',
  dns: ['10.9.0.53'],
  mtu: 1400,
  seconds: 60,
};

function link(ip4Config: IpConfig, ip6Config: IpConfig = none, by = policy): Link | undefined {
  const bearer: Bearer = {
    path: '/org/freedesktop/ModemManager1/Bearer/1',
    connected: true,
    suspended: false,
    interface: 'wwan0',
    ip4Config,
    ip6Config,
    properties: { apn: 'internet' },
  };
  return linkFor(
    {
      link: undefined,
      outage: undefined,
      reach: undefined,
      uplinks: { 4: NO_BETTER_WAYS, 6: NO_BETTER_WAYS },
      memory: {},
    },
    bearer,
    { policy: by },
  );
}

/** The link, which must be there. */
function asked(...of: Parameters<typeof link>): Link {
  const found = link(...of);
  if (found === undefined) throw new Error('no link');
  return found;
}

test('both static families are one link', () => {
  const { wanted, dhcp } = asked(static4, static6);
  expect(wanted).toMatchObject({
    addresses: [
      { address: '10.0.0.2', prefixLength: 30 },
      { address: '2001:db8::2', prefixLength: 64 },
    ],
    gateway4: '10.0.0.1',
    gateway6: 'fe80::1',
  });
  expect([dhcp, wanted.slaac]).toEqual([undefined, undefined]);
});

test('dhcp asks a server, and takes of its answer what the policy leaves open', () => {
  expect(asked({ method: 'dhcp', dns: [] }).dhcp).toEqual({ dns: true, mtu: true });
  expect(asked({ method: 'dhcp', dns: [], mtu: 1420 }).dhcp).toEqual({ dns: true, mtu: false });
  const strict = { ...policy, dns: ['9.9.9.9'], mtu: 1300 } as const;
  expect(asked({ method: 'dhcp', dns: [] }, none, strict).dhcp).toEqual({ dns: false, mtu: false });
});

test('dhcp for IPv6 is router advertisements, with the link-local address that the modem names', () => {
  const { wanted } = asked(none, { method: 'dhcp', address: 'fe80::5:6', prefix: 64, dns: [] });
  expect(wanted).toMatchObject({ addresses: [], slaac: { linkLocal: 'fe80::5:6' } });
});

// ModemManager 1.14 says dhcp where it has an address and lacks a gateway or name servers.
test('a global address with method dhcp is used, and advertisements are heard too', () => {
  const { wanted } = asked(none, { method: 'dhcp', address: '2001:db8::2', prefix: 64, dns: [] });
  expect(wanted).toMatchObject({ addresses: [{ address: '2001:db8::2', prefixLength: 64 }], slaac: {} });
});

test.each(['unknown', 'ppp'] as const)('method %s asks for nothing', (method) => {
  expect(link({ method, dns: [] })).toBeUndefined();
});

test('what is acquired is as if the bearer had said so', () => {
  const by = asked({ method: 'dhcp', dns: ['10.0.0.53'] }, { method: 'dhcp', dns: ['2001:db8::53'] });
  const acquired = withAcquiredAddresses(by, { lease, address6: { address: '2001:db8::7', prefixLength: 64 } });
  expect(acquired.wanted).toMatchObject({
    addresses: [
      { address: '10.9.0.2', prefixLength: 24 },
      { address: '2001:db8::7', prefixLength: 64 },
    ],
    gateway4: '10.9.0.1',
    mtu: 1400,
  });
  expect(acquired.dns).toEqual(['10.9.0.53', '2001:db8::53']);
  expect(acquired.carrierDns).toEqual(['10.9.0.53', '2001:db8::53']);
  expect(acquired.bearer, 'what ModemManager said stays what it said').toBe(by.bearer);
});

test("a lease's absurd MTU is clamped, and its silence on name servers leaves the bearer's", () => {
  const acquired = withAcquiredAddresses(asked({ method: 'dhcp', dns: ['10.0.0.53'] }), {
    lease: { ...lease, dns: [], mtu: 68 },
  });
  expect(acquired.wanted.mtu).toBe(576);
  expect(acquired.dns).toEqual(['10.0.0.53']);
});

test('that an address is to be asked for is a difference', () => {
  expect(sameLink(asked(static4), asked(static4))).toBe(true);
  expect(sameLink(asked(none, static6), asked({ method: 'dhcp', dns: [] }, static6))).toBe(false);
});

test.each([
  ['IPv6 alone where IPv4 was asked for', none, static6, 'ipv4', 1],
  ['IPv6 alone where both were', none, static6, 'ipv4v6', 1],
  ['IPv6 alone as asked', none, static6, 'ipv6', 0],
  ['both', static4, static6, 'ipv4v6', 0],
  ['an IPv4 address that is still asked for', { method: 'dhcp', dns: [] } as const, static6, 'ipv4v6', 0],
] as const)('%s', (_, ip4, ip6, ipType, warnings) => {
  const found = withoutIpv4({ link: asked(ip4, ip6), acquired: undefined }, { ipType });
  expect(found).toHaveLength(warnings);
  for (const { remedy } of found) expect(remedy).toMatch(/464XLAT.*clatd.*ipv4\.clat/);
});

// Which ways out a host has, asked of the real `ip`.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { betterThan, isPreferred, otherUplinks, readHop, readUplinks } from '../../../src/network/uplinks.ts';
import { type Namespace, openNamespace } from './namespace.ts';

const signal = new AbortController().signal;
let host: Namespace;

beforeEach(async () => {
  host = await openNamespace();
  for (const name of ['wwan0', 'eth0', 'wlan0'])
    await host.ip(`link add ${name} type veth peer name ${name}-far`, `link set ${name} up`, `link set ${name}-far up`);
  await host.ip('address add 192.168.7.2/24 dev eth0', 'address add 192.168.8.2/24 dev wlan0');
  await host.ip('address add 2001:db8:8::2/64 dev eth0 nodad', 'route add default dev wwan0 metric 700');
});
afterEach(() => host.end());

async function seen() {
  const uplinks = await readUplinks(host.runner, signal);
  return { other: otherUplinks(uplinks, ['wwan0'])[0]?.interface, preferred: isPreferred(uplinks, 'wwan0') };
}

test('the link alone', async () => {
  expect(await seen()).toEqual({ other: undefined, preferred: true });
});

test.each([
  ['an IPv4 default route', 'route add default via 192.168.7.1 dev eth0 metric 100', 'eth0', false],
  ['one that is worse than the link', 'route add default via 192.168.7.1 dev eth0 metric 1000', 'eth0', true],
  [
    'one with several next hops',
    'route add default metric 100 nexthop via 192.168.7.1 dev eth0 nexthop via 192.168.8.1 dev wlan0',
    'eth0',
    false,
  ],
  [
    'an IPv6 default route alone: the board is reachable, while IPv4 goes by the link',
    'route add ::/0 via 2001:db8:8::1 dev eth0',
    'eth0',
    true,
  ],
  ['a default route that leads nowhere', 'route add unreachable default metric 5', undefined, true],
  ['a default route of another table', 'route add default via 192.168.7.1 dev eth0 table 99', undefined, true],
])('beside %s', async (_, line, other, preferred) => {
  await host.ip(line);
  expect(await seen()).toEqual({ other, preferred });
});

test('a cable that is unplugged is no way out', async () => {
  await host.ip('route add default via 192.168.7.1 dev eth0 metric 100', 'link set eth0-far down');
  expect((await seen()).other).toBeUndefined();
});

test.each(['qmapmux0.0', 'wwan0.1'])('%s, which the modem has its call on, is no other uplink', async (name) => {
  await host.ip(`link add ${name} type veth peer name far`, `link set ${name} up`, 'link set far up');
  await host.ip('route del default dev wwan0', `route add default dev ${name} metric 700`);
  const uplinks = await readUplinks(host.runner, signal);
  expect(otherUplinks(uplinks, ['wwan0', name])[0]).toBeUndefined();
  expect(isPreferred(uplinks, name)).toBe(true);
});

test('of two default routes with the same metric the kernel takes the older: it may come before the link', async () => {
  await host.ip('route append default via 192.168.7.1 dev eth0 metric 700');
  const better = betterThan(await readUplinks(host.runner, signal), { interfaces: ['wwan0'], metric: 700 });
  expect(better.map((uplink) => uplink.interface)).toEqual(['eth0']);
});

test('what comes before the link, with the address that it is used from; a VPN is passed over', async () => {
  await host.ip(
    'link add wg0 type veth peer name wg0-far',
    'link set wg0 up',
    'route add default dev wg0 metric 50',
    'route add default via 192.168.7.1 dev eth0 metric 100',
    'route add default via 192.168.8.1 dev wlan0 metric 800',
  );
  const better = betterThan(await readUplinks(host.runner, signal), { interfaces: ['wwan0'], metric: 700 });
  expect(better.map((uplink) => uplink.interface)).toEqual(['eth0']);
  const hop = { gateway: '192.168.7.1', source: '192.168.7.2' };
  expect(await readHop(host.runner, { family: 4, interface: 'eth0' }, signal)).toEqual(hop);
  await host.ip('route add default dev wwan0 metric 99');
  expect(await readHop(host.runner, { family: 4, interface: 'eth0' }, signal)).toEqual(hop);
  expect(await readHop(host.runner, { family: 6, interface: 'eth0' }, signal)).toEqual({});
});

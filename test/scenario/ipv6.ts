// IPv6 in a world: what the modem and the carrier's router give, and what a link of it looks like.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';

export const ADDRESS4 = '100.112.107.46';
export const ADDRESS6 = '2001:db8:6b::2e';
/** What the network calls the modem: an interface identifier that no hardware address leads to. */
export const LINK_LOCAL = 'fe80::71a0:5eed:11:2';
const PREFIX6 = '2001:db8:6c::';
export const LEARNED6 = '2001:db8:6c:0:71a0:5eed:11:2';
export const INTERNET6 = '2001:db8:2::1';
const SETTINGS = ['accept_ra', 'accept_ra_defrtr', 'autoconf', 'addr_gen_mode'];

export const config = (ipType: string) => `connect:\n  apn: vzwinternet\n  ip-type: ${ipType}\n`;

/** A modem that leaves IPv6 to the host, and a router that answers. */
export async function withRouter(world: World): Promise<void> {
  await world.modem.setIpv6({ address: LINK_LOCAL, prefix: 64, dns: ['2001:db8:53::53'] });
  await world.carrier.serveAddresses({ prefix6: PREFIX6 });
}

export async function expectLink6(world: World, address: string): Promise<void> {
  const globals = (await world.ip.addresses()).filter(({ family, scope }) => family === 'inet6' && scope === 'global');
  expect(globals.map(({ local }) => local)).toContain(address);
  const defaults = (await world.ip.routes({ family: 6 })).filter(({ dst }) => dst === 'default');
  expect(defaults.filter(({ table }) => (table ?? 'main') === 'main')).toMatchObject([{ dev: 'wwan0', metric: 700 }]);
  expect(defaults).toHaveLength(2);
  expect((await world.ip.rules({ family: 6 })).map(({ src }) => src)).toContain(address);
  expect(await world.ping(INTERNET6)).toBe(true);
  expect(await world.ping(INTERNET6, { from: address })).toBe(true);
}

export async function expectNothingLeft6(world: World): Promise<void> {
  expect((await world.ip.addresses()).filter(({ scope }) => scope === 'global')).toEqual([]);
  const routes = (await world.ip.routes({ family: 6 })).filter(
    ({ dev, dst }) => dev === 'wwan0' && !/^(fe80|ff00)/.test(dst),
  );
  expect(routes).toEqual([]);
  expect(await world.ip.rules({ family: 6 })).toEqual([]);
}

export async function settings(world: World): Promise<string[]> {
  const paths = SETTINGS.map((name) => `/proc/sys/net/ipv6/conf/wwan0/${name}`);
  return (await world.run(['cat', ...paths])).stdout.trim().split('\n');
}

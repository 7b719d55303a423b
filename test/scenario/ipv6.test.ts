// IPv6: an address that the modem gives, one that router advertisements lead to, both families at
// once, and carriers that have only one.

import { expect } from 'vitest';
import { warningSentence } from '../../src/status/why.ts';
import type { World } from '../world/world.ts';
import { eventually } from './daemon.ts';
import { worldTest } from './world-test.ts';

const ADDRESS4 = '100.112.107.46';
const ADDRESS6 = '2001:db8:6b::2e';
/** What the network calls the modem: an interface identifier that no hardware address leads to. */
const LINK_LOCAL = 'fe80::71a0:5eed:11:2';
const PREFIX6 = '2001:db8:6c::';
const LEARNED6 = '2001:db8:6c:0:71a0:5eed:11:2';
const INTERNET6 = '2001:db8:2::1';
const SETTINGS = ['accept_ra', 'accept_ra_defrtr', 'autoconf', 'addr_gen_mode'];

const config = (ipType: string) => `connect:\n  apn: vzwinternet\n  ip-type: ${ipType}\n`;

/** A modem that leaves IPv6 to the host, and a router that answers. */
async function withRouter(world: World): Promise<void> {
  await world.modem.setIpv6({ address: LINK_LOCAL, prefix: 64, dns: ['2001:db8:53::53'] });
  await world.carrier.serveAddresses({ prefix6: PREFIX6 });
}

async function expectLink6(world: World, address: string): Promise<void> {
  const globals = (await world.ip.addresses()).filter(({ family, scope }) => family === 'inet6' && scope === 'global');
  expect(globals.map(({ local }) => local)).toContain(address);
  const defaults = (await world.ip.routes({ family: 6 })).filter(({ dst }) => dst === 'default');
  expect(defaults.filter(({ table }) => (table ?? 'main') === 'main')).toMatchObject([{ dev: 'wwan0', metric: 700 }]);
  expect(defaults).toHaveLength(2);
  expect((await world.ip.rules({ family: 6 })).map(({ src }) => src)).toContain(address);
  expect(await world.ping(INTERNET6)).toBe(true);
  expect(await world.ping(INTERNET6, { from: address })).toBe(true);
}

async function expectNothingLeft6(world: World): Promise<void> {
  expect((await world.ip.addresses()).filter(({ scope }) => scope === 'global')).toEqual([]);
  const routes = (await world.ip.routes({ family: 6 })).filter(
    ({ dev, dst }) => dev === 'wwan0' && !/^(fe80|ff00)/.test(dst),
  );
  expect(routes).toEqual([]);
  expect(await world.ip.rules({ family: 6 })).toEqual([]);
}

async function settings(world: World): Promise<string[]> {
  const paths = SETTINGS.map((name) => `/proc/sys/net/ipv6/conf/wwan0/${name}`);
  return (await world.run(['cat', ...paths])).stdout.trim().split('\n');
}

worldTest('configures both families that the modem gives', {}, async ({ world, start }) => {
  await world.modem.setIpv6(true);
  const daemon = await start({ config: config('ipv4v6') });
  const { link } = await daemon.online();
  expect(link?.addresses).toEqual([`${ADDRESS4}/24`, `${ADDRESS6}/64`]);
  await expectLink6(world, ADDRESS6);
  expect(await world.ping('192.0.2.1', { from: ADDRESS4 })).toBe(true);
  await daemon.stop();
  await expectNothingLeft6(world);
});

worldTest('works with IPv6 alone, proven over IPv6', {}, async ({ world, start }) => {
  await world.modem.setIpv6(true);
  const daemon = await start({ config: config('ipv6') });
  const status = await daemon.online();
  expect(status.link?.addresses).toEqual([`${ADDRESS6}/64`]);
  expect(status.warnings).toEqual([]);
  await expectLink6(world, ADDRESS6);
});

worldTest(
  'makes its address of the advertised prefix and the identifier that the network gave',
  {},
  async ({ world, start }) => {
    await withRouter(world);
    const before = await settings(world);
    const daemon = await start({ config: config('ipv6') });
    const { link } = await daemon.online();
    expect(link?.addresses).toEqual([`${LEARNED6}/64`]);
    await expectLink6(world, LEARNED6);
    const { stdout } = await world.run(['ip', '-o', 'address', 'show', 'dev', 'wwan0', 'scope', 'link']);
    expect(stdout.match(/inet6 \S+/g)).toEqual([`inet6 ${LINK_LOCAL}/64`]);
    expect(await settings(world)).toEqual(['2', '0', '1', '1']);
    await daemon.stop();
    await expectNothingLeft6(world);
    expect(await settings(world)).toEqual(before);
  },
);

worldTest('adds the advertised address to the IPv4 address that the modem gives', {}, async ({ world, start }) => {
  await withRouter(world);
  const daemon = await start({ config: config('ipv4v6') });
  await daemon.until('both addresses', ({ link }) => link?.addresses.length === 2);
  await daemon.online();
  expect((await daemon.status())?.link?.addresses).toEqual([`${ADDRESS4}/24`, `${LEARNED6}/64`]);
  await expectLink6(world, LEARNED6);
  expect(await world.ping('192.0.2.1', { from: ADDRESS4 })).toBe(true);
});

worldTest('asks the router again when somebody flushes the interface', {}, async ({ world, start }) => {
  await withRouter(world);
  const daemon = await start({ config: config('ipv6') });
  const before = await daemon.online();
  await world.run(['ip', 'address', 'flush', 'dev', 'wwan0']);
  await eventually(
    async () => ((await world.ping(INTERNET6)) ? true : undefined),
    15_000,
    () => `traffic after the flush; the journal says:\n${daemon.journal}`,
  );
  await expectLink6(world, LEARNED6);
  expect((await daemon.status())?.link?.since).toBe(before.link?.since);
});

worldTest('forgets the prefix of a session that is gone', {}, async ({ world, start }) => {
  await withRouter(world);
  const daemon = await start({ config: config('ipv6') });
  const before = await daemon.online();
  await world.carrier.serveAddresses({ prefix6: '2001:db8:6d::' });
  await world.modem.dropBearer();
  const { link } = await daemon.onlineAgain(before);
  const address = LEARNED6.replace('6c', '6d');
  expect(link?.addresses).toEqual([`${address}/64`]);
  await expectLink6(world, address);
  const { stdout } = await world.run(['ip', '-6', 'address', 'show', 'dev', 'wwan0']);
  expect(stdout).not.toContain('2001:db8:6c:');
});

worldTest('restarts without losing a packet of an advertised address', {}, async ({ world, start }) => {
  await withRouter(world);
  const daemon = await start({ config: config('ipv6') });
  await daemon.online();
  const pinger = await world.pinger({ target: INTERNET6 });
  await pinger.waitForAnswers(3);
  await daemon.stop('SIGKILL');
  await daemon.startAgain();
  await daemon.process.waitForOutput(/traffic passes/);
  await pinger.waitForAnswers(10);
  expect((await pinger.stop()).lost).toEqual([]);
  await expectLink6(world, LEARNED6);
});

worldTest('falls back to IPv4 where the network allows nothing else', {}, async ({ world, start }) => {
  await world.modem.refuseConnect({ status: 2, networkError: 50, times: 1 });
  const daemon = await start({ config: config('ipv4v6') });
  const before = await daemon.online();
  expect(before.link?.addresses).toEqual([`${ADDRESS4}/24`]);
  await world.modem.dropBearer();
  await daemon.onlineAgain(before);
  const types = (await world.modem.attempts()).filter(({ kind }) => kind === 'activate').map(({ ipType }) => ipType);
  expect(types).toEqual(['ipv4v6', 'ipv4', 'ipv4']);
});

worldTest('falls back to IPv6 and explains what that means for IPv4', {}, async ({ world, start }) => {
  await world.modem.setIpv6(true);
  for (const networkError of [28, 51]) await world.modem.refuseConnect({ status: 2, networkError, times: 1 });
  const daemon = await start({ config: config('ipv4v6') });
  const status = await daemon.online();
  expect(status.link?.addresses).toEqual([`${ADDRESS6}/64`]);
  expect(status.warnings.map(warningSentence)).toEqual([expect.stringMatching(/IPv6 only.*464XLAT.*clatd/)]);
  expect(daemon.journal).toMatch(/464XLAT/);
  const types = (await world.modem.attempts()).filter(({ kind }) => kind === 'activate').map(({ ipType }) => ipType);
  expect(types).toEqual(['ipv4v6', 'ipv4', 'ipv6']);
});

worldTest('tries IPv4 where the reason is one that ModemManager does not know', {}, async ({ world, start }) => {
  await world.modem.refuseConnect({ status: 2, networkError: 52, times: 1 });
  const daemon = await start({ config: config('ipv4v6') });
  expect((await daemon.online()).link?.addresses).toEqual([`${ADDRESS4}/24`]);
  const types = (await world.modem.attempts()).filter(({ kind }) => kind === 'activate').map(({ ipType }) => ipType);
  expect(types).toEqual(['ipv4v6', 'ipv4']);
});

worldTest('keeps the first error when every IP type is refused', {}, async ({ world, start }) => {
  for (const networkError of [28, 51, 50]) await world.modem.refuseConnect({ status: 2, networkError, times: 1 });
  const daemon = await start({ config: config('ipv4v6') });
  const status = await daemon.until('blocked', ({ phase }) => phase === 'blocked', 60_000);
  expect(status.lastFailure).toMatchObject({ networkCause: 28 });
});

worldTest('explains an APN that has only IPv6 where IPv4 is asked for', {}, async ({ world, start }) => {
  await world.modem.refuseConnect({ status: 2, networkError: 51, times: 10 });
  const daemon = await start();
  const status = await daemon.until('blocked', ({ phase }) => phase === 'blocked', 60_000);
  expect(status.lastFailure).toMatchObject({ networkCause: 51, remedy: expect.stringMatching(/464XLAT/) });
});

// IPv6: an address that the modem gives, one that it leaves to the host, both families at once, and
// carriers that have only one.
import { expect } from 'vitest';
import { warningSentence } from '../../../src/status/why.ts';
import {
  ADDRESS4,
  ADDRESS6,
  config,
  expectLink6,
  expectNothingLeft6,
  LEARNED6,
  LINK_LOCAL,
  settings,
  withRouter,
} from '../ipv6.ts';
import { worldTest } from '../world-test.ts';

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

// Addresses that router advertisements lead to. Which ModemManager left them to the host has no say
// in it.
import { expect } from 'vitest';
import { eventually } from './daemon.ts';
import { ADDRESS4, config, expectLink6, INTERNET6, LEARNED6, withRouter } from './ipv6.ts';
import { worldTest } from './world-test.ts';

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
  // It is told by a clock that may have been set in between by a millisecond.
  const [one = 0, other = 0] = [before, await daemon.status()].map((s) => Date.parse(s?.link?.since ?? ''));
  expect(Math.abs(one - other)).toBeLessThan(1_000);
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

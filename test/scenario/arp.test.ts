// A modem with an ethernet of its own (ECM, RNDIS, 802.3 framing): it answers ARP itself, whether
// its LTE side lives or not.
import { expect } from 'vitest';
import { connectsSent, expectLink } from './expectations.ts';
import { worldTest } from './world-test.ts';

worldTest(
  'comes online on a link with ARP, and again after a dropped bearer',
  { arp: true },
  async ({ world, start }) => {
    const daemon = await start();
    const before = await daemon.online();
    await expectLink(world, '100.112.107.46');
    expect((await world.ip.link())?.flags).not.toContain('NOARP');
    await world.modem.dropBearer();
    await daemon.onlineAgain(before);
    expect(await world.ping()).toBe(true);
    expect(await connectsSent(world)).toBe(2);
  },
);

worldTest('finds out that a link is dead whose modem still answers ARP', { arp: true }, async ({ world, start }) => {
  const daemon = await start();
  await daemon.online();
  const pinger = await world.pinger({ intervalMs: 500 });
  await pinger.waitForAnswers();
  await world.carrier.swallow();
  await daemon.until('the link is given up', ({ phase }) => phase !== 'online', 90_000);
  const { stdout } = await world.run(['ip', 'neigh', 'show', 'dev', 'wwan0']);
  expect(stdout).toMatch(/lladdr 02:50:f3:00:00:01/);
  await pinger.stop();
});

// The MTU: a person's word, else the bearer's, else the interface's, and lowered where the path
// proves smaller.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { eventually } from './daemon.ts';
import { worldTest } from './world-test.ts';

const WITH = (extra: string) => `connect:\n  apn: vzwinternet\n${extra}`;
const mtuOf = async (world: World) => (await world.ip.link())?.mtu;

/** Whether a packet of `bytes` in all, never fragmented, comes back. */
async function carries(world: World, bytes: number): Promise<boolean> {
  const argv = ['ping', '-n', '-c', '1', '-W', '1', '-M', 'do', '-s', String(bytes - 28), '192.0.2.1'];
  return (await world.run(argv)).code === 0;
}

worldTest("takes the bearer's MTU, and finds that the path carries it", {}, async ({ world, start }) => {
  const daemon = await start({ config: WITH('log:\n  level: debug\n') });
  await daemon.online();
  await daemon.process.waitForOutput(/the path carries what the link says mtu=1428/);
  expect(await mtuOf(world)).toBe(1428);
  expect(await carries(world, 1428)).toBe(true);
});

worldTest("takes a person's MTU before the bearer's, and does not measure it", {}, async ({ world, start }) => {
  await world.carrier.smallMtu(1400);
  const daemon = await start({ config: WITH('network:\n  mtu: 1420\nlog:\n  level: debug\n') });
  await daemon.online();
  expect(await mtuOf(world)).toBe(1420);
  expect(daemon.journal).not.toMatch(/MTU/);
});

worldTest('lowers the MTU to what a black hole lets through, and says so once', {}, async ({ world, start }) => {
  await world.carrier.smallMtu(1400);
  const daemon = await start();
  await daemon.online();
  const status = await daemon.until('the lowered MTU', ({ link }) => link?.mtu === 1400, 60_000);
  await eventually(
    async () => ((await mtuOf(world)) === 1400 ? true : undefined),
    5_000,
    () => 'wwan0 with the lowered MTU',
  );
  expect(await carries(world, 1400)).toBe(true);
  expect(
    daemon.journal.match(/the path carries smaller packets than the link says; MTU lowered mtu=1400 linkSays=1428/g),
  ).toHaveLength(1);
  // What is known of the path is not found out again by losing packets: neither after a new session
  // nor after a restart of the daemon.
  await world.modem.dropBearer();
  await daemon.onlineAgain(status);
  expect(await mtuOf(world)).toBe(1400);
  await daemon.stop();
  await daemon.startAgain();
  await daemon.online();
  expect(await mtuOf(world)).toBe(1400);
  expect(daemon.journal).not.toMatch(/MTU lowered/);
});

worldTest('lowers the MTU within a small budget of bytes', {}, async ({ world, start }) => {
  await world.carrier.smallMtu(1340);
  const daemon = await start({ config: WITH('network:\n  dns: off\n') });
  await daemon.online();
  const status = await daemon.until('the lowered MTU', ({ link }) => link?.mtu === 1340, 60_000);
  expect((status.link?.txBytes ?? 0) + (status.link?.rxBytes ?? 0)).toBeLessThan(20_000);
});

worldTest('concludes nothing where echo requests are filtered', {}, async ({ world, start }) => {
  await world.carrier.blockIcmp(true);
  const daemon = await start({ config: WITH('log:\n  level: debug\n') });
  await daemon.online();
  await daemon.process.waitForOutput(/MTU of the path cannot be measured why="?nobody answers echo requests/, 40_000);
  expect(await mtuOf(world)).toBe(1428);
});

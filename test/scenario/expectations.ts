// What must be true of the host when the daemon is online, or when it has gone: no more and no less
// than one link's worth.
import { expect } from 'vitest';
import type { Route } from '../world/ip.ts';
import type { World } from '../world/world.ts';
import { type DaemonUnderTest, eventually } from './daemon.ts';

/** Everything in the kernel that is for `address`, and that nothing else of ours is there. */
export async function expectLink(world: World, address: string): Promise<void> {
  const addresses = (await world.ip.addresses()).filter(({ family }) => family === 'inet');
  expect(addresses.map(({ local, prefixlen }) => `${local}/${prefixlen}`)).toEqual([`${address}/32`]);
  const isMain = ({ table }: Route) => table === undefined || table === 'main';
  // A link that comes after a dead one has a metric behind all others until it is proven, and a
  // moment longer.
  const ours = await eventually(
    async () => {
      const defaults = (await world.ip.routes()).filter(({ dev, dst }) => dev === 'wwan0' && dst === 'default');
      return defaults.filter(isMain).some(({ metric }) => metric === 700) ? defaults : undefined;
    },
    5_000,
    () => 'a default route with metric 700',
  );
  expect(ours.filter(isMain)).toMatchObject([{ metric: 700 }]);
  expect(ours.filter(({ table }) => table !== undefined && table !== 'main')).toHaveLength(1);
  const rules = await world.ip.rules();
  expect(rules.map(({ src }) => src)).toEqual([address]);
  expect(await world.ping()).toBe(true);
}

/** Nothing of ours is left: no address, no route, no rule. */
export async function expectNothingLeft(world: World): Promise<void> {
  expect((await world.ip.addresses()).filter(({ family }) => family === 'inet')).toEqual([]);
  expect((await world.ip.routes()).filter(({ dev }) => dev === 'wwan0')).toEqual([]);
  expect(await world.ip.rules()).toEqual([]);
}

/** How many activations reached the carrier since the world began. */
export async function connectsSent(world: World): Promise<number> {
  return (await world.modem.attempts()).filter(({ kind }) => kind === 'activate').length;
}

/** Fails with the journal at hand. */
export function expectJournal(daemon: DaemonUnderTest, pattern: RegExp): void {
  expect(daemon.journal).toMatch(pattern);
}

// Faults of the host: somebody changes the link behind the manager's back.

import type { Fault, Situation } from '../fault.ts';

const ip = async ({ world }: Situation, ...args: string[]): Promise<void> => {
  await world.run(['ip', ...args]);
};

/** Every default route by wwan0, of all tables. */
async function deleteDefaultRoutes(situation: Situation): Promise<void> {
  for (const { table } of await situation.world.ip.routes()) {
    await ip(situation, 'route', 'del', 'default', 'dev', 'wwan0', 'table', table ?? 'main');
  }
}

/** A change that costs no packet is to be put right all the same. */
export const kernelFaults: readonly Fault[] = [
  { name: 'address flushed', attempts: 0, break: (situation) => ip(situation, 'address', 'flush', 'dev', 'wwan0') },
  { name: 'default route deleted', attempts: 0, break: deleteDefaultRoutes },
  {
    name: 'policy rules deleted',
    attempts: 0,
    async break(situation) {
      for (const { priority } of await situation.world.ip.rules())
        await ip(situation, 'rule', 'del', 'priority', `${priority}`);
    },
  },
  { name: 'link set down', attempts: 0, break: (situation) => ip(situation, 'link', 'set', 'dev', 'wwan0', 'down') },
  {
    name: 'MTU changed',
    attempts: 0,
    break: (situation) => ip(situation, 'link', 'set', 'dev', 'wwan0', 'mtu', '600'),
  },
  {
    name: 'foreign address added',
    attempts: 0,
    break: (situation) => ip(situation, 'address', 'add', '10.99.99.99/24', 'dev', 'wwan0'),
  },
  {
    name: 'default route made unreachable',
    attempts: 0,
    async break(situation) {
      const route = (await situation.world.ip.routes()).find(({ dst, dev }) => dst === 'default' && dev === 'wwan0');
      await ip(situation, 'route', 'replace', 'unreachable', 'default', 'metric', `${route?.metric ?? 0}`);
      await ip(situation, 'route', 'del', 'default', 'dev', 'wwan0');
      await situation.sleep(1_000);
      await ip(situation, 'route', 'del', 'unreachable', 'default');
    },
  },
  {
    name: 'link down, address and routes gone (ifdown)',
    attempts: 0,
    async break(situation) {
      await ip(situation, 'address', 'flush', 'dev', 'wwan0');
      await ip(situation, 'route', 'flush', 'dev', 'wwan0', 'table', 'all');
      await ip(situation, 'link', 'set', 'dev', 'wwan0', 'down');
    },
  },
  {
    name: 'a script flushes the address each 0.2 s for 5 s',
    attempts: 1,
    async break(situation) {
      for (let time = 0; time < 25; time += 1) {
        await ip(situation, 'address', 'flush', 'dev', 'wwan0');
        await situation.sleep(200);
      }
    },
  },
  {
    name: 'bearer dropped beside an ethernet uplink',
    world: { ethernet: true },
    break: ({ world }) => world.modem.dropBearer(),
    async holds({ world }) {
      const { stdout } = await world.run(['ip', 'route', 'get', '198.51.100.99']);
      return stdout.includes('dev eth0') ? [] : ['ethernet is no longer preferred'];
    },
  },
];

// Faults of the SIM: missing, changed, locked. A PIN that is wrong is typed once and never again.

import type { Fault, Situation } from '../fault.ts';
import { spared } from './steps.ts';

const pinsTyped = async ({ world }: Pick<Situation, 'world'>): Promise<number> =>
  (await world.modem.attempts()).filter(({ kind }) => kind === 'pin').length;

async function noMoreThan(situation: Situation, most: number): Promise<readonly string[]> {
  const typed = await pinsTyped(situation);
  return typed <= most ? [] : [`${typed} PINs were typed`];
}

export const simFaults: readonly Fault[] = spared([
  {
    name: 'SIM pulled out for 3 s',
    attempts: 2,
    async break({ world, sleep }) {
      await world.sim.remove();
      await sleep(3_000);
      await world.sim.insert();
    },
  },
  {
    name: 'another SIM put in',
    attempts: 2,
    async break({ world, sleep }) {
      await world.sim.remove();
      await sleep(2_000);
      await world.sim.insert({ iccid: '89148000000000000042', imsi: '311480000000042' });
    },
  },
  {
    name: 'SIM with a PIN, which is configured',
    fresh: true,
    world: { sim: { pin: '1234' } },
    settings: { pin: '1234' },
    break: async () => {},
    holds: (situation) => noMoreThan(situation, 1),
  },
  {
    name: 'SIM with a PIN: the modem resets',
    attempts: 2,
    world: { sim: { pin: '1234' } },
    settings: { pin: '1234' },
    break: ({ world }) => world.usb.restart(300),
    holds: (situation) => noMoreThan(situation, 2),
  },
  {
    name: 'wrong PIN, the manager restarted, the PIN taken off after 8 s',
    fresh: true,
    world: { sim: { pin: '1234' } },
    settings: { pin: '9999' },
    async break({ world, sleep, manager, until }) {
      await until('a PIN to be typed', async () => (await pinsTyped({ world })) > 0).catch(() => {});
      await sleep(3_000);
      await manager.restart();
      await sleep(5_000);
      const typed = await pinsTyped({ world });
      await world.sim.unlock();
      await world.usb.restart(300);
      if (typed > 1) throw new Error(`the wrong PIN was typed ${typed} times`);
    },
    holds: (situation) => noMoreThan(situation, 1),
  },
  {
    name: 'SIM asks for a PUK, unlocked by somebody after 5 s',
    fresh: true,
    world: { sim: { pin: '1234', retries: 0 } },
    settings: { pin: '1234' },
    async break({ world, sleep }) {
      await sleep(5_000);
      await world.sim.unlock();
      await world.usb.restart(300);
    },
    holds: (situation) => noMoreThan(situation, 0),
  },
  {
    name: 'no SIM at first, put in after 5 s',
    fresh: true,
    world: { sim: { present: false } },
    async break({ world, sleep }) {
      await sleep(5_000);
      await world.sim.insert();
    },
  },
]);

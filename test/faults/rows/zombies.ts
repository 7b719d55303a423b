// Links that look well and carry nothing, and links that look dead to a probe and are well.

import type { Fault } from '../fault.ts';
import { mustSay } from './steps.ts';

const elsewhere = { address: '100.112.107.88', prefix: 24, gateway: '100.112.107.1' };

export const zombieFaults: readonly Fault[] = [
  {
    name: 'session dies silently under traffic',
    break: ({ world }) => world.modem.dropBearer({ indicate: false }),
  },
  {
    name: 'session dies silently while idle (probed each 10 s)',
    quiet: true,
    settings: { probeInterval: '10s' },
    break: ({ world }) => world.modem.dropBearer({ indicate: false }),
  },
  {
    name: 'session dies silently twice',
    slow: true,
    limit: 120,
    attempts: 2,
    async break({ world, until, reachability, sleep }) {
      await world.modem.dropBearer({ indicate: false });
      await until('no answer', () => reachability.answersSince === undefined);
      await until('an answer', () => reachability.answersSince !== undefined, 55_000).catch(() => {});
      await sleep(1_000);
      await world.modem.dropBearer({ indicate: false });
    },
  },
  {
    name: 'carrier swallows everything for 12 s',
    attempts: 1,
    async break({ world, sleep }) {
      await world.carrier.swallow(true);
      await sleep(12_000);
      await world.carrier.swallow(false);
    },
  },
  {
    name: 'carrier swallows everything for 60 s',
    slow: true,
    limit: 120,
    attempts: 6,
    async break({ world, sleep }) {
      await world.carrier.swallow(true);
      await sleep(60_000);
      await world.carrier.swallow(false);
    },
  },
  {
    name: 'carrier swallows everything until a reboot is due, which is not made beside ethernet',
    slow: true,
    limit: 480,
    attempts: 8,
    world: { ethernet: true },
    settings: { reboot: 'allowed' },
    async break(situation) {
      // An APN where nothing ever answered is left online.
      await mustSay(situation, /last proof/, 30_000);
      await situation.world.carrier.swallow(true);
      await mustSay(situation, /no reboot: the board has another uplink/, 400_000);
      await situation.world.carrier.swallow(false);
    },
  },
  {
    name: 'address moved by the network without a word',
    slow: true,
    break: ({ world }) => world.modem.changeAddress(elsewhere, { indicate: false }),
  },
  {
    name: 'address moved by the network with an indication',
    slow: true,
    break: ({ world }) => world.modem.changeAddress(elsewhere, { indicate: true }),
  },
  {
    name: 'name servers silent for 15 s: no fault of the link',
    lossless: true,
    settings: { probeInterval: '10s' },
    async break({ world, sleep }) {
      await world.carrier.silentDns(true);
      await sleep(15_000);
      await world.carrier.silentDns(false);
    },
  },
  {
    name: 'path carries only small packets: no fault of the link',
    lossless: true,
    settings: { probeInterval: '10s' },
    async break({ world, sleep }) {
      await world.carrier.smallMtu(600);
      await sleep(12_000);
    },
  },
];

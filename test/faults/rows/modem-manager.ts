// Faults of ModemManager and of the bus.

import { fileURLToPath } from 'node:url';
import type { Fault, Situation } from '../fault.ts';
import { nonsense } from '../nonsense.ts';
import { mustSay } from './steps.ts';

const flooder = fileURLToPath(new URL('../../bench/flooder.mjs', import.meta.url));

/** systemd starts ModemManager again 100 ms after a signal killed it (Restart=on-abort). */
async function killed({ world, sleep }: Situation): Promise<void> {
  await world.modemManager.kill('SIGKILL');
  await sleep(100);
  await world.modemManager.start();
}

export const modemManagerFaults: readonly Fault[] = [
  { name: 'ModemManager killed, systemd starts it', settleMs: 5_000, break: killed },
  {
    name: 'ModemManager killed, away for 6 s: the session lives on',
    settleMs: 5_000,
    attempts: 1,
    async break({ world, sleep, reachability }) {
      await world.bus.setActivatable(false);
      const from = Date.now();
      await world.modemManager.kill('SIGKILL');
      await sleep(6_000);
      const lost = reachability.lost(from);
      await world.bus.setActivatable(true);
      await world.modemManager.start();
      if (lost > 0) throw new Error(`${lost} pings lost while only ModemManager was away`);
    },
  },
  {
    name: 'ModemManager ended, only the bus can start it',
    settleMs: 4_000,
    break: ({ world }) => world.modemManager.terminate(),
  },
  {
    name: 'ModemManager killed three times, 3 s apart',
    settleMs: 5_000,
    attempts: 3,
    async break(situation) {
      for (let time = 0; time < 3; time += 1) {
        await killed(situation);
        await situation.sleep(3_000);
      }
    },
  },
  {
    name: 'ModemManager ends eleven times in 30 s',
    // It is asked for less and less, and the last rest is 30 s.
    limit: 90,
    attempts: 5,
    settleMs: 5_000,
    heavyRungs: 0,
    async break(situation) {
      for (let time = 0; time < 11; time += 1) {
        if (time > 0) await situation.sleep(2_500);
        await killed(situation);
      }
      await mustSay(situation, /ModemManager has ended 11 times in \d+ s.*journalctl -u ModemManager.*mmcli --version/);
    },
    // Others have no such words.
    holds: async ({ manager }) =>
      manager.managed.why === undefined || /has ended 9 times in/.test(manager.journal)
        ? []
        : ['the journal does not count the ends'],
  },
  {
    name: 'ModemManager hangs for 3 s',
    lossless: true,
    async break({ world, sleep }) {
      await world.modemManager.stop();
      await sleep(3_000);
      await world.modemManager.continue();
    },
  },
  {
    name: 'bearer dropped while ModemManager hangs for 5 s',
    async break({ world, sleep }) {
      await world.modemManager.stop();
      await world.modem.dropBearer();
      await sleep(5_000);
      await world.modemManager.continue();
    },
  },
  {
    name: 'ModemManager hangs for good and the bearer is dropped',
    slow: true,
    limit: 180,
    attempts: 2,
    settleMs: 4_000,
    async break({ world }) {
      await world.modemManager.stop();
      await world.modem.dropBearer();
    },
  },
  {
    name: 'ModemManager killed in the middle of a connect',
    attempts: 2,
    settleMs: 4_000,
    async break(situation) {
      const { world, until, sleep } = situation;
      await world.modem.answerLate(3_000, { only: 'connect' });
      await world.modem.dropBearer();
      await until('a connect', async () => (await world.mmcli('-m', 'any', '-J')).stdout.includes('"connecting"'));
      await sleep(300);
      await killed(situation);
      await world.modem.answerLate(0);
    },
  },
  {
    name: 'system bus restarted',
    ends: 2,
    attempts: 2,
    settleMs: 5_000,
    // ModemManager ends with the bus, and systemd starts it again.
    async break({ world, sleep }) {
      await world.bus.restart();
      await sleep(1_000);
      await world.modemManager.start();
    },
  },
  {
    name: 'a local user floods the bus, and the bearer is dropped',
    // 5,000 signals a second to the manager alone, as any user may send them.
    async break({ world, manager, sleep }) {
      const stranger = await world.spawn([process.execPath, flooder, String(manager.pid), '5000']);
      await stranger.waitForOutput(/^begun$/m);
      await sleep(2_000);
      await world.modem.dropBearer();
      await sleep(3_000);
      await stranger.end('SIGTERM');
    },
  },
  {
    name: 'dbus-broker is the bus: restarted',
    world: { bus: 'dbus-broker' },
    ends: 2,
    attempts: 2,
    settleMs: 5_000,
    async break({ world, sleep }) {
      await world.bus.restart();
      await sleep(1_000);
      await world.modemManager.start();
    },
  },
  {
    name: 'ModemManager answers nonsense for 5 s',
    settleMs: 5_000,
    attempts: 2,
    async break({ world, sleep }) {
      await world.bus.setActivatable(false);
      await world.modemManager.kill('SIGKILL');
      const impostor = await nonsense(world);
      await sleep(5_000);
      await impostor.end('SIGKILL');
      await world.bus.setActivatable(true);
      await world.modemManager.start();
    },
    holds: ({ manager }) =>
      Promise.resolve(manager.journal.includes('\u001b[2J') ? ['an escape sequence reached the journal raw'] : []),
  },
];

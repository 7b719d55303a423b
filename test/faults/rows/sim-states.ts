// SIMs that are in their place and not seen, slow, locked with tries that nobody tells, or without
// an identity.

import type { Fault, Situation } from '../fault.ts';
import { gentle, mustSay, noMoreThan, times } from './steps.ts';

const failed = ({ world }: Situation): Promise<void> => world.modemManager.waitForState(-1, 40_000);

/** ModemManager never looks again at a SIM that it calls missing: it is made to, in 30 s. */
const madeToLook = { limit: 90, attempts: 1 } as const;

export const simStateFaults: readonly Fault[] = gentle([
  {
    name: 'SIM with a PIN whose tries are never told, which is configured',
    fresh: true,
    attempts: 1,
    limit: 30,
    world: { sim: { pin: '1234', tellsTries: false } },
    settings: { pin: '1234' },
    break: async () => {},
    async holds(situation) {
      const typed = await times(situation, 'pin');
      return typed === 1 ? [] : [`the PIN was typed ${typed} times`];
    },
  },
  {
    name: 'wrong PIN whose tries are never told, the manager restarted, the PIN typed by somebody',
    fresh: true,
    attempts: 1,
    limit: 40,
    world: { sim: { pin: '1234', tellsTries: false } },
    settings: { pin: '9999' },
    async break(situation) {
      await situation.sleep(5_000);
      await situation.manager.restart();
      await situation.sleep(5_000);
      noMoreThan(1, await times(situation, 'pin'), 'PINs typed');
      await situation.world.mmcli('-i', 'any', '--pin=1234');
    },
  },
  {
    name: 'wrong PIN of a SIM without an ICCID, the manager restarted, the PIN typed by somebody',
    fresh: true,
    attempts: 1,
    limit: 40,
    world: { sim: { pin: '1234', iccid: '' } },
    settings: { pin: '9999' },
    async break(situation) {
      await situation.sleep(5_000);
      await situation.manager.restart();
      await situation.sleep(5_000);
      noMoreThan(1, await times(situation, 'pin'), 'PINs typed');
      await situation.world.mmcli('-i', 'any', '--pin=1234');
    },
  },
  {
    name: 'SIM without an ICCID and with a PIN: the modem resets',
    attempts: 2,
    world: { sim: { pin: '1234', iccid: '' } },
    settings: { pin: '1234' },
    break: ({ world }) => world.usb.restart(300),
    holds: async (situation) => ((await times(situation, 'pin')) <= 2 ? [] : ['more than two PINs were typed']),
  },
  {
    name: 'SIM unlocked by somebody: no false alarm',
    fresh: true,
    attempts: 1,
    limit: 30,
    world: { sim: { pin: '1234' } },
    async break(situation) {
      await situation.sleep(5_000);
      await situation.world.mmcli('-i', 'any', '--pin=1234');
    },
    holds: ({ manager }) =>
      Promise.resolve(
        /other than the SIM PIN|unlock.*unknown/.test(manager.journal) ? ['it complained of another lock'] : [],
      ),
  },
  {
    name: 'SIM that was known is called missing at a restart, and is there 20 s later without a word',
    slow: true,
    ...madeToLook,
    async break(situation) {
      await situation.world.sim.setReadiness('not-inserted', { indicate: false });
      await situation.world.modemManager.restart();
      await failed(situation);
      await situation.sleep(5_000);
      await situation.world.sim.setReadiness(null, { indicate: false });
    },
  },
  {
    name: 'SIM that was known is not activated after a reset, and activated 10 s later',
    slow: true,
    ...madeToLook,
    async break(situation) {
      await situation.world.sim.setReadiness('not-activated', { indicate: false });
      await situation.world.usb.restart(300);
      await failed(situation);
      await situation.sleep(5_000);
      await situation.world.sim.setReadiness(null);
    },
  },
  {
    name: 'SIM slower than the board: ready 25 s after the start',
    slow: true,
    ...madeToLook,
    fresh: true,
    world: { sim: { readiness: 'not-initialized' } },
    async break(situation) {
      await failed(situation);
      await situation.sleep(10_000);
      await situation.world.sim.setReadiness(null);
    },
  },
  {
    name: 'no SIM at first, put in after a minute into a modem that does not tell',
    ...madeToLook,
    fresh: true,
    slow: true,
    limit: 180,
    world: { sim: { readiness: 'not-inserted' } },
    async break(situation) {
      await situation.sleep(60_000);
      await mustSay(situation, /put a SIM in/);
      await situation.world.sim.setReadiness(null, { indicate: false });
    },
  },
]);

// SIMs that are in their place and not seen, slow, locked with tries that nobody tells, or without an identity.

import type { Fault, Stage } from '../fault.ts';
import { gentle, noMoreThan, times } from './steps.ts';

const failed = ({ world }: Stage): Promise<void> => world.modemManager.waitForState(-1, 40_000);

/** ModemManager never looks again at a SIM that it calls missing: making it look may cost one rung. */
const madeToLook = { slow: true, heavyRungs: 1, limit: 200, attempts: 1 } as const;

export const simStateFaults: readonly Fault[] = gentle([
  {
    name: 'SIM with a PIN whose tries are never told, which is configured',
    fresh: true,
    attempts: 1,
    limit: 30,
    world: { sim: { pin: '1234', tellsTries: false } },
    settings: { pin: '1234' },
    break: async () => {},
    async holds(stage) {
      const typed = await times(stage, 'pin');
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
    async break(stage) {
      await stage.sleep(5_000);
      await stage.manager.restart();
      await stage.sleep(5_000);
      noMoreThan(1, await times(stage, 'pin'), 'PINs typed');
      await stage.world.mmcli('-i', 'any', '--pin=1234');
    },
  },
  {
    name: 'wrong PIN of a SIM without an ICCID, the manager restarted, the PIN typed by somebody',
    fresh: true,
    attempts: 1,
    limit: 40,
    world: { sim: { pin: '1234', iccid: '' } },
    settings: { pin: '9999' },
    async break(stage) {
      await stage.sleep(5_000);
      await stage.manager.restart();
      await stage.sleep(5_000);
      noMoreThan(1, await times(stage, 'pin'), 'PINs typed');
      await stage.world.mmcli('-i', 'any', '--pin=1234');
    },
  },
  {
    name: 'SIM without an ICCID and with a PIN: the modem resets',
    attempts: 2,
    world: { sim: { pin: '1234', iccid: '' } },
    settings: { pin: '1234' },
    break: ({ world }) => world.usb.restart(300),
    holds: async (stage) => ((await times(stage, 'pin')) <= 2 ? [] : ['more than two PINs were typed']),
  },
  {
    name: 'SIM unlocked by somebody: no false alarm',
    fresh: true,
    attempts: 1,
    limit: 30,
    world: { sim: { pin: '1234' } },
    async break(stage) {
      await stage.sleep(5_000);
      await stage.world.mmcli('-i', 'any', '--pin=1234');
    },
    holds: ({ manager }) =>
      Promise.resolve(
        /other than the SIM PIN|unlock.*unknown/.test(manager.journal) ? ['it complained of another lock'] : [],
      ),
  },
  {
    name: 'SIM that was known is called missing at a restart, and is there 20 s later without a word',
    ...madeToLook,
    async break(stage) {
      await stage.world.sim.setReadiness('not-inserted', { indicate: false });
      await stage.world.modemManager.restart();
      await failed(stage);
      await stage.sleep(5_000);
      await stage.world.sim.setReadiness(null, { indicate: false });
    },
  },
  {
    name: 'SIM that was known is not activated after a reset, and activated 10 s later',
    ...madeToLook,
    async break(stage) {
      await stage.world.sim.setReadiness('not-activated', { indicate: false });
      await stage.world.usb.restart(300);
      await failed(stage);
      await stage.sleep(5_000);
      await stage.world.sim.setReadiness(null);
    },
  },
  {
    name: 'SIM that the modem sees only after a restart of the modem',
    ...madeToLook,
    heavyRungs: 2,
    limit: 1_100,
    attempts: 1,
    async break(stage) {
      await stage.world.sim.hideUntilRestart({ indicate: false });
      await stage.world.modemManager.restart();
      await failed(stage);
    },
  },
  {
    name: 'SIM slower than the board: ready 25 s after the start',
    ...madeToLook,
    fresh: true,
    limit: 420,
    world: { sim: { readiness: 'not-initialized' } },
    async break(stage) {
      await failed(stage);
      await stage.sleep(10_000);
      await stage.world.sim.setReadiness(null);
    },
  },
]);

// A radio that cannot be switched on: FCC lock, hardware switch. No rung moves a switch.

import type { Fault, Stage } from '../fault.ts';
import { gentle, gentleSoFar, mustSay, noMoreThan, times } from './steps.ts';

/** Two tries, and room for one of the radio cycle. */
const triesIn20s = 4;

async function triedGently(stage: Stage): Promise<void> {
  await stage.sleep(20_000);
  noMoreThan(triesIn20s, await times(stage, 'radio-on'), 'tries to switch the radio on');
  await gentleSoFar(stage);
  await mustSay(stage, /FCC|hardware|rfkill|W_DISABLE/);
}

const enabledBySomebody = async ({ world }: Stage): Promise<void> => {
  await world.mmcli('-m', 'any', '--enable');
};

export const enableFaults: readonly Fault[] = gentle([
  {
    name: 'FCC lock, taken off after 20 s by somebody who enables the modem',
    fresh: true,
    attempts: 1,
    limit: 40,
    before: ({ world }) => world.radio.lock(),
    async break(stage) {
      await triedGently(stage);
      await stage.world.radio.lock(false);
      await enabledBySomebody(stage);
    },
  },
  {
    name: 'radio off by a hardware switch for 20 s, enabled by somebody',
    slow: true,
    fresh: true,
    attempts: 1,
    limit: 40,
    before: ({ world }) => world.radio.setHardware(false),
    async break(stage) {
      await triedGently(stage);
      await stage.world.radio.setHardware(true);
      await enabledBySomebody(stage);
    },
  },
  {
    name: 'FCC lock for 40 s, nobody enables the modem',
    fresh: true,
    slow: true,
    attempts: 1,
    limit: 150,
    before: ({ world }) => world.radio.lock(),
    async break(stage) {
      await stage.sleep(40_000);
      await stage.world.radio.lock(false);
    },
  },
  {
    name: 'hardware switch off for 25 s while online',
    limit: 40,
    async break({ world, sleep }) {
      await world.radio.setHardware(false);
      await sleep(25_000);
      await world.radio.setHardware(true);
    },
  },
]);

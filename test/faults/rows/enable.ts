// A radio that cannot be switched on: FCC lock, hardware switch. No rung moves a switch.

import type { Fault, Situation } from '../fault.ts';
import { gentle, gentleSoFar, mustSay, noMoreThan, times } from './steps.ts';

/** Two tries, and room for one of the radio cycle. */
const triesIn20s = 4;

async function triedGently(situation: Situation): Promise<void> {
  await situation.sleep(20_000);
  noMoreThan(triesIn20s, await times(situation, 'radio-on'), 'tries to switch the radio on');
  await gentleSoFar(situation);
  await mustSay(situation, /FCC|hardware|rfkill|W_DISABLE/);
}

const enabledBySomebody = async ({ world }: Situation): Promise<void> => {
  await world.mmcli('-m', 'any', '--enable');
};

export const enableFaults: readonly Fault[] = gentle([
  {
    name: 'FCC lock, taken off after 20 s by somebody who enables the modem',
    fresh: true,
    attempts: 1,
    limit: 40,
    before: ({ world }) => world.radio.lock(),
    async break(situation) {
      await triedGently(situation);
      await situation.world.radio.lock(false);
      await enabledBySomebody(situation);
    },
  },
  {
    name: 'radio off by a hardware switch for 20 s, enabled by somebody',
    slow: true,
    fresh: true,
    attempts: 1,
    limit: 40,
    before: ({ world }) => world.radio.setHardware(false),
    async break(situation) {
      await triedGently(situation);
      await situation.world.radio.setHardware(true);
      await enabledBySomebody(situation);
    },
  },
  {
    name: 'FCC lock for 40 s, nobody enables the modem',
    fresh: true,
    slow: true,
    attempts: 1,
    limit: 150,
    before: ({ world }) => world.radio.lock(),
    async break(situation) {
      await situation.sleep(40_000);
      await situation.world.radio.lock(false);
    },
  },
  {
    name: 'hardware switch off for good while online: it is named in the end, and put back',
    slow: true,
    limit: 1_500,
    attempts: 2,
    async break(situation) {
      await situation.world.radio.setHardware(false);
      await mustSay(situation, /cannot be switched on.*rfkill/s, 1_300_000);
      await situation.world.radio.setHardware(true);
      await enabledBySomebody(situation);
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

// Faults of coverage and registration: the network goes and comes, refuses, changes its name.

import type { Fault, Situation } from '../fault.ts';
import { spared } from './steps.ts';

async function withoutCoverage({ world, sleep }: Situation, ms: number): Promise<void> {
  await world.modem.deregister();
  await sleep(ms);
  await world.modem.register();
}

export const coverageFaults: readonly Fault[] = spared([
  { name: 'out of coverage for 6 s', break: (situation) => withoutCoverage(situation, 6_000) },
  {
    name: 'out of coverage for 60 s',
    slow: true,
    limit: 120,
    break: (situation) => withoutCoverage(situation, 60_000),
  },
  {
    name: 'out of coverage three times in 10 s',
    attempts: 3,
    async break(situation) {
      for (let time = 0; time < 3; time += 1) {
        await withoutCoverage(situation, 1_500);
        await situation.sleep(1_500);
      }
    },
  },
  {
    name: 'registration lost for 8 s while data flows',
    lossless: true,
    async break({ world, sleep }) {
      await world.modem.deregister({ keepSessions: true });
      await sleep(8_000);
      await world.modem.register();
    },
  },
  {
    name: 'registration denied for 10 s',
    async break({ world, sleep }) {
      await world.modem.denyRegistration(11);
      await sleep(10_000);
      await world.modem.register();
    },
  },
  {
    name: 'coverage comes back only when the modem is disabled and enabled by somebody',
    async break({ world, sleep }) {
      await world.modem.deregister();
      await sleep(2_000);
      await world.mmcli('-m', 'any', '--disable');
      await world.modem.register();
    },
  },
  {
    name: 'radio switched off by hardware for 3 s',
    async break({ world, sleep }) {
      await world.radio.setHardware(false);
      await sleep(3_000);
      await world.radio.setHardware(true);
    },
  },
  {
    name: 'roams to an operator whose name has escape sequences',
    lossless: true,
    async break({ world, sleep }) {
      await world.modem.setOperator({ id: '20801', name: '\u001b]0;x\u0007\u001b[2J$(r)', as: 'roaming' });
      await sleep(2_000);
    },
    holds: ({ manager }) =>
      Promise.resolve(manager.journal.includes('\u001b]0;x') ? ['the name reached the journal raw'] : []),
  },
  {
    name: 'bearer dropped while roaming',
    async break({ world, sleep }) {
      await world.modem.setOperator({ id: '20801', name: 'F-Orange', as: 'roaming' });
      await sleep(500);
      await world.modem.dropBearer();
    },
  },
]);

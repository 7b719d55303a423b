// A person changes what works into what does not, and nobody stands beside the board.

import type { Fault, Setup, Situation } from '../fault.ts';
import { apn } from '../fault.ts';
import { asked, mustSay } from './steps.ts';

const wrong = 'wrong.example';

/** The carrier knows the APN that worked, and no other. */
const oneApn = ({ world }: Setup): Promise<void> => world.modem.subscribe([apn]);

const change = ({ manager, settings }: Situation, changes: Partial<Situation['settings']>): Promise<void> =>
  manager.reload({ ...settings, ...changes });

/** What the carrier refused was asked for once. */
const askedOnce =
  (fits: (attempt: { readonly apn?: string; readonly password?: string }) => boolean) =>
  async ({ world }: Situation): Promise<string[]> => {
    const attempts = (await world.modem.attempts()).filter((one) => one.kind === 'activate' && fits(one));
    return attempts.length > 1 ? [`what was refused was asked for ${attempts.length} times`] : [];
  };

export const trialFaults: readonly Fault[] = [
  {
    name: 'changed to a wrong APN and reloaded',
    attempts: 2,
    limit: 20,
    before: oneApn,
    break: (situation) => change(situation, { apn: wrong }),
    holds: askedOnce((one) => one.apn === wrong),
  },
  {
    name: 'changed to a wrong APN and reloaded: it says so',
    slow: true,
    attempts: 2,
    limit: 20,
    before: oneApn,
    async break(situation) {
      await change(situation, { apn: wrong });
      await mustSay(situation, /APN wrong\.example \(line \d+\) was refused, cause 27: running on/, 15_000);
    },
  },
  {
    name: 'changed to a wrong APN, reloaded, and the manager killed',
    attempts: 3,
    limit: 25,
    ends: 1,
    before: oneApn,
    async break(situation) {
      await change(situation, { apn: wrong });
      await asked(situation, 2).catch(() => {});
      await situation.manager.kill('SIGKILL');
    },
  },
  {
    name: 'changed to a wrong password and reloaded',
    attempts: 2,
    limit: 20,
    settings: { user: 'board', password: 'right' },
    before: ({ world }) => world.modem.requireCredentials({ user: 'board', password: 'right' }),
    break: (situation) => change(situation, { password: 'wrong' }),
    holds: askedOnce((one) => one.password === 'wrong'),
  },
  {
    name: 'changed to a wrong APN, and 5 s later to a right one',
    attempts: 4,
    limit: 20,
    before: ({ world }) => world.modem.subscribe([apn, 'right.example']),
    async break(situation) {
      await change(situation, { apn: wrong });
      await situation.sleep(5_000);
      await change(situation, { apn: 'right.example' });
    },
    async holds({ world }) {
      const { sessions } = await world.modem.state();
      return sessions[0]?.apn === 'right.example' ? [] : [`the session's APN is ${sessions[0]?.apn}`];
    },
  },
  {
    name: 'changed to an APN that connects and leads nowhere',
    slow: true,
    attempts: 20,
    limit: 120,
    settleMs: 20_000,
    settings: { trial: '20s' },
    before: ({ world }) => world.modem.deaden([wrong]),
    break: (situation) => change(situation, { apn: wrong }),
  },
];

// Faults of the session and of what the carrier says to a connect.

import type { Fault, Situation } from '../fault.ts';
import { apn } from '../fault.ts';

/** 3GPP TS 24.008, 10.5.6.6. */
const cause = {
  insufficientResources: 26,
  missingOrUnknownApn: 27,
  notSubscribed: 33,
  regularDeactivation: 36,
} as const;

const answering = ({ reachability }: Situation) => reachability.answersSince !== undefined;

async function dropEachTime({ world, until, sleep, reachability }: Situation, times: number): Promise<void> {
  for (let drop = 1; drop <= times; drop += 1) {
    await world.modem.dropBearer();
    await until('the drop to be felt', () => reachability.samples.at(-1)?.answered === false, 2_000).catch(() => {});
    await until('an answer', () => reachability.answersSince !== undefined, 15_000).catch(() => {});
    await sleep(300);
  }
}

async function connectedWith(situation: Situation, wanted: string): Promise<readonly string[]> {
  const { sessions } = await situation.world.modem.state();
  return sessions[0]?.apn === wanted ? [] : [`the session's APN is ${sessions[0]?.apn}`];
}

export const sessionFaults: readonly Fault[] = [
  { name: 'bearer dropped', break: ({ world }) => world.modem.dropBearer() },
  {
    name: 'bearer dropped with a network error',
    break: ({ world }) => world.modem.dropBearer({ networkError: cause.regularDeactivation }),
  },
  { name: 'bearer dropped five times in a row', attempts: 5, break: (situation) => dropEachTime(situation, 5) },
  {
    name: 'bearer dropped, another address comes back',
    async break({ world }) {
      await world.modem.setNextAddress({ address: '100.112.107.77', prefix: 24, gateway: '100.112.107.1' });
      await world.modem.dropBearer();
    },
  },
  {
    name: 'bearer dropped, another network and MTU come back',
    async break({ world }) {
      await world.modem.setNextAddress({ address: '10.20.30.41', prefix: 30, gateway: '10.20.30.42' });
      await world.modem.dropBearer();
    },
  },
  {
    name: 'three connects refused',
    heavyRungs: 0,
    attempts: 4,
    async break({ world }) {
      await world.modem.refuseConnect({ status: 2, networkError: 0, times: 3 });
      await world.modem.dropBearer();
    },
  },
  {
    // Two tries, a radio cycle and two tries more; then it rests like any refusal.
    name: 'four connects refused without a reason: it rests for a quarter of an hour',
    slow: true,
    limit: 1_200,
    attempts: 5,
    heavyRungs: 0,
    async break({ world }) {
      await world.modem.refuseConnect({ status: 2, networkError: 0, times: 4 });
      await world.modem.dropBearer();
    },
  },
  {
    name: 'refused for congestion (cause 26)',
    heavyRungs: 0,
    slow: true,
    limit: 120,
    attempts: 2,
    async break({ world }) {
      await world.modem.refuseConnect({ status: 2, networkError: cause.insufficientResources, times: 1 });
      await world.modem.dropBearer();
    },
  },
  {
    name: 'congestion (cause 26) for 60 s',
    heavyRungs: 0,
    slow: true,
    limit: 240,
    attempts: 3,
    async break({ world, sleep }) {
      await world.modem.refuseConnect({ status: 2, networkError: cause.insufficientResources, times: 1000 });
      await world.modem.dropBearer();
      await sleep(60_000);
      await world.modem.acceptConnect();
    },
  },
  {
    name: 'not subscribed (cause 33), put right and reloaded after 8 s',
    heavyRungs: 0,
    fresh: true,
    attempts: 2,
    before: ({ world }) => world.modem.subscribe(['other'], { networkError: cause.notSubscribed }),
    async break({ world, sleep, manager, settings }) {
      await sleep(8_000);
      await world.modem.subscribe(undefined);
      await manager.reload({ ...settings, apn: 'other' });
    },
  },
  {
    name: 'wrong APN first in the list',
    heavyRungs: 0,
    fresh: true,
    attempts: 2,
    settings: { apn: ['wrong.example', apn] },
    before: ({ world }) => world.modem.subscribe([apn], { networkError: cause.missingOrUnknownApn }),
    break: async () => {},
  },
  {
    name: 'wrong APN, put right and reloaded after 5 s',
    heavyRungs: 0,
    fresh: true,
    attempts: 2,
    settings: { apn: 'wrong.example' },
    before: ({ world }) => world.modem.subscribe([apn], { networkError: cause.missingOrUnknownApn }),
    async break({ sleep, manager, settings }) {
      await sleep(5_000);
      await manager.reload({ ...settings, apn });
    },
    holds: (situation) => connectedWith(situation, apn),
  },
  {
    name: 'wrong password, put right and reloaded after 5 s',
    heavyRungs: 0,
    fresh: true,
    attempts: 2,
    settings: { user: 'u', password: 'wrong' },
    before: ({ world }) => world.modem.requireCredentials({ user: 'u', password: 'right' }),
    async break({ sleep, manager, settings }) {
      await sleep(5_000);
      await manager.reload({ ...settings, password: 'right' });
    },
  },
  {
    name: 'reconnect answered 5 s late',
    async break(situation) {
      await situation.world.modem.answerLate(5_000, { only: 'connect' });
      await situation.world.modem.dropBearer();
      await situation.until('the drop to be felt', () => !answering(situation));
      await situation.sleep(3_000);
      await situation.world.modem.answerLate(0);
    },
  },
  {
    name: 'reconnect hangs for good, the next does not',
    slow: true,
    limit: 240,
    attempts: 3,
    // ModemManager first asks whether a session is there and gives that 10 s; then it connects, and
    // that hangs.
    async break({ world, sleep }) {
      await world.modem.answerLate(10_000_000, { only: 'connect' });
      await world.modem.dropBearer();
      await sleep(14_000);
      await world.modem.answerLate(0);
    },
  },
];

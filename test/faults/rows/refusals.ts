// Refusals of a connect: by the carrier with and without a reason, by IP type, by operator, by
// subscription; and connects that are never answered. Nothing that is refused is mended by
// punishing the modem.

import { defaultModemManager } from '../../world/installations.ts';
import { Status } from '../../world/mbim/codec.ts';
import { defaultModem, profileOf, protocolOf } from '../../world/profiles.ts';
import { tellsDropReason, tellsOperatorOverQmi } from '../capabilities.ts';
import type { Fault, Situation } from '../fault.ts';
import { apn } from '../fault.ts';
import { asked, gentle, mustSay } from './steps.ts';

/** 3GPP TS 24.008, 10.5.6.6 and 10.5.5.14. */
const cause = {
  notAllowed: 8,
  plmnNotAllowed: 11,
  notAllowedInPlmn: 14,
  insufficientResources: 26,
  unknownApn: 27,
  notSupported: 32,
  notSubscribed: 33,
  ipv4Only: 50,
} as const;

const always = 'always';
const speaksQmi = (): boolean => protocolOf(profileOf(defaultModem(), defaultModemManager())) === 'qmi';

/**
 * Refused from the start; after `ms` the carrier has been put right and the person has reloaded
 * with `next`.
 */
async function putRight(
  { world, sleep, manager, settings }: Situation,
  ms: number,
  next = 'other.example',
): Promise<void> {
  await sleep(ms);
  await world.modem.acceptConnect();
  await world.radio.refuseAttach(null);
  await world.modem.requireCredentials(null);
  await manager.reload({ ...settings, apn: next });
}

/**
 * Refused in the network of `00101`, and after a while in that of `00201`, where it is not. To be
 * refused so is to search for another network (3GPP TS 24.301, 5.5.1.2.5), and a QMI modem is seen
 * to where ModemManager would not tell of the operator else.
 */
const abroad = (networkError: number): Partial<Fault> => ({
  fresh: true,
  attempts: 2,
  limit: 30,
  async before({ world }) {
    await world.modem.setOperator({ id: '00101', name: 'A', as: 'roaming' });
    await world.modem.refuseConnect({ operator: '00101', networkError, times: always });
  },
  async break(situation) {
    await asked(situation);
    const { modem } = situation.world;
    await situation.sleep(3_000);
    if (speaksQmi() && !tellsOperatorOverQmi) await modem.deregister();
    await situation.sleep(1_000);
    await modem.setOperator({ id: '00201', name: 'B', as: 'roaming' });
    await modem.register();
  },
});

/** Refused for IPv4v6 and not for IPv4. */
const byIpType = (networkError: number): Partial<Fault> => ({
  fresh: true,
  attempts: 2,
  limit: 20,
  settings: { ipType: 'ipv4v6' },
  before: ({ world }) => world.modem.refuseConnect({ ipType: 'ipv4v6', networkError, times: always }),
  break: async () => {},
});

/**
 * A status of the modem without a network error, for 15 s: ModemManager 1.20 passes on nothing of
 * it.
 */
const statusAlone = (status: number): Partial<Fault> => ({
  fresh: true,
  // Two, two after the radio cycle, and the one that is accepted.
  attempts: 5,
  limit: 40,
  before: ({ world }) => world.modem.refuseConnect({ status, times: always }),
  break: (situation) => putRight(situation, 15_000),
});

export const refusalFaults: readonly Fault[] = gentle([
  {
    name: 'wrong APN first in the list, told by a status alone',
    fresh: true,
    attempts: 2,
    limit: 20,
    settings: { apn: ['wrong.example', apn] },
    before: ({ world }) =>
      world.modem.refuseConnect({ apn: 'wrong.example', status: Status.invalidAccessString, times: always }),
    break: async () => {},
  },
  {
    name: 'wrong APN, told by a status alone, put right after 15 s',
    ...statusAlone(Status.invalidAccessString),
    async break(situation) {
      await situation.sleep(13_000);
      await mustSay(situation, /apn/i);
      await putRight(situation, 2_000);
    },
  },
  {
    name: 'wrong password, told by a status alone, put right after 15 s',
    slow: true,
    ...statusAlone(Status.invalidUserNamePassword),
    async break(situation) {
      await situation.sleep(13_000);
      await mustSay(situation, /password/);
      await putRight(situation, 2_000);
    },
  },
  {
    name: 'no SIM, says the modem to every connect for 15 s',
    slow: true,
    ...statusAlone(Status.simNotInserted),
    async break(situation) {
      await situation.sleep(13_000);
      await mustSay(situation, /SIM/);
      await putRight(situation, 2_000);
    },
  },
  {
    name: 'connects refused without any reason for 15 s',
    ...statusAlone(Status.failure),
    break: (situation) => putRight(situation, 15_000),
  },
  { name: 'IPv4v6 refused as not subscribed (cause 33), IPv4 is not', ...byIpType(cause.notSubscribed) } as Fault,
  {
    name: 'IPv4v6 refused as not supported (cause 32), IPv4 is not',
    slow: true,
    ...byIpType(cause.notSupported),
  } as Fault,
  { name: 'refused in one network (cause 11), then registered with another', ...abroad(cause.plmnNotAllowed) } as Fault,
  {
    name: 'refused in one network (cause 14), then registered with another',
    ...abroad(cause.notAllowedInPlmn),
  } as Fault,
  {
    name: 'refused (cause 8), then the SIM takes another IMSI and the modem comes back',
    fresh: true,
    attempts: 2,
    limit: 45,
    before: ({ world }) =>
      world.modem.refuseConnect({ imsi: '311480000000006', networkError: cause.notAllowed, times: always }),
    async break(situation) {
      await asked(situation);
      await situation.sleep(3_000);
      await situation.world.sim.setIdentity({ imsi: '002020987654321' });
      await situation.world.usb.restart(300);
    },
  },
  {
    name: 'refused (cause 8), the manager restarted: it still says why',
    fresh: true,
    attempts: 2,
    limit: 45,
    before: ({ world }) => world.modem.refuseConnect({ networkError: cause.notAllowed, times: always }),
    async break(situation) {
      await asked(situation);
      await situation.sleep(1_000);
      await situation.manager.restart();
      await situation.sleep(6_000);
      await mustSay(situation, /cause 8\b.*fix/s);
      await putRight(situation, 0);
    },
  },
  {
    name: 'bearer dropped with cause 27: the next APN of the list is the right one now',
    attempts: tellsDropReason ? 1 : 2,
    limit: 20,
    settings: { apn: [apn, 'second.example'] },
    async break({ world }) {
      await world.modem.subscribe(['second.example'], { networkError: cause.unknownApn });
      await world.modem.dropBearer({ networkError: cause.unknownApn });
    },
  },
  {
    name: 'bearer dropped with cause 50: IPv4 alone from now on',
    attempts: tellsDropReason ? 1 : 2,
    limit: 20,
    settings: { ipType: 'ipv4v6' },
    async break({ world }) {
      await world.modem.refuseConnect({ ipType: 'ipv4v6', networkError: cause.ipv4Only, times: always });
      await world.modem.dropBearer({ networkError: cause.ipv4Only });
    },
  },
  {
    name: 'bearer dropped for want of resources (cause 26), which lasts 5 s',
    slow: true,
    limit: 120,
    attempts: tellsDropReason ? 1 : 2,
    async break({ world, sleep }) {
      await world.modem.refuseConnect({ networkError: cause.insufficientResources, times: always });
      await world.modem.dropBearer({ networkError: cause.insufficientResources });
      await sleep(5_000);
      await world.modem.acceptConnect();
    },
  },
  {
    name: 'packet service refused (cause 8), put right after 8 s',
    attempts: 1,
    async break(situation) {
      await situation.world.radio.refuseAttach({ networkError: cause.notAllowed });
      await situation.world.radio.detach();
      await putRight(situation, 8_000);
      // ModemManager asks a modem of MBIM to attach; one that speaks QMI does it by itself.
      if (speaksQmi()) await situation.world.radio.attach();
    },
  },
  {
    name: 'a connect that is never answered, the next one is',
    slow: true,
    limit: 75,
    // ModemManager gives up after 180 s, and so does who leaves it to it.
    watched: 240,
    attempts: 2,
    async break({ world }) {
      await world.modem.leaveConnectsUnanswered();
      await world.modem.dropBearer();
    },
  },
  {
    name: 'the first connect ever is never answered, the next one is',
    fresh: true,
    slow: true,
    limit: 80,
    watched: 240,
    attempts: 2,
    before: ({ world }) => world.modem.leaveConnectsUnanswered(),
    break: async () => {},
  },
]);

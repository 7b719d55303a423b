// Registration that is refused, forbidden by the configuration, or waits for something: the attach
// APN, a radio cycle.

import { tellsDenial } from '../capabilities.ts';
import type { Fault, Setup, Situation } from '../fault.ts';
import { gentle, gentleSoFar, mustSay, noMoreThan, times } from './steps.ts';

const home = { id: '311480', name: 'Verizon', as: 'home' } as const;

/** Abroad with roaming forbidden for 10 s: nobody asks the carrier; then at home. */
const forbidden = (as: 'roaming' | 'partner'): Partial<Fault> => ({
  fresh: true,
  attempts: 1,
  limit: 20,
  radioCycles: 0,
  settings: { allowRoaming: false },
  before: ({ world }: Setup) => world.modem.setOperator({ id: '00201', name: 'Visited', as }),
  async break(situation: Situation) {
    await situation.sleep(10_000);
    noMoreThan(0, await times(situation, 'activate'), 'connects abroad');
    noMoreThan(0, await times(situation, 'radio-off'), 'radio cycles abroad');
    await mustSay(situation, /roaming/);
    await situation.world.modem.setOperator(home);
  },
});

const attachApn = 'private.example';

/** A network that registers only who attaches with the private APN. */
const attaching = (settings: Fault['settings']): Partial<Fault> => ({
  fresh: true,
  attempts: 1,
  limit: 30,
  world: { profile: 'quectel' },
  settings: settings ?? {},
  before: ({ world }: Setup) => world.radio.needAttachApn(attachApn, 33),
  break: async () => {},
});

export const registrationFaults: readonly Fault[] = gentle([
  {
    name: 'registration denied (cause 11) from the start, for 15 s',
    fresh: true,
    attempts: 1,
    limit: 30,
    before: ({ world }) => world.modem.denyRegistration(11),
    async break(situation) {
      await situation.sleep(13_000);
      await mustSay(situation, tellsDenial ? /den|refus|cause 11/ : /regist/);
      await situation.sleep(2_000);
      await situation.world.modem.register();
    },
  },
  {
    name: 'registration denied (cause 15) later, for 20 s',
    slow: true,
    attempts: 1,
    async break(situation) {
      await situation.world.modem.denyRegistration(15);
      await situation.sleep(18_000);
      await mustSay(situation, tellsDenial ? /den|refus|cause 15/ : /regist/);
      await situation.sleep(2_000);
      await situation.world.modem.register();
    },
  },
  {
    name: 'not even searching for 10 s',
    attempts: 1,
    async break({ world, sleep }) {
      await world.modem.deregister({ searching: false });
      await sleep(10_000);
      await world.modem.register();
    },
  },
  {
    name: 'no coverage from the start for 15 s, disabled by somebody meanwhile: it says for how long',
    fresh: true,
    attempts: 1,
    limit: 30,
    before: ({ world }) => world.modem.deregister(),
    async break(situation) {
      await situation.sleep(9_000);
      await situation.world.mmcli('-m', 'any', '--disable');
      await situation.sleep(4_000);
      await mustSay(situation, /offline for (1\d|2\d) s/);
      await situation.sleep(2_000);
      await situation.world.modem.register();
    },
  },
  { name: 'roaming forbidden, abroad for 10 s, then at home', ...forbidden('roaming') } as Fault,
  {
    name: 'roaming forbidden, with a partner of the carrier for 10 s, then at home',
    slow: true,
    ...forbidden('partner'),
  } as Fault,
  {
    name: 'roaming forbidden, over the border and dropped there, back after 10 s',
    attempts: 1,
    limit: 30,
    settings: { allowRoaming: false },
    async break(situation) {
      await situation.world.modem.setOperator({ id: '00201', name: 'Visited', as: 'roaming' });
      await situation.sleep(500);
      await situation.world.modem.dropBearer();
      await situation.sleep(10_000);
      noMoreThan(0, await times(situation, 'activate'), 'connects abroad');
      await gentleSoFar(situation);
      await situation.world.modem.setOperator(home);
    },
  },
  { name: 'registered only with the attach APN of the configuration', ...attaching({ attachApn }) } as Fault,
  {
    name: 'registered only with the APN, which is to be the attach APN too',
    ...attaching({ apn: attachApn, attachApn: 'same' }),
  } as Fault,
  {
    name: 'registered only with the attach APN, the modem enabled by somebody before',
    ...attaching({ attachApn }),
    async before({ world }) {
      await world.radio.needAttachApn(attachApn, 33);
      await world.mmcli('-m', 'any', '--enable');
    },
  } as Fault,
  {
    name: 'attach APN with a password, the manager restarted twice: it is set once',
    ...attaching({ apn: attachApn, attachApn: 'same', user: 'u', password: 'p' }),
    attempts: 3,
    async break({ sleep, manager, until, reachability }) {
      const online = () => until('being online', () => reachability.answersSince !== undefined, 20_000);
      await online();
      for (let time = 0; time < 2; time += 1) {
        await manager.restart();
        await sleep(3_000);
        await online();
      }
    },
    async holds(situation) {
      const set = await times(situation, 'attach-configuration');
      return set === 1 ? [] : [`the attach configuration was set ${set} times`];
    },
  } as Fault,
  {
    name: 'attach APN that the modem has already: nothing is set',
    fresh: true,
    attempts: 1,
    limit: 20,
    world: { profile: 'quectel' },
    settings: { attachApn: 'ims' },
    break: async () => {},
    async holds(situation) {
      const set = await times(situation, 'attach-configuration');
      return set === 0 ? [] : [`the attach configuration was set ${set} times`];
    },
  },
  {
    name: 'packet service lost',
    attempts: 1,
    break: ({ world }) => world.radio.detach(),
  },
  {
    name: 'searching until the radio has been off and on',
    slow: true,
    limit: 1_300,
    attempts: 2,
    break: ({ world }) => world.radio.loseUntilCycled(),
  },
]);

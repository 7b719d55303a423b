// Faults of the modem as a device: pulled out, reset, hung, gone until its USB port is cycled.

import type { Fault, Situation } from '../fault.ts';

const authorized = async ({ world }: Situation): Promise<string> => {
  const { stdout } = await world.run(['find', '/sys/devices/platform', '-name', 'authorized', '-type', 'f']);
  return stdout.split('\n')[0] ?? '';
};

async function unplugged({ world, sleep }: Situation, ms: number): Promise<void> {
  await world.usb.unplug();
  await sleep(ms);
  await world.usb.plug();
}

export const modemFaults: readonly Fault[] = [
  { name: 'modem pulled out for 3 s', break: (situation) => unplugged(situation, 3_000) },
  { name: 'modem pulled out for 40 s', slow: true, limit: 90, break: (situation) => unplugged(situation, 40_000) },
  { name: 'modem resets by itself', break: ({ world }) => world.usb.restart(300) },
  {
    name: 'modem resets three times, 4 s apart',
    attempts: 3,
    async break({ world, sleep }) {
      for (let time = 0; time < 3; time += 1) {
        await world.usb.restart(300);
        await sleep(4_000);
      }
    },
  },
  {
    name: 'modem pulled out in the middle of a connect',
    attempts: 2,
    async break(situation) {
      const { world, until } = situation;
      await world.modem.answerLate(3_000, { only: 'connect' });
      await world.modem.dropBearer();
      await until('a connect', async () => (await world.mmcli('-m', 'any', '-J')).stdout.includes('"connecting"'));
      await unplugged(situation, 1_000);
      await world.modem.answerLate(0);
    },
  },
  {
    name: 'modem resets when its radio is switched on (power drops)',
    attempts: 2,
    async break({ world, until }) {
      await world.modem.clearAttempts();
      await world.mmcli('-m', 'any', '--disable');
      const attached = async () =>
        (await world.modem.attempts()).some(({ kind }) => kind === 'radio-on' || kind === 'attach');
      await until('the radio to be switched on', attached, 20_000).catch(() => {});
      await world.usb.restart(300);
    },
  },
  {
    name: 'modem does not answer for 20 s, then the bearer is dropped',
    slow: true,
    attempts: 2,
    async break({ world, sleep }) {
      await world.modem.mute();
      await sleep(20_000);
      await world.modem.unmute();
      await world.modem.dropBearer();
    },
  },
  {
    name: 'bearer dies and the modem does not answer for 20 s',
    limit: 120,
    slow: true,
    attempts: 3,
    async break({ world, sleep }) {
      await world.modem.mute();
      await world.modem.dropBearer();
      await sleep(20_000);
      await world.modem.unmute();
    },
  },
  {
    name: 'modem hangs until it is reset',
    slow: true,
    limit: 300,
    attempts: 4,
    settleMs: 4_000,
    async break({ world, until }) {
      await world.modem.mute();
      await world.modem.dropBearer();
      const reset = async () => !(await world.usb.isPlugged());
      await until('somebody to reset it', reset, 290_000).catch(() => {});
      await world.modem.unmute();
    },
  },
  {
    name: 'modem whose card reader sees no SIM until the modem is reset',
    slow: true,
    limit: 1_100,
    attempts: 1,
    heavyRungs: 1,
    async break({ world }) {
      await world.sim.hideUntilRestart({ indicate: false });
      await world.modemManager.restart();
      await world.modemManager.waitForState(-1, 40_000);
    },
  },
  {
    name: 'modem gone until its USB port is cycled',
    slow: true,
    limit: 240,
    attempts: 2,
    async break(situation) {
      await situation.world.files.write(await authorized(situation), '0');
    },
  },
];

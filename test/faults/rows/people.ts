// Faults made by people and other programs through ModemManager.

import type { Fault, Situation } from '../fault.ts';
import { apn } from '../fault.ts';

const mmcli = async ({ world }: Situation, ...args: string[]): Promise<void> => {
  await world.mmcli('-m', 'any', ...args);
};

export const peopleFaults: readonly Fault[] = [
  { name: 'modem disabled by somebody', break: (situation) => mmcli(situation, '--disable') },
  { name: 'disconnected by somebody', break: (situation) => mmcli(situation, '--simple-disconnect') },
  {
    name: 'disabled and put to low power by somebody',
    attempts: 2,
    async break(situation) {
      await mmcli(situation, '--disable');
      await mmcli(situation, '--set-power-state-low');
    },
  },
  {
    name: 'connected by somebody else with another APN',
    attempts: 3,
    async break(situation) {
      await mmcli(situation, '--simple-disconnect');
      await mmcli(situation, '--simple-connect=apn=intruder,ip-type=ipv4');
    },
    async holds({ world }) {
      const { sessions } = await world.modem.state();
      return sessions[0]?.apn === apn ? [] : [`the session's APN is ${sessions[0]?.apn}`];
    },
  },
  {
    name: 'bearer deleted by somebody',
    async break(situation) {
      const { stdout } = await situation.world.mmcli('-m', 'any', '-J');
      const path = /\/org\/freedesktop\/ModemManager1\/Bearer\/\d+/.exec(stdout)?.[0] ?? '';
      await mmcli(situation, `--delete-bearer=${path}`);
    },
  },
  { name: 'modem reset by somebody', break: (situation) => mmcli(situation, '--reset') },
];

// Who is measured: this daemon and Debian's NetworkManager, each as its user would start it, with
// the same APN.

import { DaemonUnderTest, unitFlags } from '../scenario/daemon.ts';
import { networkManagerStarts, startNetworkManager } from '../world/network-manager.ts';
import type { WorldProcess } from '../world/process.ts';
import type { ModemName } from '../world/profiles.ts';
import type { World } from '../world/world.ts';
import { monotonicMs } from './echoes.ts';

export interface Started {
  /** When the program itself began, in ms of CLOCK_MONOTONIC. */
  readonly at: number;
  readonly process: WorldProcess;
}

export interface Contender {
  readonly name: string;
  /** The modem of its worlds. */
  readonly modem: ModemName;
  readonly start: (world: World) => Promise<Started>;
}

export const perceptLte: Contender = {
  name: 'percept-lte',
  modem: 'mbim',
  start: async (world) => {
    const at = monotonicMs();
    return { at, process: (await DaemonUnderTest.start(world, { flags: await unitFlags() })).process };
  },
};

export const perceptLteOnQmi: Contender = { ...perceptLte, name: 'percept-lte on QMI', modem: 'qmi' };

export const networkManager: Contender = {
  name: 'NetworkManager',
  modem: 'mbim',
  start: async (world) => {
    const { process } = await startNetworkManager(world, { apn: 'vzwinternet' });
    await process.waitForOutput(new RegExp(`^${networkManagerStarts}$`, 'm'));
    return { at: monotonicMs(), process };
  },
};

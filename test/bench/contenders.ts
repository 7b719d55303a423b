// Who is measured: this daemon, an earlier build of it and NetworkManager, each as its user would
// start it, with the same APN.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstBundle } from '../build/first-release.ts';
import { nodeRuntime } from '../build/runtime.ts';
import * as releases from '../prepare/releases.mjs';
import { rootOf } from '../prepare/unpack.mjs';
import { type DaemonOptions, DaemonUnderTest, unitFlags } from '../scenario/daemon.ts';
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
  /** `options` are for the daemon of this repository. */
  readonly start: (world: World, options?: DaemonOptions) => Promise<Started>;
}

/** The Node that the packages bring; where it cannot be had, the one that runs this. */
export const node: string = (() => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  try {
    return join(nodeRuntime(arch), 'bin/node');
  } catch {
    return process.execPath;
  }
})();

/** As the unit has it, of a host on which the daemon has run before. */
const codeCache = mkdtempSync(join(tmpdir(), 'percept-lte-code-'));
process.once('exit', () => rmSync(codeCache, { recursive: true, force: true }));

async function startDaemon(world: World, options: DaemonOptions): Promise<Started> {
  const at = monotonicMs();
  return { at, process: (await DaemonUnderTest.start(world, { node, ...options })).process };
}

export const perceptLte: Contender = {
  name: 'percept-lte',
  modem: 'mbim',
  start: async (world, options = {}) => {
    const env = { CACHE_DIRECTORY: codeCache, ...options.env };
    return await startDaemon(world, { flags: await unitFlags(), ...options, env });
  },
};

export const perceptLteOnQmi: Contender = { ...perceptLte, name: 'percept-lte on QMI', modem: 'qmi' };

/** As its unit started it: without flags. Undefined where the history is not there. */
export const before: Contender | undefined = (() => {
  const bundle = firstBundle();
  if (bundle === undefined) return undefined;
  return {
    name: 'percept-lte 754afc2',
    modem: 'mbim' as const,
    start: (world: World, options?: DaemonOptions) => startDaemon(world, { ...options, bundle }),
  };
})();

const networkManagerRoot = rootOf(releases.networkManager);

/** 1.58.1, which `npm run bench` unpacks; else the machine's own. */
export const networkManager: Contender = {
  name: networkManagerRoot === undefined ? 'NetworkManager' : `NetworkManager ${releases.networkManager.version}`,
  modem: 'mbim',
  start: async (world) => {
    const { process } = await startNetworkManager(world, {
      apn: 'vzwinternet',
      ...(networkManagerRoot !== undefined && { root: networkManagerRoot }),
    });
    await process.waitForOutput(new RegExp(`^${networkManagerStarts}$`, 'm'));
    return { at: monotonicMs(), process };
  },
};

// The daemon beside a ModemManager that is played (stand-in.ts): what no single modem can do.
import { fileURLToPath } from 'node:url';
import type { WorldProcess } from '../../world/process.ts';
import { World } from '../../world/world.ts';
import { perceptLte } from '../contenders.ts';

const standIn = fileURLToPath(new URL('stand-in.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

/** The first of many. */
const CONFIG = `connect:
  apn: vzwinternet
modem:
  match:
    equipment-identifier: "356611070001000"
`;

export interface Beside {
  readonly world: World;
  readonly pid: number;
  readonly modemManager: WorldProcess;
}

/**
 * Has `measure` look at a daemon that has chosen the first of `modems` and waits for its network.
 * `rates` are signals a second, for the SIGUSR2s that the ModemManager is sent.
 */
export async function besideModems<T>(
  modems: number,
  rates: readonly number[],
  measure: (beside: Beside) => Promise<T>,
): Promise<T> {
  const world = await World.start({ plugged: false, startModemManager: false });
  try {
    const modemManager = await world.spawn([
      process.execPath,
      '--import',
      tsx,
      standIn,
      ...[modems, ...rates].map(String),
    ]);
    await modemManager.waitForOutput(/^ready$/m);
    const daemon = (await perceptLte.start(world, { config: CONFIG })).process;
    await daemon.waitForOutput(/waiting for the modem to register/);
    return await measure({ world, pid: daemon.pid, modemManager });
  } finally {
    await world.stop();
  }
}

// What a stranger on the bus costs the daemon: memory, processor time and the time back to online,
// quiet and in a flood of signals to it alone, each in a fresh world: drops in a row are answered
// ever later.

import { World } from '../world/world.ts';
import { perceptLte } from './contenders.ts';
import { Echoes, monotonicMs } from './echoes.ts';
import { cpuOf, flooder, memoryOf } from './idle.ts';
import { rest } from './measure.ts';

export interface Flooded {
  /** Signals a second that the stranger got onto the bus. */
  readonly rate: number;
  readonly quiet: Cost;
  readonly flood: Cost;
}

export interface Cost {
  /** KiB of the daemon itself, without its children. */
  readonly anonymous: number;
  /** Processor time of the daemon itself while nothing else happened, in parts of one core. */
  readonly core: number;
  /** ms from each drop of the bearer to the first echo. */
  readonly drops: readonly number[];
}

const RATE = 10_000;
const DROPS = 3;

/**
 * Measures for `ms` without the flood and for `ms` in it, with `DROPS` drops at the end of each.
 */
export async function floodCost(ms: number): Promise<Flooded> {
  const { cost: quiet } = await online(ms, 0);
  const { cost: flood, rate } = await online(ms, RATE);
  return { rate, quiet, flood };
}

async function online(ms: number, wanted: number): Promise<{ cost: Cost; rate: number }> {
  const world = await World.start();
  try {
    const echoes = await Echoes.start(world);
    const { at, process } = await perceptLte.start(world);
    await echoes.backAfter(at);
    await rest();
    const stranger = await world.spawn([globalThis.process.execPath, flooder, String(process.pid), String(wanted)]);
    await stranger.waitForOutput(/^begun$/m);
    const began = monotonicMs();
    const result = await cost(world, echoes, process.pid, ms);
    const seconds = (monotonicMs() - began) / 1000;
    await stranger.end('SIGTERM');
    await echoes.stop();
    if (process.exit !== undefined) throw new Error(`the daemon ended: ${process.stdout}${process.stderr}`);
    return { cost: result, rate: Number(/^sent (\d+)$/m.exec(stranger.stdout)?.[1]) / seconds };
  } finally {
    await world.stop();
  }
}

async function cost(world: World, echoes: Echoes, pid: number, ms: number): Promise<Cost> {
  const [cpu, began] = [await cpuOf(world, [pid]), monotonicMs()];
  await rest(ms);
  const core = ((await cpuOf(world, [pid])) - cpu) / (monotonicMs() - began);
  const { anonymous } = await memoryOf(world, [pid]);
  const drops: number[] = [];
  for (let drop = 0; drop < DROPS; drop += 1) {
    await world.modem.dropBearer();
    const dropped = monotonicMs();
    drops.push((await echoes.backAfter(dropped)).to - dropped);
    await rest();
  }
  return { anonymous, core, drops };
}

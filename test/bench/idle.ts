// What a contender costs when nothing happens: memory and processor time of it and its children
// after a time of idleness.

import { World } from '../world/world.ts';
import type { Contender } from './contenders.ts';
import { Echoes } from './echoes.ts';
import { rest } from './measure.ts';

export interface IdleCost {
  /**
   * KiB. Proportional set size: shared pages are shared out among all that map them, other Node.js
   * processes too.
   */
  readonly pss: number;
  /** KiB that belong to it alone and cannot be dropped. */
  readonly anonymous: number;
  /** ms of processor time from its start to online. */
  readonly startCpu: number;
  /** ms of processor time while idle. */
  readonly idleCpu: number;
}

/** sysconf(_SC_CLK_TCK) on every Linux that Node.js runs on. */
const tickMs = 10;

/** Brings `contender` online in a world of its own and lets it be for `idleMs`. */
export async function idleCost(contender: Contender, idleMs: number): Promise<IdleCost> {
  const world = await World.start();
  try {
    const echoes = await Echoes.start(world);
    const { at, process } = await contender.start(world);
    await echoes.backAfter(at);
    await echoes.stop();
    await rest();
    const startCpu = await cpuOf(world, await family(world, process.pid));
    await rest(idleMs);
    const pids = await family(world, process.pid);
    const idleCpu = (await cpuOf(world, pids)) - startCpu;
    const { pss, anonymous } = await memoryOf(world, pids);
    return { pss, anonymous, startCpu, idleCpu };
  } finally {
    await world.stop();
  }
}

/** KiB, of all of `pids` together. */
export async function memoryOf(world: World, pids: readonly number[]): Promise<{ pss: number; anonymous: number }> {
  const rollups = await Promise.all(pids.map((pid) => read(world, `/proc/${pid}/smaps_rollup`)));
  const sum = (field: string): number =>
    rollups.reduce((total, text) => total + Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0), 0);
  return { pss: sum('Pss'), anonymous: sum('Anonymous') };
}

/** The process and its children; the pid is the world's. */
export async function family(world: World, pid: number): Promise<number[]> {
  const children = (await read(world, `/proc/${pid}/task/${pid}/children`)).trim().split(/\s+/).filter(Boolean);
  return [pid, ...children.map(Number)];
}

/**
 * utime, stime, and the same of children that have ended [proc(5), /proc/PID/stat, fields 14 to
 * 17].
 */
export async function cpuOf(world: World, pids: readonly number[]): Promise<number> {
  const stats = await Promise.all(pids.map((pid) => read(world, `/proc/${pid}/stat`)));
  const ticks = stats.flatMap((stat) =>
    stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number),
  );
  return ticks.reduce((sum, value) => sum + value, 0) * tickMs;
}

async function read(world: World, path: string): Promise<string> {
  return (await world.run(['cat', path])).stdout;
}

// What a contender costs when nothing happens, after an hour's work done in minutes: memory,
// processor time and context switches of it and its children.

import { fileURLToPath } from 'node:url';
import { World } from '../world/world.ts';
import type { Contender } from './contenders.ts';
import { Echoes, monotonicMs } from './echoes.ts';
import { rest } from './measure.ts';

export interface IdleCost {
  /**
   * KiB. Proportional set size: shared pages are shared out among all that map them, other Node.js
   * processes too.
   */
  readonly pss: number;
  /** KiB that belong to it alone and cannot be dropped. */
  readonly anonymous: number;
  /** ms of processor time in each hour of idling. */
  readonly cpuAnHour: number;
  readonly switchesAMinute: number;
}

/** What happens before the idling. */
export interface Work {
  readonly signals: number;
  readonly reconnects: number;
  /** How long it is then left alone, since its start. */
  readonly tidyMs: number;
}

/** sysconf(_SC_CLK_TCK) on every Linux that Node.js runs on. */
const tickMs = 10;

/** Reconnects without rests: no board's policy, but its work. */
const CONFIG = `connect:
  apn: vzwinternet
recovery:
  schedule: [0s]
  attempts-per-hour: 3600
  boot-spread: 0s
  reset-modem: never
  usb-reauthorise: never
  restart-modemmanager: never
`;

const RATE = 10_000;
export const flooder = fileURLToPath(new URL('flooder.mjs', import.meta.url));

/** A drop is over by then, also one so short that no echo was missed on a busy machine. */
const DROP_MS = 2_000;

/** By then V8's code is kept (src/daemon/housekeeping.ts). */
const KEPT_MS = 3_000;

/** Brings `contender` online once: V8's code is there for the starts that follow, as on a board. */
export async function warmUp(contender: Contender): Promise<void> {
  const world = await World.start({ profile: contender.modem });
  try {
    const echoes = await Echoes.start(world);
    const { at } = await contender.start(world);
    await echoes.backAfter(at);
    await rest(KEPT_MS);
  } finally {
    await world.stop();
  }
}

/** Processor time in ms from the start of `contender` until a second after it is online. */
export async function startCost(contender: Contender): Promise<number> {
  const world = await World.start({ profile: contender.modem });
  try {
    const echoes = await Echoes.start(world);
    const { at, process } = await contender.start(world);
    await echoes.backAfter(at);
    await rest();
    return await cpuOf(world, await family(world, process.pid));
  } finally {
    await world.stop();
  }
}

/**
 * Brings `contender` online in a world of its own, lets it do `work` and tidy up, and then be for
 * `idleMs`.
 */
export async function idleCost(contender: Contender, work: Work, idleMs: number): Promise<IdleCost> {
  const world = await World.start({ profile: contender.modem });
  try {
    const echoes = await Echoes.start(world);
    const { at, process } = await contender.start(world, { config: CONFIG });
    await echoes.backAfter(at);
    const stranger = await world.spawn([globalThis.process.execPath, flooder, String(process.pid), String(RATE)]);
    await rest((work.signals / RATE) * 1000);
    await stranger.end('SIGTERM');
    for (let count = 0; count < work.reconnects; count += 1) {
      await rest(50);
      await world.modem.dropBearer();
      await echoes.backAfter(monotonicMs(), DROP_MS).catch(() => {});
    }
    await echoes.stop();
    await rest(Math.max(0, at + work.tidyMs - monotonicMs()));
    if (!(await world.ping())) throw new Error(`${contender.name} is offline: ${process.stdout.slice(-2000)}`);
    await rest(15_000);
    if (process.exit !== undefined) throw new Error(`${contender.name} ended: ${process.stdout}${process.stderr}`);
    const [cpu, switches] = [
      await cpuOf(world, await family(world, process.pid)),
      await switchesOf(world, process.pid),
    ];
    await rest(idleMs);
    const pids = await family(world, process.pid);
    const cpuAnHour = (((await cpuOf(world, pids)) - cpu) / idleMs) * 3_600_000;
    const switchesAMinute = (((await switchesOf(world, process.pid)) - switches) / idleMs) * 60_000;
    return { ...(await memoryOf(world, pids)), cpuAnHour, switchesAMinute };
  } finally {
    await world.stop();
  }
}

/** Voluntary ones of all threads: the others tell how busy the machine is. */
async function switchesOf(world: World, pid: number): Promise<number> {
  const { stdout } = await world.run(['sh', '-c', `cat /proc/${pid}/task/*/status`]);
  return [...stdout.matchAll(/^voluntary_ctxt_switches:\s+(\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
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

/** ms of processor time of all threads of one process, to a thousandth, without children. */
export async function threadsCpuOf(world: World, pid: number): Promise<number> {
  const { stdout } = await world.run(['sh', '-c', `cat /proc/${pid}/task/*/schedstat`]);
  return stdout
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.split(' ')[0]) / 1e6, 0);
}

async function read(world: World, path: string): Promise<string> {
  return (await world.run(['cat', path])).stdout;
}

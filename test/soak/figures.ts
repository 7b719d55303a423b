// What a process costs, seen from outside: memory, open files, match rules on the bus, children.

import type { World } from '../world/world.ts';

export interface Figures {
  /** Minutes since the soak began. */
  readonly minute: number;
  readonly rssKb: number;
  readonly openFiles: number;
  readonly matchRules: number;
  readonly children: number;
}

/** Reads them of process `pid` (as the world numbers it). */
export async function readFigures(world: World, pid: number, minute: number): Promise<Figures> {
  const [status, files, rules, children] = await Promise.all([
    world.files.read(`/proc/${pid}/status`),
    world.run(['ls', `/proc/${pid}/fd`]),
    countMatchRules(world, pid),
    world.run(['ps', '-o', 'pid=', '--ppid', String(pid)]),
  ]);
  const lines = (text: string): number => text.split('\n').filter((line) => line.trim() !== '').length;
  return {
    minute,
    rssKb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0),
    openFiles: lines(files.stdout),
    matchRules: rules,
    children: lines(children.stdout),
  };
}

const ask = async (world: World, member: string, ...args: string[]): Promise<string> => {
  const to = ['--system', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
  const { stdout } = await world.run(['dbus-send', ...to, `org.freedesktop.DBus.${member}`, ...args]);
  return stdout;
};

/** Of the process's own connection, by dbus-daemon's statistics; -1 when it has none. */
async function countMatchRules(world: World, pid: number): Promise<number> {
  const names = [...(await ask(world, 'ListNames')).matchAll(/string "(:[\d.]+)"/g)].map(([, name]) => name ?? '');
  for (const name of names) {
    const owner = await ask(world, 'GetConnectionUnixProcessID', `string:${name}`);
    if (Number(/uint32 (\d+)/.exec(owner)?.[1]) !== pid) continue;
    const stats = await ask(world, 'Debug.Stats.GetConnectionStats', `string:${name}`);
    return Number(/"MatchRules"\s+variant\s+uint32 (\d+)/.exec(stats)?.[1] ?? -1);
  }
  return -1;
}

/**
 * Kilobytes a minute by least squares over the second half, when caches and the heap have found
 * their size.
 */
export function slopeOf(figures: readonly Figures[]): number {
  const late = figures.slice(Math.floor(figures.length / 2));
  const mean = (of: (figure: Figures) => number): number =>
    late.reduce((sum, figure) => sum + of(figure), 0) / late.length;
  const [x, y] = [mean(({ minute }) => minute), mean(({ rssKb }) => rssKb)];
  const covariance = late.reduce((sum, { minute, rssKb }) => sum + (minute - x) * (rssKb - y), 0);
  const variance = late.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}

/** The middle of a list of numbers. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
}

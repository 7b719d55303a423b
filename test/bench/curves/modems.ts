// Modems on the bus against what the daemon needs for a start, for a change of one of them, and of
// memory. It uses one of them, the others are beside it.
import { cpuOf, family, memoryOf, threadsCpuOf } from '../idle.ts';
import { rest } from '../measure.ts';
import { linearMarks } from './chart.ts';
import type { Curve, Progress } from './curve.ts';
import { besideModems } from './modem-manager.ts';

const MODEMS = [1, 4, 16];
/** In turns; the least of them counts. */
const RUNS = 5;
const [STARTED_MS, CHANGES_MS, CHANGES_PER_S] = [2_500, 5_000, 10];

interface Cost {
  readonly modems: number;
  /** ms of processor time, with that of the `ip` processes. */
  readonly start: number;
  /** MiB of the daemon and its `ip monitor`. */
  readonly anonymous: number;
  /** ms of processor time of the daemon. */
  readonly change: number;
}

export async function modemsCurve(progress: Progress): Promise<Curve> {
  const all: Cost[] = [];
  for (let run = 0; run < RUNS; run += 1)
    for (const modems of MODEMS) {
      const cost = await costOf(modems);
      all.push(cost);
      progress(`${modems} modems: ${cells(cost).join(', ')}`);
    }
  const costs = MODEMS.map((modems) => leastOf(all.filter((cost) => cost.modems === modems)));
  const x = { says: 'modems on the bus', scale: 'linear' as const, marks: [0, 4, 8, 12, 16] };
  const panel = (title: string, unit: string, says: string, of: (cost: Cost) => number) => ({
    title,
    x,
    y: { says: unit, scale: 'linear' as const, marks: linearMarks(costs.map(of)) },
    lines: [{ says, points: costs.map((cost) => [cost.modems, of(cost)] as const) }],
  });
  return {
    panels: [
      panel('A start', 'processor time, ms', `with its ip processes, least of ${RUNS}`, ({ start }) => start),
      panel('Memory', 'MiB, anonymous', 'the daemon and its ip monitor', ({ anonymous }) => anonymous),
    ],
    heads: ['modems', 'processor time of a start', 'memory', 'a change of one modem'],
    rows: costs.map(cells),
  };
}

const cells = ({ modems, start, anonymous, change }: Cost): string[] => [
  String(modems),
  `${start.toFixed(0)} ms`,
  `${anonymous.toFixed(2)} MiB`,
  `${change.toFixed(2)} ms`,
];

function leastOf(costs: readonly Cost[]): Cost {
  const least = (of: (cost: Cost) => number) => Math.min(...costs.map(of));
  return {
    modems: costs[0]?.modems ?? 0,
    start: least(({ start }) => start),
    anonymous: least(({ anonymous }) => anonymous),
    change: least(({ change }) => change),
  };
}

function costOf(modems: number): Promise<Cost> {
  return besideModems(modems, [CHANGES_PER_S, 0], async ({ world, pid, modemManager }) => {
    await rest(STARTED_MS);
    const pids = await family(world, pid);
    const start = await cpuOf(world, pids);
    const { anonymous } = await memoryOf(world, pids);
    const before = await threadsCpuOf(world, pid);
    await modemManager.kill('SIGUSR2');
    await rest(CHANGES_MS);
    await modemManager.kill('SIGUSR2');
    await modemManager.waitForOutput(/sent \d+\s+sent \d+/);
    const sent = Number([...modemManager.stdout.matchAll(/^sent (\d+)$/gm)].at(-1)?.[1]);
    const change = ((await threadsCpuOf(world, pid)) - before) / sent;
    return { modems, start, anonymous: anonymous / 1024, change };
  });
}

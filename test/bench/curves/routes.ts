// Foreign routes, added while the daemon is online, against the time in which it puts a flushed
// address right, and its memory.
import { World } from '../../world/world.ts';
import { perceptLte } from '../contenders.ts';
import { Echoes, monotonicMs } from '../echoes.ts';
import { cpuOf, family, memoryOf, threadsCpuOf } from '../idle.ts';
import { addRoutes } from '../kernel.ts';
import { rest } from '../measure.ts';
import { type Figures, figuresOf } from '../report.ts';
import { linearMarks } from './chart.ts';
import { type Curve, count, type Progress } from './curve.ts';

const ROUTES = [0, 1_000, 10_000, 100_000];
const FLUSHES = 7;
/** By then the daemon has tidied up after its start (src/daemon/housekeeping.ts). */
const TIDY_MS = 63_000;

interface Cost {
  readonly routes: number;
  /** ms from the flush to the first echo. */
  readonly back: Figures;
  /** ms of processor time of each repair: the daemon, its `ip monitor` and each `ip`. */
  readonly cpu: number;
  /** MiB of the daemon and its `ip monitor`. */
  readonly anonymous: number;
  /** ms of processor time of both while the routes came. */
  readonly added: number;
}

export async function routesCurve(progress: Progress): Promise<Curve> {
  const costs: Cost[] = [];
  for (const routes of ROUTES) {
    const cost = await costOf(routes);
    costs.push(cost);
    progress(`${routes} foreign routes: ${cells(cost).join(', ')}`);
  }
  const x = { says: 'foreign routes', scale: 'linear' as const, marks: linearMarks(ROUTES) };
  const points = (of: (cost: Cost) => number) => costs.map((cost) => [cost.routes, of(cost)] as const);
  const [least, cpu] = [points(({ back }) => back.least), points((cost) => cost.cpu)];
  const memory = points(({ anonymous }) => anonymous);
  const marks = (all: typeof memory) => linearMarks(all.map(([, y]) => y));
  return {
    panels: [
      {
        title: 'An address that was flushed is put right',
        x,
        y: { says: 'ms', scale: 'linear', marks: marks([...least, ...cpu]) },
        lines: [
          { says: 'processor time of the daemon and its ip processes', points: cpu },
          { says: `until traffic passes, least of ${FLUSHES}`, points: least },
        ],
      },
      {
        title: 'Memory',
        x,
        y: { says: 'MiB, anonymous', scale: 'linear', marks: marks(memory) },
        lines: [{ says: 'the daemon and its ip monitor', points: memory }],
      },
    ],
    heads: ['foreign routes', 'processor time of a repair', 'until traffic passes', 'memory', 'while they were added'],
    rows: costs.map(cells),
  };
}

const cells = ({ routes, cpu, back, anonymous, added }: Cost): string[] => [
  count(routes),
  `${cpu.toFixed(0)} ms`,
  `${back.least.toFixed(0)} ms (median ${back.median.toFixed(0)})`,
  `${anonymous.toFixed(1)} MiB`,
  routes === 0 ? '' : `${added.toFixed(0)} ms, ${((added / routes) * 1000).toFixed(1)} µs each`,
];

async function costOf(routes: number): Promise<Cost> {
  const world = await World.start({ ethernet: true });
  try {
    await world.ethernet.up();
    await world.run(['ip', 'route', 'delete', 'default', 'dev', 'eth0']);
    const echoes = await Echoes.start(world);
    const { at, process } = await perceptLte.start(world);
    await echoes.backAfter(at);
    await rest(5_000);
    const pids = await family(world, process.pid);
    const added = await spent(world, pids, async () => {
      await addRoutes(world, routes);
      await rest(5_000);
    });
    const back: number[] = [];
    const before = await cpuOf(world, pids);
    for (let flush = 0; flush < FLUSHES; flush += 1) {
      await world.run(['ip', 'address', 'flush', 'dev', 'wwan0']);
      const from = monotonicMs();
      back.push((await echoes.backAfter(from)).to - from);
      await rest(3_000);
    }
    const cpu = ((await cpuOf(world, pids)) - before) / FLUSHES;
    await rest(Math.max(0, at + TIDY_MS - monotonicMs()));
    const { anonymous } = await memoryOf(world, pids);
    return { routes, back: figuresOf(back), cpu, anonymous: anonymous / 1024, added };
  } finally {
    await world.stop();
  }
}

async function spent(world: World, pids: readonly number[], work: () => Promise<void>): Promise<number> {
  const sum = async () => (await Promise.all(pids.map((pid) => threadsCpuOf(world, pid)))).reduce((a, b) => a + b, 0);
  const before = await sum();
  await work();
  return (await sum()) - before;
}

// Signals a second against the daemon's processor time: of a stranger on the bus, who is not
// believed, and of ModemManager, whose every change counts.
import type { WorldProcess } from '../../world/process.ts';
import { World } from '../../world/world.ts';
import { perceptLte } from '../contenders.ts';
import { Echoes, monotonicMs } from '../echoes.ts';
import { flooder, threadsCpuOf } from '../idle.ts';
import { rest } from '../measure.ts';
import { decades } from './chart.ts';
import { type Curve, count, type Progress } from './curve.ts';
import { besideModems } from './modem-manager.ts';

const RATES = [0, 10, 100, 1_000, 10_000];
const FLOOD_MS = 8_000;

/** Signals that got onto the bus, and ms of processor time, both in each second of the flood. */
type Point = readonly [rate: number, cpu: number];

export async function signalsCurve(progress: Progress): Promise<Curve> {
  const strangers = await strangersSignals(progress);
  const believed = await believedSignals(progress);
  const all = [...strangers, ...believed];
  return {
    panels: [
      {
        title: 'Signals on the bus',
        x: { says: 'signals a second', scale: 'log', marks: RATES },
        y: { says: 'processor time, ms in each second', scale: 'log', marks: decades(all.map(([, cpu]) => cpu)) },
        lines: [
          { says: 'changes that ModemManager tells', points: believed },
          { says: 'signals of a stranger', points: strangers },
        ],
        proportional: true,
      },
    ],
    heads: ['signals a second', 'of a stranger', 'changes that ModemManager tells'],
    rows: RATES.map((rate, index) => [count(rate), cell(strangers[index]), cell(believed[index])]),
  };
}

const cell = ([rate, cpu]: Point = [0, 0]): string =>
  rate === 0 ? `${cpu.toFixed(0)} ms/s` : `${cpu.toFixed(0)} ms/s, ${count((cpu / rate) * 1000)} µs each`;

async function strangersSignals(progress: Progress): Promise<Point[]> {
  const world = await World.start();
  try {
    const echoes = await Echoes.start(world);
    const { at, process } = await perceptLte.start(world);
    await echoes.backAfter(at);
    await echoes.stop();
    const points: Point[] = [];
    for (const rate of RATES) {
      const begin = async () => {
        const argv = [globalThis.process.execPath, flooder, String(process.pid), String(rate)];
        const stranger = await world.spawn(argv);
        await stranger.waitForOutput(/^begun$/m);
        return stranger;
      };
      const end = async (stranger: WorldProcess) => {
        await stranger.end('SIGTERM');
        return Number(/^sent (\d+)$/m.exec(stranger.stdout)?.[1]);
      };
      points.push(await flooded(world, process.pid, begin, end));
      progress(`${rate} signals a second of a stranger: ${cell(points.at(-1))}`);
    }
    return points;
  } finally {
    await world.stop();
  }
}

function believedSignals(progress: Progress): Promise<Point[]> {
  // Each rate ends by one of 0.
  const rates = RATES.flatMap((rate) => [rate, 0]);
  return besideModems(1, rates, async ({ world, pid, modemManager }) => {
    const points: Point[] = [];
    let told = 0;
    const next = async () => {
      told += 1;
      await modemManager.kill('SIGUSR2');
      await modemManager.waitForOutput(new RegExp(`(sent \\d+\\s+){${told}}`));
    };
    const end = async () => {
      await next();
      return Number([...modemManager.stdout.matchAll(/^sent (\d+)$/gm)].at(-1)?.[1]);
    };
    for (const rate of RATES) {
      points.push(await flooded(world, pid, next, end));
      progress(`${rate} changes a second of ModemManager's: ${cell(points.at(-1))}`);
    }
    return points;
  });
}

/** Floods, and counts until all is taken in: on a busy machine that is later than the end. */
async function flooded<T>(
  world: World,
  pid: number,
  begin: () => Promise<T>,
  end: (begun: T) => Promise<number>,
): Promise<Point> {
  await quiet(world, pid);
  const cpu = await threadsCpuOf(world, pid);
  const begun = await begin();
  const began = monotonicMs();
  await rest(FLOOD_MS);
  const sent = await end(begun);
  const seconds = (monotonicMs() - began) / 1000;
  return [sent / seconds, ((await quiet(world, pid)) - cpu) / seconds];
}

const QUIET_MS = 1_000;

/** Waits for a second in which it does next to nothing. Its processor time until then, in ms. */
async function quiet(world: World, pid: number): Promise<number> {
  for (;;) {
    const cpu = await threadsCpuOf(world, pid);
    await rest(QUIET_MS);
    if ((await threadsCpuOf(world, pid)) - cpu < 5) return cpu;
  }
}

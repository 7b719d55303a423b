// What a large and a busy routing table of the host cost this daemon: the same world without and
// with 100,000 routes of somebody else, and with 40 changes a second that are none of the link's
// business.

import { World } from '../world/world.ts';
import { perceptLte } from './contenders.ts';
import { Echoes, monotonicMs } from './echoes.ts';
import { cpuOf, family, memoryOf } from './idle.ts';
import { rest } from './measure.ts';
import { type Figures, figuresOf } from './report.ts';

const ROUTES = 100_000;
const FLUSHES = 5;

/** Each turn is four changes: a route and an address of a container's interface come and go. */
const CHURN = `ip link add c0 type veth peer name c1; ip link set c0 up; ip link set c1 up
while sleep 0.1; do printf '%s\\n' 'address add 10.200.0.1/32 dev c0' 'route add 10.201.0.0/16 dev c0' 'route delete 10.201.0.0/16 dev c0' \
'address delete 10.200.0.1/32 dev c0' | ip -batch -; done`;

export interface KernelCost {
  /** MiB, of the daemon and its `ip monitor`. */
  readonly pss: number;
  /** ms from the flush of the link's addresses to the first ping that passes again. */
  readonly flushed: Figures;
  /** ms of processor time in each second of rest, and of foreign changes, 40 a second. */
  readonly idleCpu: number;
  readonly busyCpu: number;
}

/** Adds so many routes by way of eth0, which no packet takes. */
export async function addRoutes(world: World, count: number): Promise<void> {
  const line = '"route add 10.".int($_/65536).".".int($_/256)%256 .".".($_%256)."/32 via 192.168.77.1 dev eth0\\n"';
  if (count > 0) await world.run(['sh', '-c', `perl -e 'print ${line} for 0..${count - 1}' | ip -batch -`]);
}

/** Brings the daemon online beside `routes` foreign routes, and measures for `ms` each. */
async function costBeside(routes: number, ms: number): Promise<KernelCost> {
  const world = await World.start({ ethernet: true });
  try {
    await world.ethernet.up();
    await world.run(['ip', 'route', 'delete', 'default', 'dev', 'eth0']);
    await addRoutes(world, routes);
    const echoes = await Echoes.start(world);
    const { at, process } = await perceptLte.start(world);
    await echoes.backAfter(at);
    await rest(5_000);
    const flushed: number[] = [];
    for (let count = 0; count < FLUSHES; count += 1) {
      await world.run(['ip', 'address', 'flush', 'dev', 'wwan0']);
      const from = monotonicMs();
      flushed.push((await echoes.backAfter(from)).to - from);
      await rest(3_000);
    }
    await echoes.stop();
    const pids = await family(world, process.pid);
    const spent = async () => {
      const before = await cpuOf(world, pids);
      await rest(ms);
      return ((await cpuOf(world, pids)) - before) / (ms / 1000);
    };
    const idleCpu = await spent();
    const churn = await world.spawn(['sh', '-c', CHURN]);
    const busyCpu = await spent();
    await churn.end('SIGKILL');
    return { pss: (await memoryOf(world, pids)).pss / 1024, flushed: figuresOf(flushed), idleCpu, busyCpu };
  } finally {
    await world.stop();
  }
}

/** The table, for a person. */
export async function kernelReport(ms: number): Promise<string> {
  const empty = await costBeside(0, ms);
  const full = await costBeside(ROUTES, ms);
  const row = (what: string, of: (cost: KernelCost) => string) => [what, of(empty), of(full)];
  const lines = [
    ['', 'no foreign routes', `${ROUTES} foreign routes`],
    row('memory (PSS)', ({ pss }) => `${pss.toFixed(1)} MiB`),
    row(
      'address flushed to online',
      ({ flushed: { median, least, most } }) =>
        `${Math.round(median)} ms (${Math.round(least)} to ${Math.round(most)})`,
    ),
    row('processor time at rest', ({ idleCpu }) => `${idleCpu.toFixed(1)} ms/s`),
    row('  with 40 foreign changes a second', ({ busyCpu }) => `${busyCpu.toFixed(1)} ms/s`),
  ];
  return `${lines.map(([what = '', ...cells]) => [what.padEnd(36), ...cells.map((cell) => cell.padEnd(26))].join('').trimEnd()).join('\n')}\n`;
}

// One soak: random faults, overlapping, in one world, on one daemon; then quiet, and what must be
// true after it.

import { bearerFaults, differences, readCondition } from '../faults/condition.ts';
import { apn, type Settings } from '../faults/fault.ts';
import { managers } from '../faults/managers.ts';
import { Reachability } from '../faults/reachability.ts';
import { World } from '../world/world.ts';
import { soakFaults } from './faults.ts';
import { type Figures, median, readFigures, slopeOf } from './figures.ts';
import { hostSoakFaults } from './host-faults.ts';
import { Random } from './random.ts';

export interface SoakOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly say: (line: string) => void;
  /** Whether there is an ethernet with a better default route (default no). */
  readonly ethernet?: boolean;
  /**
   * Started beside the daemon once it is online; what it resolves with is run when the soak is over
   * and the world still there.
   */
  readonly beside?: (world: World) => Promise<() => Promise<void>>;
}

export interface SoakResult {
  readonly faults: number;
  /** Seconds after the last fault had healed until it was online and right. */
  readonly recoveredAfter: number;
  readonly wrong: readonly string[];
  readonly begin: Figures;
  readonly end: Figures;
  readonly rssSlope: number;
  readonly rssGrowth: number;
  readonly reachable: number;
  readonly attempts: number;
  readonly journal: string;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const settings: Settings = { apn, probeInterval: '10s', attemptsPerHour: 3600 };
const atOnce = 3;
const sampleEveryMs = 10_000;
/** A refusal without a reason rests 15 min and a quarter of that (schedule/holds.ts). */
const recoveryLimitMs = 20 * 60_000;

/** RSS of the last third may be this much above that of the middle third. */
const rssMarginKb = 12_000;

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const world = await World.start({ activatable: true, ethernet: options.ethernet ?? false });
  try {
    return await soakIn(world, options);
  } finally {
    await world.stop();
  }
}

async function soakIn(world: World, { seed, minutes, say, beside }: SoakOptions): Promise<SoakResult> {
  const manager = await managers['percept-lte'].start(world, settings);
  const reachability = new Reachability(world);
  await reachability.start();
  await holds(() => Promise.resolve(reachability.answersSince !== undefined), 30_000);
  const over = await beside?.(world);
  await sleep(5_000);
  const reference = await readCondition(world);
  const began = Date.now();
  const figures: Figures[] = [];
  const sample = async (): Promise<Figures> => {
    const now = await readFigures(world, manager.pid, (Date.now() - began) / 60_000);
    figures.push(now);
    return now;
  };
  const begin = await sample();
  const faults = await faultsAtRandom(world, new Random(seed), began + minutes * 60_000, sample, say);
  const quietSince = Date.now();
  const wrongNow = async (): Promise<string[]> => {
    const condition = differences(reference, await readCondition(world));
    const unreachable = reachability.answersSince === undefined ? ['not reachable'] : [];
    return [...unreachable, ...condition, ...(await bearerFaults(world)), ...(await manager.managed.complaints())];
  };
  // The last look counts. Another one after it might meet an `ip` of the daemon that is underway.
  let wrong: readonly string[] = [];
  await holds(async () => {
    wrong = await wrongNow();
    return wrong.length === 0;
  }, recoveryLimitMs);
  const recoveredAfter = (Date.now() - quietSince) / 1000;
  await sleep(15_000);
  const end = await sample();
  await over?.();
  manager.release();
  const growth = growthOf(figures);
  return {
    faults,
    recoveredAfter,
    begin,
    end,
    rssSlope: slopeOf(figures),
    rssGrowth: growth,
    reachable: 1 - reachability.offlineMs(began) / (Date.now() - began),
    attempts: (await world.modem.attempts()).filter(({ kind }) => kind === 'activate').length,
    journal: manager.journal,
    wrong: [...wrong, ...changesOf(begin, end, growth), ...(manager.ends > 0 ? ['the daemon ended'] : [])],
  };
}

function changesOf(begin: Figures, end: Figures, growthKb: number): string[] {
  const constant = (['openFiles', 'matchRules', 'children'] as const).flatMap((what) =>
    begin[what] === end[what] ? [] : [`${what}: ${begin[what]} at first, ${end[what]} at the end`],
  );
  return [...constant, ...(growthKb > rssMarginKb ? [`RSS grew by ${growthKb} kB`] : [])];
}

function growthOf(figures: readonly Figures[]): number {
  const third = Math.floor(figures.length / 3);
  const rss = figures.map(({ rssKb }) => rssKb);
  return median(rss.slice(-third)) - median(rss.slice(third, 2 * third));
}

/**
 * Faults until `end`, at most three at once; resolves with their number when the last has healed.
 */
async function faultsAtRandom(
  world: World,
  random: Random,
  end: number,
  sample: () => Promise<Figures>,
  say: (line: string) => void,
): Promise<number> {
  const running = new Set<Promise<void>>();
  let count = 0;
  let sampledAt = Date.now();
  while (Date.now() < end) {
    if (running.size < atOnce) {
      const fault = random.pick([...soakFaults, ...hostSoakFaults]);
      const ms = random.between(200, 9_000);
      count += 1;
      // A fault may fail to happen, such as one of a ModemManager that is gone: then others have
      // happened already.
      const work = fault
        .run(world, ms)
        .catch((error: unknown) => say(`${fault.name}: ${String(error).split('\n')[0]}`))
        .finally(() => running.delete(work));
      running.add(work);
    }
    await sleep(random.between(100, 6_000));
    if (Date.now() - sampledAt < sampleEveryMs) continue;
    sampledAt = Date.now();
    const { minute, rssKb, openFiles, matchRules, children } = await sample();
    say(
      `${minute.toFixed(1)} min: ${count} faults, RSS ${rssKb} kB, ${openFiles} files, ${matchRules} rules, ${children} children`,
    );
  }
  await Promise.all(running);
  await world.modem.acceptConnect();
  return count;
}

async function holds(look: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    if (await look()) return true;
    await sleep(200);
  }
  return false;
}

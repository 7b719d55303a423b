// All boards stand on an Ethernet (or Wi-Fi) whose provider dies, with LTE attached and idle beside
// it: when each moves its traffic to LTE, and back. These are moves of traffic: LTE sees no attach.
// The deciding is the daemon's, and the way is asked by the constants of its watch.
import type { BetterWay, BetterWays, OwnLink } from '../../src/connection/uplinks/better-ways.ts';
import * as better from '../../src/connection/uplinks/better-ways.ts';
import { INTERVAL_MS, ROUND_EVERY_MS, ROUNDS, restBetweenAsks } from '../../src/runner/uplinks/watch-uplinks.ts';
import { seeded } from './queue.ts';
import { BINS_PER_SECOND } from './scenario.ts';
import { bySecond, peak } from './simulate.ts';

interface UplinkScenario {
  readonly name: string;
  readonly says: string;
  /** The provider is dead at this moment, in milliseconds since it died first. */
  readonly isDead: (ms: number) => boolean;
  /** From here on it is well for good. */
  readonly healthyFromMs: number;
}

const MINUTE_MS = 60_000;

/** Dead for the first minute of every `everyMs`, for an hour. */
const flapping = (everyMs: number) => ({
  isDead: (ms: number) => ms >= 0 && ms < 60 * MINUTE_MS && ms % everyMs < MINUTE_MS,
  healthyFromMs: 61 * MINUTE_MS - everyMs,
});

export const uplinkScenarios: readonly UplinkScenario[] = [
  {
    name: 'd',
    says: 'the ethernet provider of all boards is dead for 30 minutes; LTE is attached and idle',
    isDead: (ms) => ms >= 0 && ms < 30 * MINUTE_MS,
    healthyFromMs: 30 * MINUTE_MS,
  },
  { name: 'e', says: 'it flaps each minute for an hour: one dead, one well', ...flapping(2 * MINUTE_MS) },
  { name: 'f', says: 'it is dead for a minute in every ten, for an hour', ...flapping(10 * MINUTE_MS) },
];

/** Round trips to what is asked: some 10 to 60 ms by Ethernet, 50 to 250 ms by an idle LTE. */
const ETHERNET_MS = { least: 10, spread: 50 } as const;
const LTE_MS = { least: 50, spread: 200 } as const;

/** Every board moves back within this of the provider being well for good, or the run throws. */
const LATEST_MS = 2 * 60 * MINUTE_MS;

const ETH0: BetterWay = { family: 4, interface: 'eth0', metric: 100, gateway: '192.168.1.1', source: '192.168.1.2' };
const LTE: OwnLink = { works: true, reaches: false, bytes: undefined };
const at = (ms: number) => ({ monotonicMs: ms, wallMs: ms });

interface UplinkRun {
  readonly boards: number;
  /** Moves, by tenths of a second since the first death. */
  readonly toLte: Uint32Array;
  readonly back: Uint32Array;
  /** The take-overs of the board that has the most; moves before the policy's waits were over. */
  most: number;
  tooEarly: number;
}

export function simulateUplink(scenario: UplinkScenario, boards: number, seed: number): UplinkRun {
  const bins = () => new Uint32Array(((scenario.healthyFromMs + LATEST_MS) / 1000) * BINS_PER_SECOND);
  const run: UplinkRun = { boards, toLte: bins(), back: bins(), most: 0, tooEarly: 0 };
  const chance = seeded(seed);
  for (let board = 0; board < boards; board += 1) runBoard(scenario, run, chance);
  return run;
}

/** One board; boards do not share anything here, so each has the clock for itself. */
function runBoard({ isDead, healthyFromMs }: UplinkScenario, run: UplinkRun, chance: () => number): void {
  let now: BetterWays = better.NO_BETTER_WAYS;
  let lastTakenMs = Number.NEGATIVE_INFINITY;
  let takeOvers = 0;
  const become = (next: BetterWays, ms: number) => {
    const wasTaken = now.taken !== undefined;
    now = next;
    const isBack = next.taken === undefined;
    if (isBack !== wasTaken) return;
    const bins = isBack ? run.back : run.toLte;
    const bin = Math.floor((ms * BINS_PER_SECOND) / 1000);
    if (bin >= bins.length) throw new Error(`a board moves ${ms} ms after the death`);
    bins[bin] = (bins[bin] ?? 0) + 1;
    const waitMs = isBack ? better.grownWait(better.LEAST_BETWEEN_MOVES_MS, takeOvers) : better.LEAST_BETWEEN_MOVES_MS;
    if (ms - lastTakenMs < waitMs) run.tooEarly += 1;
    if (!isBack) [lastTakenMs, takeOvers] = [ms, takeOvers + 1];
  };
  // The boards' looks are spread evenly over the interval.
  for (let ms = -chance() * INTERVAL_MS; ; ) {
    const before = better.judgementOf(now, ETH0.interface)?.verdict;
    // A look that finds what is known, with the traffic where that wants it, is left out for speed.
    const isQuiet = before === (now.taken === undefined ? 'answers' : 'silent');
    if (!isQuiet) become(better.withWays(now, [ETH0], LTE, at(ms)), ms);
    const most = before === 'silent' ? 1 : ROUNDS;
    let askedMs = ms;
    for (let round = 1; round <= most && isDead(askedMs); round += 1) askedMs += ROUND_EVERY_MS;
    const isSilent = askedMs - ms >= most * ROUND_EVERY_MS;
    if (!isSilent) askedMs += ETHERNET_MS.least + chance() * ETHERNET_MS.spread;
    const reaches = isSilent && now.taken === undefined;
    const endsMs = askedMs + (reaches ? LTE_MS.least + chance() * LTE_MS.spread : 0);
    const [verdict, since] = isSilent ? (['silent', at(ms)] as const) : (['answers', at(endsMs)] as const);
    const seen = { name: ETH0.interface, verdict, since };
    if (!isQuiet || verdict !== before) become(better.withVerdict(now, seen, { ...LTE, reaches }, at(endsMs)), endsMs);
    if (ms >= healthyFromMs && !isSilent && now.taken === undefined) break;
    ms = askedMs + restBetweenAsks(chance());
  }
  run.most = Math.max(run.most, takeOvers);
}

/** Whether no board moved more often, or sooner, than the policy's waits allow. */
export const isWithinPolicy = (scenario: UplinkScenario, { most, tooEarly }: UplinkRun) =>
  tooEarly === 0 && most <= allowedTakeOvers(scenario);

/** As many take-overs as the policy's waits have room for until the provider is well for good. */
function allowedTakeOvers({ healthyFromMs }: UplinkScenario): number {
  let takeOvers = 1;
  for (let ms = 0; ; takeOvers += 1) {
    ms += better.grownWait(better.LEAST_BETWEEN_MOVES_MS, takeOvers);
    if (ms > healthyFromMs) return takeOvers;
  }
}

export function uplinkTable(scenario: UplinkScenario, run: UplinkRun): string {
  const { boards, toLte, back, most, tooEarly } = run;
  const row = (name: string, cell: (bins: Uint32Array, fromMs: number) => string | number) =>
    `${name.padEnd(34)}${String(cell(toLte, 0)).padStart(18)}${String(cell(back, scenario.healthyFromMs)).padStart(18)}`;
  const after = (share: number) => (bins: Uint32Array, fromMs: number) => {
    if (total(bins) !== boards) return 'more than once';
    let bin = 0;
    for (let moved = 0; moved < boards * share; bin += 1) moved += bins[bin] ?? 0;
    return `${(bin / BINS_PER_SECOND - fromMs / 1000).toFixed(1)} s`;
  };
  const each = (name: string, bins: Uint32Array, fromMs: number) => {
    const told = [...bySecond(bins)].map((count, second) => (count > 0 ? ` ${second - fromMs / 1000}: ${count}` : ''));
    return total(bins) === boards ? [`${name} in each second:${told.filter(Boolean).join(',')}`] : [];
  };
  return `${[
    `(${scenario.name}) ${scenario.says}`,
    `${''.padEnd(34)}${'to LTE'.padStart(18)}${'back'.padStart(18)}`,
    row('peak, moves a second', peak),
    row('moves in all, a board', (bins) => (total(bins) / boards).toFixed(2)),
    ...[0.5, 0.99, 1].map((share) => row(`${100 * share} % have moved`, after(share))),
    '  (since the first death; since it is well for good. LTE sees no attach: its session goes on)',
    `most take-overs of a board: ${most} (allowed: ${allowedTakeOvers(scenario)}); moves too early: ${tooEarly}`,
    ...each('to LTE', toLte, 0),
    ...each('back', back, scenario.healthyFromMs),
  ].join('\n')}\n`;
}

const total = (bins: Uint32Array) => bins.reduce((sum, count) => sum + count, 0);

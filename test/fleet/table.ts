// What a terminal shows of a scenario: figures for each policy, and attempts a second over time,
// coarsely.
import type { Scenario } from './scenario.ts';
import { backAfter, type Run } from './simulate.ts';

/** The edges of the rows of attempts over time, in seconds. */
const EDGES = [0, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 1860, 1920, 2100, 2400, 3600, 7200, 14_400, 43_200];

const seconds = (value: number | undefined) =>
  value === undefined ? 'never seen' : `${value.toFixed(value < 100 ? 1 : 0)} s`;
const columns = (cells: readonly string[]) =>
  cells.map((cell, index) => (index === 0 ? cell.padEnd(34) : cell.padStart(18))).join('');

export function table(scenario: Scenario, runs: readonly Run[]): string {
  const row = (name: string, cell: (run: Run) => string) => columns([name, ...runs.map(cell)]);
  const since =
    scenario.healthyFromMs === 0 ? 'since the start' : `since the carrier is back, ${scenario.healthyFromMs / 1000} s`;
  const lines = [
    `(${scenario.name}) ${scenario.says}`,
    row('', (run) => run.policy),
    row('peak, attempts a second', (run) => String(run.peakPerSecond)),
    row('attempts in all, a board', (run) => (run.totalAttempts / run.boards).toFixed(1)),
    row('50 % back', (run) => seconds(backAfter(run, 0.5))),
    row('99 % back', (run) => seconds(backAfter(run, 0.99))),
    row('all back', (run) => seconds(backAfter(run, 1))),
    `  (${since})`,
    'attempts a second, mean (most):',
  ];
  for (const [index, from] of EDGES.entries()) {
    const to = Math.min(EDGES[index + 1] ?? from, scenario.untilMs / 1000);
    if (to <= from || runs.every((run) => sum(run, from, to) === 0)) continue;
    lines.push(
      row(`  ${from} … ${to} s`, (run) => `${(sum(run, from, to) / (to - from)).toFixed(0)} (${most(run, from, to)})`),
    );
  }
  return `${lines.join('\n')}\n`;
}

const sum = (run: Run, from: number, to: number) =>
  run.attempts.subarray(from, to).reduce((total, count) => total + count, 0);
const most = (run: Run, from: number, to: number) =>
  run.attempts.subarray(from, to).reduce((top, count) => Math.max(top, count), 0);

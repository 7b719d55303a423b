// The picture: a panel for each scenario, attempts a second over time for each policy, both axes
// logarithmic.
import type { Scenario } from './scenario.ts';
import { backAfter, type Run } from './simulate.ts';

const WIDTH = 900;
const PANEL = 250;
const LEFT = 70;
const RIGHT = 20;
const TOP = 46;
const BOTTOM = 34;
const COLOURS = ['#0a7d4b', '#c2410c', '#1d4ed8'];
const MOST = 6; // decades of attempts a second

const panelHeight = PANEL + TOP + BOTTOM;

export function picture(panels: readonly { readonly scenario: Scenario; readonly runs: readonly Run[] }[]): string {
  const height = panels.length * panelHeight + 10;
  const body = panels.map(
    ({ scenario, runs }, index) => `<g transform="translate(0 ${index * panelHeight})">${panel(scenario, runs)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>${body.join('')}</svg>\n`;
}

function panel(scenario: Scenario, runs: readonly Run[]): string {
  const lastSecond = Math.max(...runs.map((run) => run.attempts.findLastIndex((count) => count > 0))) + 1;
  const x = (second: number) => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log10(1 + second)) / Math.log10(1 + lastSecond);
  const y = (count: number) => TOP + PANEL - (PANEL * Math.log10(1 + count)) / MOST;
  const parts = [`<text x="${LEFT}" y="16" font-weight="bold">(${scenario.name}) ${scenario.says}</text>`];
  for (let decade = 1; decade <= MOST; decade += 1) {
    const at = y(10 ** decade).toFixed(1);
    parts.push(
      `<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="#e5e5e5"/><text x="${LEFT - 6}" y="${at}" text-anchor="end">${10 ** decade}</text>`,
    );
  }
  for (const second of [1, 10, 60, 300, 1800, 3600, 7200, 43_200].filter((mark) => mark <= lastSecond)) {
    const at = x(second).toFixed(1);
    parts.push(
      `<path d="M${at} ${TOP}V${TOP + PANEL}" stroke="#e5e5e5"/><text x="${at}" y="${TOP + PANEL + 14}" text-anchor="middle">${second} s</text>`,
    );
  }
  if (scenario.healthyFromMs > 0) {
    const at = x(scenario.healthyFromMs / 1000).toFixed(1);
    parts.push(`<path d="M${at} ${TOP}V${TOP + PANEL}" stroke="#999" stroke-dasharray="4 3"/>`);
  }
  // Ours last, on top.
  for (const [index, run] of [...runs.entries()].reverse()) {
    const colour = COLOURS[index] ?? '#000';
    const back = backAfter(run, 0.99);
    const figures = `peak ${run.peakPerSecond}/s, 99 % back ${back === undefined ? 'never seen' : `after ${back.toFixed(0)} s`}`;
    parts.push(`<text x="${LEFT + index * 275}" y="34" fill="${colour}">${run.policy}: ${figures}</text>`);
    parts.push(`<path d="${line(run, lastSecond, x, y)}" fill="none" stroke="${colour}" stroke-width="1.2"/>`);
  }
  return parts.join('');
}

/** One point a pixel: the most attempts in any second that falls on it. */
function line(run: Run, lastSecond: number, x: (second: number) => number, y: (count: number) => number): string {
  const tops = new Map<number, number>();
  for (let second = 0; second < lastSecond; second += 1) {
    const pixel = Math.round(x(second));
    tops.set(pixel, Math.max(tops.get(pixel) ?? 0, run.attempts[second] ?? 0));
  }
  return [...tops].map(([pixel, count], index) => `${index === 0 ? 'M' : 'L'}${pixel} ${y(count).toFixed(1)}`).join('');
}

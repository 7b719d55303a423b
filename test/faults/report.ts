// The table as text: a line a row for the terminal, and the columns side by side for the README.

import { awaits } from './awaits.ts';
import type { Outcome } from './play.ts';
import { heavyOf, spokenRungs } from './rungs.ts';

/** One line of the running table. */
export function rowOf({ name, survived, seconds, attempts, rungs, reasons }: Outcome): string {
  const why = reasons.length === 0 ? '' : `  ${reasons.join('; ').slice(0, 300)}`;
  const climbed = rungs === undefined || spokenRungs(rungs) === '' ? '' : `  [${spokenRungs(rungs)}]`;
  const awaited = awaits[name] === undefined ? '' : `  (awaits: ${awaits[name]})`;
  const time = `${seconds.toFixed(2)} s`.padStart(9);
  return `${survived ? 'yes' : 'NO '}  ${name.padEnd(82)} ${time} ${String(attempts).padStart(3)}${climbed}${why}${awaited}`;
}

/**
 * Survived n of m, seconds offline, attempts and those refused; rungs in the rows in which none may
 * be climbed.
 */
export function totalsOf(outcomes: readonly Outcome[]): string {
  const survived = outcomes.filter((outcome) => outcome.survived).length;
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
  const attempts = outcomes.reduce((sum, outcome) => sum + outcome.attempts, 0);
  const refused = outcomes.reduce((sum, outcome) => sum + outcome.refused, 0);
  const gentle = outcomes.filter((outcome) => outcome.gentle);
  const heavy = gentle.reduce((sum, { rungs }) => sum + (rungs === undefined ? 0 : heavyOf(rungs)), 0);
  const attempted = `${attempts} attempts, ${refused} of them refused`;
  const climbed = `${heavy} rungs above the radio cycle in the ${gentle.length} rows of refusal, SIM and coverage`;
  return `survived ${survived} of ${outcomes.length}, offline ${seconds.toFixed(1)} s, ${attempted}; ${climbed}`;
}

export interface Column {
  readonly title: string;
  readonly outcomes: readonly Outcome[];
}

/**
 * The columns side by side: seconds offline, or "no" with the limit that counts; attempts in
 * brackets where some were refused. The totals are of the rows that all of them have played.
 */
export function markdownOf(columns: readonly Column[]): string {
  const names = columns[0]?.outcomes.map(({ name }) => name) ?? [];
  const played = ({ outcomes }: Column, name: string) => outcomes.find((candidate) => candidate.name === name);
  const common = columns.map((column) => names.flatMap((name) => (isCommon(name) ? (played(column, name) ?? []) : [])));
  function isCommon(name: string): boolean {
    return columns.every((column) => played(column, name) !== undefined);
  }
  const cell = (column: Column, name: string): string => {
    const outcome = played(column, name);
    return outcome === undefined ? '' : cellOf(outcome);
  };
  const total = (what: string, of: (outcomes: readonly Outcome[]) => string) =>
    `| **${what}** | ${common.map((outcomes) => `**${of(outcomes)}**`).join(' | ')} |`;
  const lines = [
    `| fault | ${columns.map(({ title }) => title).join(' | ')} |`,
    `|---|${columns.map(() => '--:|').join('')}`,
    ...names.map((name) => `| ${name} | ${columns.map((column) => cell(column, name)).join(' | ')} |`),
    total('survived', (all) => `${all.filter(({ survived }) => survived).length} of ${all.length}`),
    total('seconds offline', (all) => sum(all, ({ seconds }) => seconds).toFixed(0)),
    total('attempts that the carrier refused', (all) => String(sum(all, ({ refused }) => refused))),
  ];
  return `${lines.join('\n')}\n`;
}

function cellOf({ survived, seconds, attempts, refused }: Outcome): string {
  const time = seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0);
  const sent = refused > 0 ? ` (${attempts} attempts)` : '';
  return survived ? `${time} s${sent}` : `**no**, ${time} s${sent}`;
}

function sum(outcomes: readonly Outcome[], of: (outcome: Outcome) => number): number {
  return outcomes.reduce((total, outcome) => total + of(outcome), 0);
}

// What each curve is to the report: a picture, and its numbers as a table.
import type { Panel } from './chart.ts';

export interface Curve {
  readonly panels: readonly Panel[];
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Told of what is under way. */
export type Progress = (line: string) => void;

/** The table in Markdown. */
export function tableOf({ heads, rows }: Curve): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${'--:|'.repeat(heads.length)}`, ...rows.map(line), ''].join('\n');
}

export const count = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 0 });

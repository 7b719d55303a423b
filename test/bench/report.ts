// The figures of a benchmark as a person, a README or a program reads them.

export interface Figures {
  readonly count: number;
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Ours beside what it is measured by. */
export interface Row {
  readonly what: string;
  readonly unit: 'ms' | 'MiB' | 's' | '' | 'MB';
  readonly ours: Figures;
  /** Undefined where there is nothing to compare with. */
  readonly beside: { readonly name: string; readonly figures: Figures } | undefined;
  /** The most that the ratio, or without one our own figure, is to be. */
  readonly target?: number;
}

export interface Report {
  readonly machine: string;
  readonly versions: string;
  readonly rows: readonly Row[];
}

/** Median, least and most of at least one value. */
export function figuresOf(values: readonly number[]): Figures {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { count: sorted.length, median, least: at(0), most: at(sorted.length - 1) };
}

const heads = ['', 'percept-lte', 'beside', '', 'ratio', 'target'] as const;

export function asText(report: Report): string {
  const lines = [heads, ...report.rows.map(cells)];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const table = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [report.machine, report.versions, 'median (least to most; number of runs)', '', ...table, ''].join('\n');
}

export function asMarkdown(report: Report): string {
  const line = (columns: readonly string[]): string => `| ${columns.join(' | ')} |`;
  const table = [line(heads), line(heads.map(() => '---')), ...report.rows.map((row) => line(cells(row)))];
  return [`${report.machine}; ${report.versions}. Median (least to most; number of runs).`, '', ...table, ''].join(
    '\n',
  );
}

function cells({ what, unit, ours, beside, target }: Row): string[] {
  const text = ({ count, median, least, most }: Figures): string => {
    const spread = count === 1 ? '' : ` (${number(least)} to ${number(most)}; ${count})`;
    return `${number(median)}${unit === '' ? '' : ` ${unit}`}${spread}`;
  };
  const limit = target === undefined ? '' : `≤ ${target}`;
  if (beside === undefined) return [what, text(ours), '', '', '', limit];
  const { name, figures } = beside;
  const ratio = figures.median > 0 ? (ours.median / figures.median).toFixed(2) : '';
  return [what, text(ours), text(figures), name, ratio, limit];
}

function number(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}

// The dashboard as a program reads it: its panels, and their queries as Grafana would send them.
import { readFileSync } from 'node:fs';

export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly type: 'stat' | 'timeseries' | 'bargauge' | 'table';
  readonly fieldConfig: {
    readonly defaults: { readonly unit?: string; readonly custom?: Readonly<Record<string, unknown>> };
  };
  /** The least time from one point to the next. */
  readonly interval?: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string; readonly instant?: boolean }[];
}

const FILE = new URL('../../config/monitoring/percept-lte.dashboard.json', import.meta.url);

/** The panels, in their order. */
export const panels = (): readonly Panel[] =>
  (JSON.parse(readFileSync(FILE, 'utf8')) as { readonly panels: readonly Panel[] }).panels;

/** What stands for Grafana's variables. */
export interface Shown {
  /** A regular expression. */
  readonly instance: string;
  /** The time shown, in seconds. */
  readonly seconds: number;
  readonly scrapeSeconds: number;
  /** From one point to the next. */
  readonly stepSeconds: number;
}

/** `expr` as Grafana would send it. */
export const queryOf = (expr: string, { instance, seconds, scrapeSeconds, stepSeconds }: Shown): string =>
  expr
    .replaceAll('$instance', instance)
    .replaceAll('$__range', `${Math.ceil(seconds)}s`)
    .replaceAll('$__rate_interval', `${Math.max(stepSeconds + scrapeSeconds, 4 * scrapeSeconds)}s`);

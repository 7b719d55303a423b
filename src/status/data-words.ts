// What a data plan and its period are called, for the journal and for whoever shows the status.
import { spokenBytes } from '../system/spoken.ts';
import type { Status } from './schema.ts';

type Data = NonNullable<Status['data']>;

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];

/** `1 November`, by the local time of the host. */
function dayOfMonth(time: string): string {
  const then = new Date(time);
  return `${then.getDate()} ${MONTHS[then.getMonth()]}`;
}

/** The limit as a person would write it: `500 MB`, not `500.0 MB`. */
export const dataLimit = ({ limit = 0 }: Pick<Data, 'limit'>): string => spokenBytes(limit).replace('.0 ', ' ');

/** `since 1 November; next period begins 1 December`, or that nobody knows. */
export function periodWords({ since, until }: Pick<Data, 'since' | 'until'>): string {
  if (since === undefined || until === undefined)
    return 'since counting began; no period is known, since the clock was never right';
  return `since ${dayOfMonth(since)}; next period begins ${dayOfMonth(until)}`;
}

/** What is used of a period, with its share of the limit where there is one. */
export function periodUse(data: Data): string {
  const { period, limit } = data;
  const share =
    limit === undefined ? '' : `, ${Math.floor((period * 100) / Math.max(1, limit))} % of ${dataLimit(data)}`;
  return `${spokenBytes(period)}${share} (${periodWords(data)})`;
}

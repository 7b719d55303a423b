// `percept-lte incidents`: the outages that are remembered, over reboots too, the newest last.
import type { Status } from '../status/schema.ts';
import { barsText } from '../status/signal.ts';
import { escaped, humanDuration } from '../system/log-line.ts';
import { timeOfDay } from '../system/spoken.ts';
import { type CliContext, EXIT } from './context.ts';
import { statusOrSay } from './running.ts';

/** Prints them; 1 when the daemon does not run. */
export async function incidents(context: CliContext, { json }: { readonly json: boolean }): Promise<number> {
  const status = await statusOrSay(context);
  if (status === undefined) return EXIT.fault;
  if (json) context.out(JSON.stringify(status.incidents, undefined, 2));
  else if (status.incidents.length === 0) context.out('no outage is remembered');
  else for (const line of tableOf(status.incidents, context.clock.now().wallMs)) context.out(escaped(line));
  return EXIT.ok;
}

const HEADER = ['began', 'lasted', 'ended by', 'signal before', 'cause'] as const;

function tableOf(all: Status['incidents'], now: number): string[] {
  const rows = [HEADER, ...all.map((incident) => rowOf(incident, now))];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function rowOf(
  { begin, end, seconds, endedBy, reason, signalPercent, rsrp }: Status['incidents'][number],
  now: number,
) {
  const signal = rsrp === undefined ? undefined : { signal: { technology: '', rsrp } };
  const bars = signalPercent === undefined ? '' : barsText({ signalPercent, ...signal });
  return [
    timeOfDay(begin, now),
    humanDuration(seconds * 1000),
    end === undefined ? 'it lasts' : (endedBy ?? ''),
    rsrp === undefined ? bars : `${bars}, RSRP ${rsrp} dBm`,
    reason,
  ];
}

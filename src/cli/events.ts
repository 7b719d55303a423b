// `percept-lte events`: follows the service and prints one line for each change, for people and for
// programs.
import { eventJsonSchema, eventsBetween, type StatusEvent } from '../status/events.ts';
import type { Status } from '../status/schema.ts';
import { warningSentence } from '../status/why.ts';
import { escaped } from '../system/log-line.ts';
import { spoken, timeOfDay } from '../system/spoken.ts';
import { type CliContext, EXIT } from './context.ts';
import { runningStatus } from './running.ts';
import { statusChanges } from './watch.ts';

export interface EventsOptions {
  readonly json: boolean;
  /** Prints the JSON Schema of a line instead. */
  readonly schema: boolean;
}

/** Prints until the context's signal aborts. */
export async function events(context: CliContext, { json, schema }: EventsOptions): Promise<number> {
  if (schema) {
    context.out(JSON.stringify(eventJsonSchema(), undefined, 2));
    return EXIT.ok;
  }
  let before: Status | undefined | null = null;
  for await (const _ of statusChanges(context)) {
    const running = await runningStatus(context);
    const { status } = running;
    // One that could not write has not ended.
    if (status === undefined && !running.isStopped) continue;
    const now = context.clock.now().wallMs;
    for (const event of eventsBetween(before, status, new Date(now).toISOString()))
      context.out(json ? JSON.stringify(event) : escaped(`${timeOfDay(event.at, now)} ${textOf(event, now)}`));
    before = status;
  }
  return EXIT.ok;
}

function textOf(event: StatusEvent, now: number): string {
  switch (event.event) {
    case 'service':
      return event.running ? `percept-lte ${event.daemonVersion} runs` : 'percept-lte is not running';
    case 'phase':
      return event.sentence === event.phase ? event.phase : `${event.phase}: ${event.sentence}`;
    case 'link':
      return event.link === undefined
        ? 'no link'
        : `link ${event.link.addresses.join(', ')} on ${event.link.interface}`;
    case 'take-over':
      return event.takenOver
        ? `LTE goes before ${event.uplink.interface}, through which nothing answers`
        : `${event.uplink.interface} goes first again`;
    case 'trial':
      return event.trial === undefined
        ? 'trial over'
        : `trial of ${event.trial.changed.join(', ')}: ${event.trial.state}`;
    case 'warning':
      return `${event.stands ? 'warning' : 'no longer'}: ${warningSentence(event.warning)}`;
    case 'outage': {
      const { reason, begin, seconds, endedBy } = event.incident;
      if (!event.ended) return `outage since ${timeOfDay(begin, now)}: ${reason}`;
      return `outage over after ${spoken(seconds * 1000)}: ${reason}${endedBy === undefined ? '' : `; ended by ${endedBy}`}`;
    }
  }
}

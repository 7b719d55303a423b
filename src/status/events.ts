// What changed from one status to the next, for programs that follow: `percept-lte events --json`.
// Pure. The fields are those of status.json, under the same names.
import * as z from 'zod/mini';
import { about } from '../system/about.ts';
import { incident, type Status, StatusSchema, uplink, warning } from './schema.ts';

const { phase, sentence, reason, remedy, daemonVersion, link, trial } = StatusSchema.shape;

const at = about(z.iso.datetime(), 'When it was written, UTC, ISO 8601.');

const StatusEventSchema = about(
  z.discriminatedUnion('event', [
    about(
      z.object({ event: z.literal('service'), at, running: z.boolean(), daemonVersion: z.optional(daemonVersion) }),
      'The service runs, or no longer. All that stands follows when it does.',
    ),
    z.object({ event: z.literal('phase'), at, phase, sentence, reason, remedy }),
    about(z.object({ event: z.literal('link'), at, link }), 'Without link: there is none any more.'),
    about(
      z.object({ event: z.literal('take-over'), at, takenOver: z.boolean(), uplink }),
      'LTE goes first in the stead of this uplink, or no longer.',
    ),
    about(
      z.object({ event: z.literal('trial'), at, trial }),
      'A trial began or has come to another state; without trial: it is over.',
    ),
    about(z.object({ event: z.literal('warning'), at, stands: z.boolean(), warning }), 'A warning has come, or gone.'),
    about(
      z.object({ event: z.literal('outage'), at, ended: z.boolean(), incident }),
      'An outage began or ended; also one that did both since the last look.',
    ),
  ]),
  'One line of percept-lte events --json, version 1',
);

/** One change. */
export type StatusEvent = z.output<typeof StatusEventSchema>;

/** The schema of a line as JSON Schema (draft 2020-12). */
export const eventJsonSchema = (): unknown => z.toJSONSchema(StatusEventSchema);

/**
 * What is to be told after `before`, in order; of a service that was not known to run, all that
 * stands.
 * @param before null: nothing was looked at yet.
 * @param now ISO 8601, for what no status tells.
 */
export function eventsBetween(
  before: Status | undefined | null,
  after: Status | undefined,
  now: string,
): StatusEvent[] {
  if (after === undefined) return before === undefined ? [] : [{ event: 'service', at: now, running: false }];
  const { updatedAt: at, daemonVersion } = after;
  const known = before?.pid === after.pid ? before : undefined;
  const started: StatusEvent[] = known ? [] : [{ event: 'service', at, running: true, daemonVersion }];
  return [
    ...started,
    ...phaseEvents(known, after),
    ...linkEvents(known, after),
    ...takeOverEvents(known, after),
    ...trialEvents(known, after),
    ...warningEvents(known, after),
    // Over a restart of the service too: they are remembered.
    ...outageEvents(before ?? undefined, after),
  ];
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function phaseEvents(before: Status | undefined, after: Status): StatusEvent[] {
  const { updatedAt, phase, sentence, reason, remedy } = after;
  return before?.phase === phase ? [] : [{ event: 'phase', at: updatedAt, phase, sentence, reason, remedy }];
}

/** What a link is, without what it carries. */
function shape(link: Status['link']) {
  if (link === undefined) return undefined;
  const { since: _, rxBytes: __, txBytes: ___, lastProof: ____, reach: _____, ...settings } = link;
  return settings;
}

const linkEvents = (before: Status | undefined, { updatedAt, link }: Status): StatusEvent[] =>
  same(shape(before?.link), shape(link)) ? [] : [{ event: 'link', at: updatedAt, link }];

function takeOverEvents(before: Status | undefined, { updatedAt: at, uplinks = [] }: Status): StatusEvent[] {
  const taken = (all: Status['uplinks']) => all?.filter(({ takenOver }) => takenOver !== undefined) ?? [];
  const [was, is] = [taken(before?.uplinks), taken(uplinks)];
  const lacks = (all: typeof was) => (one: (typeof was)[number]) =>
    !all.some((other) => other.interface === one.interface && other.family === one.family);
  return [
    ...was.filter(lacks(is)).map((uplink) => ({ event: 'take-over' as const, at, takenOver: false, uplink })),
    ...is.filter(lacks(was)).map((uplink) => ({ event: 'take-over' as const, at, takenOver: true, uplink })),
  ];
}

function trialEvents(before: Status | undefined, { updatedAt, trial }: Status): StatusEvent[] {
  const key = (of: Status['trial']) => [of?.state, of?.changed];
  return same(key(before?.trial), key(trial)) ? [] : [{ event: 'trial', at: updatedAt, trial }];
}

function warningEvents(before: Status | undefined, { updatedAt: at, warnings }: Status): StatusEvent[] {
  const lacks =
    (all: Status['warnings']) =>
    ({ code, text }: Status['warnings'][number]) =>
      !all.some((other) => other.code === code && other.text === text);
  const was = before?.warnings ?? [];
  return [
    ...was.filter(lacks(warnings)).map((warning) => ({ event: 'warning' as const, at, stands: false, warning })),
    ...warnings.filter(lacks(was)).map((warning) => ({ event: 'warning' as const, at, stands: true, warning })),
  ];
}

type Incident = Status['incidents'][number];

function outageEvents(before: Status | undefined, { updatedAt: at, incidents }: Status): StatusEvent[] {
  const event = (incident: Incident, ended: boolean): StatusEvent => ({ event: 'outage', at, ended, incident });
  const isOpen = ({ end }: Incident) => end === undefined;
  const [was, is] = [before?.incidents.find(isOpen), incidents.find(isOpen)];
  const over =
    before === undefined
      ? []
      : overSince(
          before.incidents.filter((one) => !isOpen(one)),
          incidents,
        );
  const told = over.flatMap((incident, index) => [
    ...(index === 0 && was !== undefined ? [] : [event(incident, false)]),
    event(incident, true),
  ]);
  // It was none after all: silence is all there ever was over this APN.
  if (was !== undefined && is === undefined && over.length === 0) told.push(event({ ...was, end: at }, true));
  if (is !== undefined && (was === undefined || over.length > 0)) told.push(event(is, false));
  return told;
}

/**
 * Those that ended since `before` were all. Of the same outage the dates differ from look to look,
 * by moments or, when the clock was set, by years: it is known by the rest.
 */
function overSince(before: readonly Incident[], incidents: readonly Incident[]): readonly Incident[] {
  const after = incidents.filter(({ end }) => end !== undefined);
  const key = ({ begin: _, end: __, ...rest }: Incident) => JSON.stringify(rest);
  for (let fresh = 0; fresh < after.length; fresh += 1) {
    const kept = after.slice(0, after.length - fresh);
    const last = before.slice(-kept.length);
    if (last.length === kept.length && kept.every((one, index) => key(one) === key(last[index] ?? one)))
      return after.slice(after.length - fresh);
  }
  return after;
}

// What programs are told from one status to the next: each change once, and nothing that is none.

import { expect, test } from 'vitest';
import * as z from 'zod';
import { eventJsonSchema, eventsBetween, type StatusEvent } from '../../../src/status/events.ts';
import type { Status } from '../../../src/status/schema.ts';
import { ago, online, refused } from './statuses.ts';

const between = (before: Status | undefined | null, after: Status | undefined) => eventsBetween(before, after, ago(0));
const words = (events: readonly StatusEvent[]) =>
  events.map((event) => {
    if (event.event === 'outage') return `outage ${event.incident.reason} ${event.ended ? 'ended' : 'began'}`;
    if (event.event === 'warning') return `warning ${event.warning.text} ${event.stands ? 'came' : 'went'}`;
    return event.event === 'phase' ? `phase ${event.phase}` : event.event;
  });

const warning = (text: string) => ({ code: 'hook-failed', severity: 'warn' as const, text, since: ago(0) });
const open = (reason: string, seconds = 5) => ({ begin: ago(seconds), reason, seconds });
const over = (reason: string, seconds = 5) => ({ ...open(reason, seconds), end: ago(0), endedBy: 'reconnect' });

test('at the beginning, and when the service starts anew, all that stands is told', () => {
  const status = { ...online, warnings: [warning('w')] };
  const all = ['service', 'phase online', 'link', 'warning w came'];
  expect(words(between(null, status))).toEqual(all);
  expect(words(between(undefined, status))).toEqual(all);
  expect(words(between({ ...status, pid: status.pid + 1 }, status))).toEqual(all);
});

test('a service that is not there is told once', () => {
  expect(between(null, undefined)).toEqual([{ event: 'service', at: ago(0), running: false }]);
  expect(words(between(online, undefined))).toEqual(['service']);
  expect(between(undefined, undefined)).toEqual([]);
});

test('what grows older or larger is no change, nor is a clock that was set', () => {
  const later = {
    ...online,
    updatedAt: ago(-5),
    link: { ...online.link, rxBytes: 9e9, since: ago(1), lastProof: { by: 'icmp', at: ago(0) } },
    incidents: online.incidents.map((incident) => ({ ...incident, begin: ago(9e8), end: ago(9e8 - 60) })),
  };
  expect(between(online, later)).toEqual([]);
});

test('a lost link, and another in its place', () => {
  const { link: _, ...without } = online;
  expect(words(between(online, { ...without, phase: 'connecting' }))).toEqual(['phase connecting', 'link']);
  const other = { ...online, link: { ...online.link, addresses: ['10.0.0.9/30'] } };
  expect(between(online, other)).toEqual([{ event: 'link', at: online.updatedAt, link: other.link }]);
});

test.each<[string, Status['incidents'], Status['incidents'], string[]]>([
  ['one begins', [over('a')], [over('a'), open('b')], ['outage b began']],
  ['it goes on', [open('b')], [open('b', 9)], []],
  ['it ends', [over('a'), open('b')], [over('a'), over('b', 7)], ['outage b ended']],
  ['one began and ended between two looks', [over('a')], [over('a'), over('b')], ['outage b began', 'outage b ended']],
  ['and the next began', [open('a')], [over('a'), open('b')], ['outage a ended', 'outage b began']],
  ['several passed', [open('a')], [over('a'), over('b')], ['outage a ended', 'outage b began', 'outage b ended']],
  ['it was none after all', [open('a')], [], ['outage a ended']],
  ['two alike', [over('a')], [over('a'), over('a')], ['outage a began', 'outage a ended']],
  ['the oldest is forgotten', [over('a'), over('b')], [over('b'), over('c')], ['outage c began', 'outage c ended']],
])('outages: %s', (_, before, after, told) => {
  expect(words(between({ ...online, incidents: before }, { ...online, incidents: after }))).toEqual(told);
});

test('an outage that ended while the service was restarted is told', () => {
  const before = { ...refused, pid: 1, incidents: [open('a')] };
  expect(words(between(before, { ...online, incidents: [over('a')] }))).toContain('outage a ended');
});

test('take-over, trial and warnings come and go', () => {
  const uplink = { interface: 'eth0', family: 'IPv4' as const, metric: 100 };
  const taken = { ...uplink, takenOver: { since: ago(0), bytes: 1 } };
  const [free, stood] = [
    { ...online, uplinks: [uplink] },
    { ...online, uplinks: [taken] },
  ];
  expect(between(free, stood)).toMatchObject([{ event: 'take-over', takenOver: true, uplink: taken }]);
  const carried = { ...online, uplinks: [{ ...taken, takenOver: { since: ago(0), bytes: 99 } }] };
  expect(between(stood, carried)).toEqual([]);
  expect(between(stood, free)).toMatchObject([{ event: 'take-over', takenOver: false }]);
  const trial = { state: 'trying' as const, changed: ['connect.apn'], provenUntil: ago(9) };
  expect(between(online, { ...online, trial })).toEqual([{ event: 'trial', at: online.updatedAt, trial }]);
  expect(between({ ...online, trial }, { ...online, trial: { ...trial, until: ago(-9) } })).toEqual([]);
  expect(between({ ...online, trial }, online)).toEqual([{ event: 'trial', at: online.updatedAt, trial: undefined }]);
  expect(
    words(
      between(
        { ...online, warnings: [warning('a'), warning('b')] },
        { ...online, warnings: [{ ...warning('b'), since: ago(9) }, warning('c')] },
      ),
    ),
  ).toEqual(['warning a went', 'warning c came']);
});

test('every line fits the schema that is printed', () => {
  const schema = z.fromJSONSchema(eventJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const trial = { state: 'trying' as const, changed: ['connect.apn'], provenUntil: ago(9) };
  const told = [
    ...between(null, { ...refused, warnings: [warning('w')], trial }),
    ...between(refused, online),
    ...between(online, undefined),
  ];
  for (const event of told) schema.parse(JSON.parse(JSON.stringify(event)));
});

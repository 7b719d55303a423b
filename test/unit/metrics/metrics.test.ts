// What is published at each change: the counts of this life and those before it, on real files.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import { decide } from '../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../src/connection/events/event.ts';
import { reportOf } from '../../../src/connection/words/status-of.ts';
import { Metrics } from '../../../src/metrics/metrics.ts';
import {
  at,
  facts,
  type Happening,
  having,
  online,
  policy,
  START_MS,
  started,
  WALL_MS,
} from '../connection/builders.ts';
import { SteppedClock } from '../stepped-clock.ts';
import { around } from './example-page.ts';

let folder = '';
let clock = new SteppedClock();
let failures: unknown[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metrics-'));
  clock = new SteppedClock(START_MS, WALL_MS);
  failures = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const metrics = (bootId = 'boot') =>
  new Metrics({
    stateDirectory: join(folder, 'state'),
    runtimeDirectory: join(folder, 'run'),
    bootId,
    clock,
    onFailure: (error) => failures.push(error),
  });

const statusOf = (connection: Connection) => reportOf(connection, policy(), around, at(60));
const noBytes = undefined;

/** The value of a metric on the page; undefined where it is not there. */
function value(name: string): number | undefined {
  const page = readFileSync(join(folder, 'run/metrics.prom'), 'utf8');
  const line = page.split('\n').find((one) => one.startsWith(`percept_lte_${name}`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

/** `what` decided, and counted by `own`. */
function decided(own: Metrics, from: Connection, what: Happening): Connection {
  const because = { ...what, at: clock.now(), chance: 0.5 } as ConnectionEvent;
  const to = decide(from, because, policy());
  own.changed(from, to, because);
  return to;
}

const counter = { expected: 'expected_seconds_total', online: 'online_seconds_total' } as const;

test('time counts as online from when the link is up to when it is lost', async () => {
  const own = metrics();
  await clock.step(10_000);
  own.changed(started(), online(), { kind: 'linkApplied', at: clock.now(), chance: 0 });
  await clock.step(30_000);
  const lost = decided(own, online(), facts(having()));
  await clock.step(5_000);
  await own.publish(statusOf(lost), noBytes);
  expect([value(counter.expected), value(counter.online)]).toEqual([45, 30]);
});

test('what the interface carried before the first reading of this life is not counted again', async () => {
  const own = metrics();
  const status = statusOf(online());
  for (const rxBytes of [5_000, 5_700]) await own.publish(status, { rxBytes, txBytes: 10 });
  expect([value('receive_bytes_total'), value('transmit_bytes_total')]).toEqual([700, 0]);
  // Another interface of the name, whose counters begin anew; and a moment without any.
  await own.publish(status, { rxBytes: 30, txBytes: 4 });
  await own.publish(status, noBytes);
  await own.publish(statusOf(started()), { rxBytes: 1_000_000, txBytes: 1_000_000 });
  expect([value('receive_bytes_total'), value('transmit_bytes_total')]).toEqual([730, 4]);
});

test('no counter falls over a restart, nor over a reboot', async () => {
  const own = metrics();
  own.changed(started(), online(), { kind: 'linkApplied', at: clock.now(), chance: 0 });
  await clock.step(100_000);
  const lost = decided(own, online(), facts(having()));
  await own.publish(statusOf(lost), noBytes);
  await own.settled();
  const next = metrics();
  await next.publish(statusOf(lost), noBytes);
  expect([value(counter.expected), value(counter.online)]).toEqual([100, 100]);
  expect(value('outages_total')).toBe(1);
  await next.settled();
  clock = new SteppedClock(1_000, WALL_MS);
  const rebooted = metrics('next boot');
  await rebooted.publish(statusOf(started()), noBytes);
  expect(value(counter.expected)).toBeGreaterThanOrEqual(100);
  expect(failures).toEqual([]);
});

test('an outage is on the disk as soon as it is published, time alone is not', async () => {
  const own = metrics();
  const disk = () => JSON.parse(readFileSync(join(folder, 'state/metrics.json'), 'utf8')).tally;
  await own.publish(statusOf(online()), noBytes);
  await own.settled();
  await clock.step(60_000);
  await own.publish(statusOf(online()), noBytes);
  await own.settled();
  expect(disk().expectedSeconds).toBe(0);
  const lost = decided(own, online(), facts(having()));
  await own.publish(statusOf(lost), noBytes);
  await own.settled();
  expect(disk()).toMatchObject({ expectedSeconds: 60, outages: { 'bearer-dropped': 1 } });
});

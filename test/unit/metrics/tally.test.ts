// What the metrics count: each outage once, each attempt by what came of it, and no counter falls.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import { decide } from '../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../src/connection/events/event.ts';
import { counted, elapsed, emptyTally, Tally, timedOf, transferred } from '../../../src/metrics/tally.ts';
import { TallyStore } from '../../../src/metrics/tally-store.ts';
import {
  at,
  away,
  bearer,
  bearerConnected,
  connected,
  connecting,
  facts,
  failed,
  type Happening,
  having,
  online,
  policy,
  proven,
} from '../connection/builders.ts';

/** What is counted while the happenings come, one a second. */
function countedOver(start: Connection, happenings: readonly Happening[]): Tally {
  let tally = emptyTally();
  let from = start;
  for (const [index, what] of happenings.entries()) {
    const event = { ...what, at: at(100 + index), chance: 0.5 } as ConnectionEvent;
    const to = decide(from, event, policy());
    tally = counted(elapsed(tally, timedOf(from), 1000), from, to, event);
    from = to;
  }
  return tally;
}

test('a bearer that is dropped and comes back is one outage, ended by a reconnect', () => {
  const lost = countedOver(online(), [
    facts(having()),
    { kind: 'phaseTimedOut' },
    bearerConnected(),
    facts(connected(bearer())),
    { kind: 'linkApplied' },
    proven(105),
  ]);
  expect(lost.outages).toEqual({ 'bearer-dropped': 1 });
  expect(lost.outagesEndedBy).toEqual({ reconnect: 1 });
  expect(lost.attempts).toEqual({ connected: 1 });
  expect(lost.outageBuckets.reduce((sum, one) => sum + one, 0)).toBe(1);
  expect(lost.expectedSeconds).toBe(6);
  expect(lost.onlineSeconds).toBeLessThan(6);
});

test('a first attempt that fails begins an outage, by what keeps the link from coming', () => {
  expect(countedOver(connecting(), [failed('apn')]).outages).toEqual({ apn: 1 });
});

test.each<[name: string, what: Happening, cause: string]>([
  ['ModemManager goes', facts(away), 'modemmanager-gone'],
  ['nothing answers any more', { kind: 'linkDead', reason: 'nothing answers' }, 'dead-link'],
])('%s: the outage is counted by what took the link away', (_name, what, cause) => {
  const kept = countedOver(online(), [what]);
  expect(Object.keys(kept.outages).filter((word) => word !== cause)).toEqual([]);
});

test('an attempt that the carrier refuses is counted by its class', () => {
  expect(countedOver(connecting(), [failed('apn')]).attempts).toEqual({ apn: 1 });
});

test('the counters of an interface that was made anew add up', () => {
  const once = transferred(emptyTally(), { rxBytes: 0, txBytes: 0 }, { rxBytes: 500, txBytes: 50 });
  const again = transferred(once, { rxBytes: 500, txBytes: 50 }, { rxBytes: 20, txBytes: 60 });
  expect([again.receivedBytes, again.transmittedBytes]).toEqual([520, 60]);
});

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'percept-lte-metrics-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const storeOf = (bootId: string) =>
  new TallyStore({
    stateDirectory: join(folder, 'state'),
    runtimeDirectory: join(folder, bootId),
    bootId,
    onFailure: (error) => {
      throw error;
    },
  });

const ONLINE = { isOnline: true, isTakenOver: false };

const falls = (before: Tally, after: Tally) =>
  (['expectedSeconds', 'onlineSeconds', 'takeOverSeconds', 'receivedBytes', 'transmittedBytes'] as const).filter(
    (key) => after[key] < before[key],
  );

test('whatever is counted, killed and rebooted, no counter falls', async () => {
  const step = fc.record({
    seconds: fc.integer({ min: 1, max: 30 }),
    bytes: fc.integer({ min: 0, max: 4 << 20 }),
    next: fc.constantFrom('runs', 'runs', 'runs', 'killed', 'power cut'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      rmSync(folder, { recursive: true, force: true });
      let boot = 1;
      let store = storeOf(`boot-${boot}`);
      let tally = store.load();
      for (const { seconds, bytes, next } of steps) {
        tally = elapsed(tally, ONLINE, seconds * 1000);
        tally = transferred(tally, { rxBytes: 0, txBytes: 0 }, { rxBytes: bytes, txBytes: bytes });
        await store.save(tally, ONLINE, false);
        if (next === 'runs') continue;
        if (next === 'power cut') boot += 1;
        await store.settled();
        store = storeOf(`boot-${boot}`);
        const found = store.load();
        expect(falls(tally, found)).toEqual([]);
        if (next === 'killed') expect(found).toEqual(tally);
        tally = found;
      }
      await store.settled();
    }),
    { numRuns: 30 },
  );
});

test('of a damaged file what is whole is kept, and the rest begins at 0', () => {
  const tally = Tally.parse({ expectedSeconds: 5, onlineSeconds: -1, outages: 'many', rungs: { reconnect: 2 } });
  expect([tally.expectedSeconds, tally.onlineSeconds, tally.outages, tally.rungs]).toEqual([
    5,
    0,
    {},
    { reconnect: 2 },
  ]);
});

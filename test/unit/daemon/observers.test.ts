// Who is told of a change of the connection, and in what order: the memory, the journal, the status
// file, systemd.
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import { keepFresh, type ObserverPorts, observersOf } from '../../../src/daemon/observers.ts';
import { type Status, StatusSchema } from '../../../src/status/schema.ts';
import { at, facts, following, having, online, policy, START_MS, started, WALL_MS } from '../connection/builders.ts';
import { SteppedClock, settled } from '../stepped-clock.ts';

function observing(changes: Partial<ObserverPorts> = {}) {
  const clock = new SteppedClock(START_MS, WALL_MS);
  const told = { saved: [] as Connection['memory'][], statuses: [] as Status[], sentences: [] as string[] };
  const lines: { msg: string }[] = [];
  let closed = false;
  const observers = observersOf({
    clock,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    store: {
      save: (memory) => void told.saved.push(memory),
      close: () => {
        closed = true;
        return Promise.resolve();
      },
    },
    metrics: { changed: () => {}, publish: async () => {}, settled: async () => {} },
    hooks: { happened: () => {} },
    statusFile: { path: '', write: async (status) => void told.statuses.push(status) },
    policy,
    modemManager: () => ({ onBus: true, version: '1.20.4', modems: [] }),
    counters: async () => ({ rxBytes: 1, txBytes: 2 }),
    trial: () => undefined,
    data: () => undefined,
    profile: () => '',
    warnings: () => [],
    notifyStatus: (sentence) => void told.sentences.push(sentence),
    ...changes,
  });
  return { observers, clock, lines, told, isClosed: () => closed };
}

const event = (seconds: number) => ({ kind: 'phaseTimedOut', at: at(seconds), chance: 0 }) as const;

test('the memory is with the store before anything else happens', () => {
  const { observers, told } = observing();
  const to = following(started(), [facts(having())]);
  observers.changed(started(), to, event(0));
  expect(told.saved).toEqual([to.memory]);
});

test('of changes that follow each other at once the status file tells the last, and systemd each sentence once', async () => {
  const { observers, told, isClosed } = observing();
  const to = following(started(), [facts(having())]);
  for (let time = 0; time < 5; time += 1) observers.changed(started(), to, event(0));
  await observers.settled();
  expect(told.statuses.length).toBeLessThanOrEqual(2);
  expect(told.statuses.at(-1)?.phase).toBe(to.phase.kind);
  expect(told.sentences).toHaveLength(1);
  expect(isClosed()).toBe(true);
});

test('an outage that began before there was any session is as long as it is, whatever phases it went through', async () => {
  const { observers, clock, told } = observing();
  await clock.step(16 * 60_000);
  const to = following(started(), [facts(having())], policy(), 16 * 60);
  observers.changed(started(), to, event(16 * 60));
  await observers.settled();
  expect(told.statuses.at(-1)?.offlineSince).toBe(new Date(WALL_MS).toISOString());
});

test('while online there is no time since it is offline', async () => {
  const { observers, told } = observing();
  observers.changed(started(), online(), event(3));
  await observers.settled();
  expect(told.statuses.at(-1)).not.toHaveProperty('offlineSince');
});

test('a disk that does not take the metrics does not hold up the end', async () => {
  const metrics = { changed: () => {}, publish: async () => {}, settled: () => new Promise<void>(() => {}) };
  const { observers, clock, isClosed } = observing({ metrics });
  const end = observers.settled();
  await clock.step(2_000);
  await end;
  expect(isClosed()).toBe(true);
});

test('of the counters of the kernel the status tells the bytes, and nothing that is not documented', async () => {
  const read = { rxBytes: 1, txBytes: 2, rxPackets: 3, hasArp: false, undelivered: 4 };
  const { observers, told } = observing({ counters: () => Promise.resolve(read) });
  observers.changed(started(), online(), event(3));
  await observers.settled();
  expect(told.statuses.at(-1)).toEqual(StatusSchema.parse(told.statuses.at(-1)));
  expect(told.statuses.at(-1)?.link).toMatchObject({ rxBytes: 1, txBytes: 2 });
});

test('a status that cannot be made is an error in the journal, and no end of the daemon', async () => {
  const counters = () => Promise.reject(new RangeError('Invalid time value'));
  const { observers, lines, told } = observing({ counters });
  observers.changed(started(), online(), event(3));
  await observers.settled();
  expect(lines.map(({ msg }) => msg)).toContain('the status cannot be told');
  expect(told.saved).toHaveLength(1);
});

test('the status is written each half minute, rarely while online, and within seconds of a clock that was set', async () => {
  const clock = new SteppedClock(START_MS, START_MS);
  const end = new AbortController();
  let setByMs = 0;
  let refreshed = 0;
  const settable = {
    now: () => ({ monotonicMs: clock.now().monotonicMs, wallMs: clock.now().wallMs + setByMs }),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
  };
  const count = () => {
    refreshed += 1;
  };
  let isOnline = false;
  const work = keepFresh(settable, () => isOnline, count, end.signal);
  await clock.step(90_000);
  expect(refreshed).toBe(3);
  isOnline = true;
  await clock.step(6 * 60_000);
  expect(refreshed).toBe(4);
  setByMs = WALL_MS;
  await clock.step(5_000);
  expect(refreshed).toBe(5);
  end.abort();
  await work;
  await settled();
});

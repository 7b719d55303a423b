// The signal for metrics and the record of outages: measured while the configuration says so, told
// when it changed, and left alone otherwise.
import { expect, test } from 'vitest';
import type { Facts } from '../../../src/connection/connection.ts';
import { watchSignal } from '../../../src/daemon/radio-signal.ts';
import type { Bus, BusRequest } from '../../../src/dbus/bus.ts';
import type { Happening } from '../../../src/runner/runner.ts';
import { away, having } from '../connection/builders.ts';
import { SteppedClock, settled } from '../stepped-clock.ts';

function watching() {
  const clock = new SteppedClock(1_000);
  const state = { wanted: true, facts: having() as Facts, rate: 0, rsrp: -98, calls: [] as string[] };
  const told: Happening[] = [];
  const bus = {
    call: ({ member, path, body = [] }: BusRequest) => {
      state.calls.push(member === 'Setup' ? `Setup ${body[0]}` : `${member} ${path.at(-1)}`);
      if (member === 'Setup') state.rate = Number(body[0]);
      const measured = { Rate: state.rate, Lte: state.rate > 0 ? { rsrp: state.rsrp } : {} };
      return Promise.resolve(member === 'GetAll' ? [measured] : []);
    },
  } as Partial<Bus> as Bus;
  const stop = new AbortController();
  const facts = {
    get chosen() {
      return state.facts;
    },
  };
  const ports = { bus, clock, config: () => ({ metrics: { signal: state.wanted } }), facts };
  const done = watchSignal(ports, (what) => void told.push(what), stop.signal);
  const minute = async () => {
    await clock.step(60_000);
    await settled();
  };
  return { state, told, minute, stop: () => stop.abort(), done };
}

const signal = (rsrp: number) => ({ kind: 'signalRead', signal: { technology: 'lte', rsrp } });

test('nobody wants it: ModemManager is not asked at all', async () => {
  const { state, told, minute } = watching();
  state.wanted = false;
  await minute();
  await minute();
  expect([state.calls, told]).toEqual([[], []]);
});

test('it is set up once, read every minute, and told when it changed', async () => {
  const { state, told, minute } = watching();
  await minute();
  await minute();
  await minute();
  state.rsrp = -101;
  await minute();
  expect(state.calls).toEqual(['GetAll 0', 'Setup 60', 'GetAll 0', 'GetAll 0', 'GetAll 0']);
  expect(told).toEqual([signal(-98), signal(-101)]);
});

test.each<[string, changed: Partial<ReturnType<typeof watching>['state']>]>([
  ['the configuration no longer wants it', { wanted: false }],
  ['the radio is off', { facts: having({ state: 'disabled' }) }],
  ['ModemManager is gone', { facts: away }],
])('%s: it is measured no more, and not known', async (_, changed) => {
  const { state, told, minute } = watching();
  await minute();
  await minute();
  Object.assign(state, changed);
  await minute();
  await minute();
  expect(state.calls.slice(3)).toEqual(['Setup 0']);
  expect(told).toEqual([signal(-98), { kind: 'signalRead', signal: undefined }]);
});

test('a modem that was plugged in again is set up anew', async () => {
  const { state, minute } = watching();
  await minute();
  state.facts = having({ path: '/org/freedesktop/ModemManager1/Modem/1' });
  state.rate = 0;
  await minute();
  expect(state.calls.slice(-2)).toEqual(['GetAll 1', 'Setup 60']);
});

test('at the end of the service ModemManager measures no more', async () => {
  const { state, minute, stop, done } = watching();
  await minute();
  stop();
  await done;
  expect(state.rate).toBe(0);
});

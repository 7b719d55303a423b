// A ModemManager that holds its name and does not answer, and one that is not there at all.
import { expect, test } from 'vitest';
import { heartbeat, heartbeatPorts } from '../../../src/daemon/modem-manager-ping.ts';
import type { ModemManagerFacts } from '../../../src/modem/objects.ts';
import { SteppedClock } from '../stepped-clock.ts';
import { FakeBus } from './fake-host.ts';

/** ModemManager on a bus, and what is told of it each minute. */
function pinging() {
  const clock = new SteppedClock();
  const bus = new FakeBus();
  const manager = { onBus: true, answers: true };
  bus.answers.set('Get', () => (manager.answers ? Promise.resolve(['1.24.0']) : Promise.reject(new Error('late'))));
  const told: string[] = [];
  const facts = {
    get all(): ModemManagerFacts {
      return { onBus: manager.onBus, version: '', modems: [] };
    },
  };
  const stop = new AbortController();
  const ports = heartbeatPorts({
    bus,
    clock,
    facts,
    happened: ({ kind }) => void told.push(kind),
    onFacts: ({ onBus }) => void told.push(`facts: ${onBus ? 'on' : 'off'} the bus`),
  });
  const done = heartbeat(ports, stop.signal);
  return { manager, bus, told, minute: () => clock.step(60_000), stop, done };
}

test('a ModemManager that answers is nothing to speak of', async () => {
  const { told, minute, bus } = pinging();
  await minute();
  await minute();
  expect([told, bus.calls]).toEqual([[], ['Get', 'Get']]);
});

test('one that hangs is told each minute, and its facts once more when it answers again', async () => {
  const { manager, told, minute } = pinging();
  manager.answers = false;
  await minute();
  await minute();
  manager.answers = true;
  await minute();
  await minute();
  expect(told).toEqual(['modemManagerHung', 'modemManagerHung', 'facts: on the bus']);
});

test('one that is not on the bus is not asked', async () => {
  const { manager, told, minute, bus } = pinging();
  manager.onBus = false;
  await minute();
  expect([told, bus.calls]).toEqual([[], []]);
});

test('one that ended while it was asked does not hang', async () => {
  const { manager, told, minute, bus } = pinging();
  bus.answers.set('Get', () => {
    manager.onBus = false;
    return Promise.reject(new Error('NoReply'));
  });
  await minute();
  expect(told).toEqual([]);
});

test('a daemon that stops while it asks tells nothing more', async () => {
  const { told, minute, bus, stop, done } = pinging();
  bus.answers.set('Get', () => {
    stop.abort();
    return Promise.reject(new Error('aborted'));
  });
  await minute();
  await done;
  expect(told).toEqual([]);
});

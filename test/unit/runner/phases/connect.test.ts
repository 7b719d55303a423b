// One attempt to connect: what is cleared away before it, what becomes of a bearer that is no use,
// and what a ModemManager that is busy or hangs is told.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connect } from '../../../../src/runner/phases/connect.ts';
import { DeadlineError } from '../../../../src/system/clock.ts';
import { bearer, having, unplugged } from '../../connection/builders.ts';
import { modem } from '../../modem/builders.ts';
import { fakeHost, refusal } from './fake-ports.ts';

// The pauses of p-retry are of the host's clock.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const CONNECT = 'connect internet in 200 s';

function attempting(deadlineMs?: number) {
  const host = fakeHost();
  const stop = new AbortController();
  const attempt = () => connect(host.ports, modem().path, { apn: 'internet' }, deadlineMs, stop.signal);
  return { host, stop, attempt };
}

const without = { method: 'unknown', dns: [] } as const;

test('the bearer is read once it is connected, and told with the APN that was asked for', async () => {
  const { host, attempt } = attempting();
  expect(await attempt()).toEqual({ kind: 'bearerConnected', bearer: host.bearer, apn: 'internet' });
  expect(host.asked).toEqual([CONNECT, 'read Bearer/1']);
});

test('leftover bearers go first, but for one that is connected and the one that the network made', async () => {
  const { host, attempt } = attempting();
  const at = (n: number, connected: boolean) =>
    bearer({ path: `/org/freedesktop/ModemManager1/Bearer/${n}`, connected });
  const initialEpsBearer = at(5, false).path;
  host.facts = having({ bearers: [at(3, false), at(4, true), at(5, false), at(6, false)], initialEpsBearer });
  host.troubles.set('delete Bearer/3', [refusal('NotFound')]);
  await attempt();
  expect(host.asked.slice(0, 3)).toEqual(['delete Bearer/3', 'delete Bearer/6', CONNECT]);
});

test('a modem that has gone meanwhile has no bearers to delete', async () => {
  const { host, attempt } = attempting();
  host.facts = unplugged;
  await attempt();
  expect(host.asked[0]).toBe(CONNECT);
});

test('the schedule may give an attempt less time than ModemManager takes', async () => {
  const { host, attempt } = attempting(60_000);
  await attempt();
  expect(host.asked[0]).toBe('connect internet in 60 s');
});

test.each([
  ['static', { method: 'static', address: '10.64.0.2', dns: [] }, without],
  ['dhcp, whose address comes later', { method: 'dhcp', dns: [] }, without],
  ['static in IPv6 alone', without, { method: 'static', address: '2001:db8::2', dns: [] }],
] as const)('a bearer of method %s is one that can be configured', async (_, ip4Config, ip6Config) => {
  const { host, attempt } = attempting();
  host.bearer = bearer({ ip4Config, ip6Config });
  expect(await attempt()).toMatchObject({ kind: 'bearerConnected' });
});

test.each([
  ['ppp of which there is no interface', { method: 'ppp', dns: [] }, without, 'ppp'],
  ['ppp in IPv6', without, { method: 'ppp', dns: [] }, 'ppp'],
  ['static without an address', { method: 'static', dns: [] }, without, 'static'],
] as const)('a bearer of method %s cannot be configured, and is named', async (_, ip4Config, ip6Config, method) => {
  const { host, attempt } = attempting();
  host.bearer = bearer({ ip4Config, ip6Config });
  await expect(attempt()).rejects.toMatchObject({ name: 'BearerUnusableError', method, bearer: host.bearer.path });
});

test('the commands for a modem that went while it connected are those of no vendor', async () => {
  const { host, attempt } = attempting();
  host.facts = unplugged;
  host.bearer = bearer({ ip4Config: { method: 'ppp', dns: [] }, ip6Config: without });
  await expect(attempt()).rejects.toMatchObject({ remedy: expect.stringMatching(/AT#USBCFG=3.*AT\+QCFG/) });
});

test('a ModemManager that is busy is asked again, three times within seconds', async () => {
  const { host, attempt } = attempting();
  host.troubles.set(CONNECT, [refusal('InProgress'), refusal('InProgress'), refusal('InProgress')]);
  const attempted = attempt();
  await vi.advanceTimersByTimeAsync(3_500);
  expect(await attempted).toMatchObject({ kind: 'bearerConnected' });
  expect(host.asked.filter((what) => what === CONNECT)).toHaveLength(4);
});

test('one that stays busy is told as that', async () => {
  const { host, attempt } = attempting();
  host.troubles.set(
    CONNECT,
    Array.from({ length: 9 }, () => refusal('InProgress', 'at work')),
  );
  const attempted = attempt().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(3_500);
  expect(await attempted).toMatchObject({ type: expect.stringMatching(/InProgress$/), text: 'at work' });
  expect(host.asked.filter((what) => what === CONNECT)).toHaveLength(4);
});

test('an attempt that is called off between two tries asks no more', async () => {
  const { host, stop, attempt } = attempting();
  host.troubles.set(CONNECT, [refusal('InProgress')]);
  const attempted = attempt().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(100);
  const reason = new Error('superseded');
  stop.abort(reason);
  expect(await attempted).toBe(reason);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(host.asked).toEqual([CONNECT]);
});

test('what the network refuses is told at once, and as it was said', async () => {
  const { host, attempt } = attempting();
  const refused = refusal('Failed', 'ServiceOptionNotSubscribed');
  host.troubles.set(CONNECT, [refused]);
  expect(await attempt().catch((error: unknown) => error)).toBe(refused);
  expect(host.asked).toEqual([CONNECT]);
});

test.each([
  ['takes it', []],
  ['does not answer that either', [new DeadlineError('Disconnect', 90_000)]],
])('a connect past its deadline is cancelled in ModemManager, which %s', async (_, troubles) => {
  const { host, attempt } = attempting();
  host.troubles.set(CONNECT, [new DeadlineError('Connect', 200_000)]);
  host.troubles.set('disconnect all', troubles);
  await expect(attempt()).rejects.toThrow('Connect did not end within 200 s');
  expect(host.asked).toEqual([CONNECT, 'disconnect all']);
});

test('a bearer that cannot be read is a failed attempt', async () => {
  const { host, attempt } = attempting();
  host.troubles.set('read Bearer/1', [refusal('NotFound', 'no such bearer')]);
  await expect(attempt()).rejects.toThrow('no such bearer');
});

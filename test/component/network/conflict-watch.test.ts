// What a look around the link finds in a network namespace of its own, and how often it looks.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Found, found } from '../../../src/codes/codes.ts';
import { Warnings } from '../../../src/daemon/warnings.ts';
import type { Bus } from '../../../src/dbus/bus.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { ConflictWatch } from '../../../src/network/conflicts/conflict-watch.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { bearer } from '../../unit/connection/builders.ts';
import { SteppedClock, settled } from '../../unit/stepped-clock.ts';
import { type PrivateBus, startPrivateBus } from '../dbus/private-bus.ts';
import { type Line, recordingLogger } from '../modem/recording-logger.ts';
import { eventually, type Namespace, openNamespace } from './namespace.ts';

const OWN = '100.112.107.46';
const link = {
  wanted: {
    interface: 'wwan0',
    addresses: [{ address: OWN, prefixLength: 24 }],
    gateway4: '100.112.107.1',
    defaultRoute: true,
    metric: 700,
  },
  dns: [],
  carrierDns: ['172.17.9.9'],
  bearer: bearer(),
  apn: 'internet',
};

let daemon: PrivateBus;
let bus: Bus;
let namespace: Namespace;
let root: string;
let clock: SteppedClock;
let warnings: Warnings;
let lines: Line[];
/** How many looks were begun, and how many are over. */
let [begun, looks] = [0, 0];
let watch: ConflictWatch;
let stop: AbortController;

beforeEach(async () => {
  daemon = await startPrivateBus();
  bus = await openSystemBus({ address: daemon.address, clock: systemClock });
  namespace = await openNamespace();
  root = mkdtempSync(join(tmpdir(), 'percept-lte-conflicts-'));
  filter('strict');
  await namespace.ip(
    'link add wwan0 type veth peer name carrier0',
    'link set wwan0 up',
    'link set carrier0 up',
    `address add ${OWN}/24 dev wwan0`,
    'route add default via 100.112.107.1 dev wwan0',
    `route add default via 100.112.107.1 dev wwan0 table 7700`,
    `rule add from ${OWN} lookup 7700 priority 30770`,
  );
  clock = new SteppedClock(1_000_000);
  stop = new AbortController();
  const recording = recordingLogger();
  lines = recording.lines;
  warnings = new Warnings({ clock, log: recording.logger, changed: () => {}, signal: stop.signal });
  [begun, looks] = [0, 0];
  const set = warnings.set.bind(warnings);
  warnings.set = (topic, all) => {
    set(topic, all);
    if (topic === 'rp_filter') looks += 1; // the last of a look
  };
  const ports = () => {
    begun += 1;
    return [];
  };
  const commands = namespace.runner;
  watch = new ConflictWatch({ bus, clock, commands, log: recording.logger, warnings, ports, root });
});
afterEach(async () => {
  stop.abort();
  namespace.end();
  bus.close();
  await daemon.stop();
  rmSync(root, { recursive: true });
});

/** Lays out /proc/sys as the kernel has it for `value`. */
function filter(value: 'off' | 'strict' | 'loose'): void {
  const numbers = { off: 0, strict: 1, loose: 2 };
  for (const [name, number] of [
    ['all', 0],
    ['wwan0', numbers[value]],
  ] as const) {
    mkdirSync(join(root, 'proc/sys/net/ipv4/conf', name), { recursive: true });
    writeFileSync(join(root, 'proc/sys/net/ipv4/conf', name, 'rp_filter'), `${number}\n`);
  }
}

/** Looks, and gives what stands once the look is over. */
async function look(): Promise<Found[]> {
  watch.check(link, stop.signal);
  await clock.step(10_000);
  await overAfter(looks + 1);
  await clock.step(60 * 60_000); // all that was found is visible by now
  return warnings.all.map(({ since: _, ...what }) => what);
}

async function overAfter(count: number): Promise<void> {
  await eventually(() => looks === count, `look ${count} is over`);
  await settled();
}

test('nothing is around', async () => {
  expect(await look()).toEqual([]);
});

test('a network of containers in which the name servers lie is told of', async () => {
  await namespace.ip('link add docker0 type bridge', 'link set docker0 up', 'address add 172.17.0.1/16 dev docker0');
  const details = { interface: 'docker0', network: '172.17.0.0/16', address: '172.17.9.9', ofContainers: true };
  expect(await look()).toEqual([found('network-overlap', details)]);
});

test.each([
  ['blackhole default metric 5', 4],
  ['unreachable default metric 700', 4],
  ['prohibit default table 7700 metric 3', 4],
  ['unreachable default metric 5', 6],
] as const)('%s (IPv%i) comes before the link and refuses: told of, until it is gone', async (route, family) => {
  const ip = (verb: string) => namespace.output('ip', `-${family}`, 'route', verb, ...route.split(' '));
  await ip('append');
  // The link has no IPv6, of which nothing is refused then.
  const expected = family === 4 ? [found('route-refuses', { family, route, interface: 'wwan0' })] : [];
  expect(await look()).toEqual(expected);
  await ip('del');
  expect(await look()).toEqual([]);
});

test('a route that refuses what nothing else takes, or of a table of somebody else, is no trouble', async () => {
  await namespace.ip('route add unreachable default metric 9999', 'route add unreachable default table 51');
  expect(await look()).toEqual([]);
});

test('a manager that leaves a file of its client is told of', async () => {
  mkdirSync(join(root, 'run'));
  writeFileSync(join(root, 'run/dhclient.wwan0.pid'), `${process.ppid}\n`);
  expect(await look()).toMatchObject([
    { code: 'other-managers', text: 'dhclient asks for an address on wwan0: two would fight over it' },
  ]);
});

/** A VPN whose rule goes before ours. */
const vpn = ['link add vpn0 type veth peer name far0', 'link set vpn0 up', 'link set far0 up'].concat(
  'address add 10.9.0.2/24 dev vpn0',
  'route add default via 10.9.0.1 dev vpn0 table 51',
  'rule add lookup 51 priority 100',
);

test.each([
  ['strict', [found('rp-filter', { interface: 'wwan0', sysctl: 'wwan0', address: OWN, by: 'vpn0' })]],
  ['loose', []],
  ['off', []],
] as const)('a rule of somebody else before ours, under a filter that is %s', async (value, expected) => {
  filter(value);
  await namespace.ip(...vpn);
  expect(await look()).toEqual(expected);
});

test('what was found and is gone is told of no more', async () => {
  await namespace.ip(...vpn);
  expect(await look()).toHaveLength(1);
  await namespace.ip('rule delete lookup 51 priority 100');
  expect(await look()).toEqual([]);
});

test('however often the link changes, it is looked around once in ten seconds', async () => {
  await look();
  watch.check(link, stop.signal);
  watch.check(link, stop.signal);
  await clock.step(0);
  await overAfter(2);
  expect(begun).toBe(2);
  watch.check(link, stop.signal);
  await clock.step(9_000);
  expect(begun).toBe(2);
  await clock.step(1_000);
  await overAfter(3);
});

test('a look that fails is a hint less, and the next one is made', async () => {
  bus.close();
  watch.check(link, stop.signal);
  await clock.step(10_000);
  await eventually(() => lines.length > 0, 'it is told');
  expect(lines).toMatchObject([{ level: 'debug', message: 'could not look who else configures the network' }]);
  await settled();
  watch.check(link, stop.signal);
  await clock.step(10_000);
  await eventually(() => lines.length > 1, 'it is looked again');
});

test('a link that went is not looked around, and nothing is told', async () => {
  await look();
  const went = new AbortController();
  watch.check(link, went.signal);
  went.abort();
  await settled();
  expect(begun).toBe(1);
  expect(lines).toEqual([]);
});

// What systemd-resolved is told over a real bus, and what comes of its answers. The real one is
// asked in dns.test.ts; this one refuses, is old, and forgets.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Variant } from 'dbus-next';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bus } from '../../../src/dbus/bus.ts';
import { BusLostError } from '../../../src/dbus/errors.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import type { Backend } from '../../../src/network/dns/backend.ts';
import { DnsError } from '../../../src/network/dns/dns-error.ts';
import { followResolved, isResolvedRunning, resolvedBackend } from '../../../src/network/dns/resolved.ts';
import type { WantedDns } from '../../../src/network/dns/wanted-dns.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type PrivateBus, startPrivateBus } from '../dbus/private-bus.ts';
import { type Answer, type Service, startService } from '../dbus/service.ts';
import { eventually } from './namespace.ts';

const NAME = 'org.freedesktop.resolve1';
const INDEX = 7;
const { signal } = new AbortController();
const wanted: WantedDns = {
  interface: 'wwan0',
  servers: ['198.51.100.53', '2001:db8::53'],
  preferred: true,
};
const BYTES = {
  4: Buffer.from([198, 51, 100, 53]),
  6: Buffer.from('20010db8000000000000000000000053', 'hex'),
};

let daemon: PrivateBus;
let bus: Bus;
let root: string;
let backend: Backend;
let resolved: Service | undefined;
beforeEach(async () => {
  daemon = await startPrivateBus();
  bus = await openSystemBus({ address: daemon.address, clock: systemClock });
  root = mkdtempSync(join(tmpdir(), 'percept-lte-resolved-'));
  mkdirSync(join(root, 'sys/class/net/wwan0'), { recursive: true });
  writeFileSync(join(root, 'sys/class/net/wwan0/ifindex'), `${INDEX}\n`);
  backend = resolvedBackend({ bus, root });
  resolved = undefined;
});
afterEach(async () => {
  resolved?.stop();
  bus.close();
  await daemon.stop();
  rmSync(root, { recursive: true });
});

/** One that knows of `servers` and `domains` and takes everything, but for `changes`. */
async function start(
  { servers = [], domains = [] }: { servers?: readonly unknown[]; domains?: readonly unknown[] } = {},
  changes: Readonly<Record<string, Answer>> = {},
): Promise<Service> {
  resolved = await startService(daemon.address, [NAME], {
    'Get DNS': ['v', new Variant('a(iiay)', servers)],
    'Get Domains': ['v', new Variant('a(isb)', domains)],
    SetLinkDNS: [''],
    SetLinkDomains: [''],
    SetLinkDefaultRoute: [''],
    RevertLink: [''],
    ...changes,
  });
  return resolved;
}

const changesIn = ({ calls }: Service) => calls.filter(([member]) => member !== 'Get');

test('the servers and the domain of the link go to systemd-resolved, and the link answers for every name', async () => {
  const service = await start({ servers: [[3, 2, Buffer.from([192, 168, 7, 1])]], domains: [[3, 'lan', false]] });
  expect(await backend.put(wanted, false, signal)).toBe(true);
  expect(changesIn(service)).toEqual([
    [
      'SetLinkDNS',
      INDEX,
      [
        [2, BYTES[4]],
        [10, BYTES[6]],
      ],
    ],
    ['SetLinkDomains', INDEX, [['.', true]]],
    ['SetLinkDefaultRoute', INDEX, true],
  ]);
});

test('what systemd-resolved has already is not told again', async () => {
  const servers = [
    [3, 2, Buffer.from([192, 168, 7, 1])],
    [INDEX, 2, BYTES[4]],
    [INDEX, 10, BYTES[6]],
  ];
  const service = await start({ servers, domains: [[INDEX, '.', true]] });
  expect(await backend.put(wanted, true, signal)).toBe(false);
  expect(changesIn(service)).toEqual([]);
});

test('a link that is no longer preferred loses its domain', async () => {
  const servers = [
    [INDEX, 2, BYTES[4]],
    [INDEX, 10, BYTES[6]],
  ];
  const service = await start({ servers, domains: [[INDEX, '.', true]] });
  expect(await backend.put({ ...wanted, preferred: false }, true, signal)).toBe(true);
  expect(changesIn(service)).toContainEqual(['SetLinkDomains', INDEX, []]);
});

test('properties of another shape are taken for nothing: the servers are told', async () => {
  const service = await start(
    {},
    { 'Get DNS': ['v', new Variant('s', 'none')], 'Get Domains': ['v', new Variant('as', ['lan'])] },
  );
  expect(await backend.put(wanted, true, signal)).toBe(true);
  expect(changesIn(service)).toHaveLength(3);
});

test('a systemd-resolved before v240 knows no default route: the rest is in place', async () => {
  const service = await start({}, { SetLinkDefaultRoute: { error: 'org.freedesktop.DBus.Error.UnknownMethod' } });
  expect(await backend.put(wanted, false, signal)).toBe(true);
  expect(changesIn(service)).toHaveLength(3);
});

test.each(['SetLinkDNS', 'SetLinkDomains', 'SetLinkDefaultRoute'])(
  'a refused %s is told with its remedy',
  async (member) => {
    await start({}, { [member]: { error: 'org.freedesktop.resolve1.LinkBusy' } });
    const told = await backend.put(wanted, false, signal).catch((error: unknown) => error);
    expect(told).toBeInstanceOf(DnsError);
    expect(told).toMatchObject({
      message: `systemd-resolved refused ${member}: org.freedesktop.resolve1.LinkBusy: not today`,
      remedy: expect.stringContaining('resolvectl status'),
    });
  },
);

test('an interface that is gone is told, and systemd-resolved is not asked', async () => {
  const service = await start();
  const gone = { ...wanted, interface: 'wwan9' };
  await expect(backend.put(gone, false, signal)).rejects.toThrow('there is no interface wwan9');
  expect(service.calls).toEqual([]);
});

test('a link that is taken back is reverted', async () => {
  const service = await start();
  await backend.take('wwan0', signal);
  expect(service.calls).toEqual([['RevertLink', INDEX]]);
});

test('taking back needs nothing where the interface or systemd-resolved is gone', async () => {
  await backend.take('wwan0', signal);
  const service = await start();
  await backend.take('wwan9', signal);
  expect(service.calls).toEqual([]);
});

test('without a bus there is nobody to tell', async () => {
  const alone = resolvedBackend({ bus: undefined, root });
  expect(await alone.put(wanted, false, signal)).toBe(false);
  await expect(alone.take('wwan0', signal)).resolves.toBeUndefined();
});

test('a bus that ends meanwhile is no refusal', async () => {
  await start();
  bus.close();
  await expect(backend.take('wwan0', signal)).rejects.toThrow(BusLostError);
});

test('systemd-resolved that comes back is heard of; one that goes is not', async () => {
  expect(await isResolvedRunning(bus, signal)).toBe(false);
  let restarts = 0;
  await followResolved(bus, () => (restarts += 1), signal);
  const first = await start();
  await eventually(() => restarts === 1, 'the first is heard of');
  expect(await isResolvedRunning(bus, signal)).toBe(true);
  first.stop();
  await eventually(async () => !(await isResolvedRunning(bus, signal)), 'it is gone');
  expect(restarts).toBe(1);
  await start();
  await eventually(() => restarts === 2, 'the second is heard of');
});

// The name servers of the link, kept in a systemd-resolved on a real bus that forgets them, refuses
// them and goes away.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Variant } from 'dbus-next';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Found } from '../../../src/codes/codes.ts';
import type { Bus } from '../../../src/dbus/bus.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { NameServers } from '../../../src/network/dns/name-servers.ts';
import { WrittenFiles } from '../../../src/network/dns/written-files.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { CommandError, type CommandRunner } from '../../../src/system/command.ts';
import { type PrivateBus, startPrivateBus } from '../dbus/private-bus.ts';
import { type Answer, type Service, startService } from '../dbus/service.ts';
import { type Line, recordingLogger } from '../modem/recording-logger.ts';
import { eventually } from './namespace.ts';

const INDEX = 7;
const noCommands: CommandRunner = {
  run: (argv) => Promise.reject(new CommandError(argv, undefined, 'not found')),
  follow: () => Promise.reject(new Error('nothing is followed here')),
};

let daemon: PrivateBus;
let bus: Bus;
let root: string;
let resolved: Service;
let lines: Line[];
let warnings: readonly Found[];
let isPreferred: boolean;
let nameServers: NameServers;
let stop: AbortController;

beforeEach(async () => {
  daemon = await startPrivateBus();
  bus = await openSystemBus({ address: daemon.address, clock: systemClock });
  root = mkdtempSync(join(tmpdir(), 'percept-lte-servers-'));
  for (const folder of ['etc', 'sys/class/net/wwan0', 'run/systemd/resolve'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'sys/class/net/wwan0/ifindex'), `${INDEX}\n`);
  writeFileSync(join(root, 'run/systemd/resolve/stub-resolv.conf'), 'nameserver 127.0.0.53\n');
  symlinkSync('../run/systemd/resolve/stub-resolv.conf', join(root, 'etc/resolv.conf'));
  resolved = await start();
  const recording = recordingLogger();
  lines = recording.lines;
  warnings = [];
  isPreferred = true;
  stop = new AbortController();
  nameServers = new NameServers({
    runner: noCommands,
    bus,
    root,
    written: new WrittenFiles(),
    clock: systemClock,
    log: recording.logger,
    warn: (found) => {
      warnings = found;
    },
    isPreferred: () => Promise.resolve(isPreferred),
    lastInterface: () => '',
  });
});
afterEach(async () => {
  stop.abort();
  resolved.stop();
  bus.close();
  await daemon.stop();
  rmSync(root, { recursive: true });
});

const start = (changes: Readonly<Record<string, Answer>> = {}): Promise<Service> =>
  startService(daemon.address, ['org.freedesktop.resolve1'], {
    'Get DNS': ['v', new Variant('a(iiay)', [])],
    'Get Domains': ['v', new Variant('a(isb)', [])],
    SetLinkDNS: [''],
    SetLinkDomains: [''],
    SetLinkDefaultRoute: [''],
    RevertLink: [''],
    ...changes,
  });

const apply = () => nameServers.apply({ interface: 'wwan0', servers: ['198.51.100.53'] }, stop.signal);
const told = ({ calls }: Service, member: string) => calls.filter(([name]) => name === member);

test('systemd-resolved that comes back, and has forgotten them, is told them again at once', async () => {
  await apply();
  expect(told(resolved, 'SetLinkDNS')).toEqual([['SetLinkDNS', INDEX, [[2, Buffer.from([198, 51, 100, 53])]]]]);
  expect(lines).toMatchObject([{ message: 'name servers handed over', fields: { mode: 'systemd-resolved' } }]);
  resolved.stop();
  resolved = await start();
  await eventually(() => told(resolved, 'SetLinkDNS').length > 0, 'it is told again');
});

test('a better way out that comes takes the domain away, within a second', async () => {
  await apply();
  expect(told(resolved, 'SetLinkDomains')).toEqual([['SetLinkDomains', INDEX, [['.', true]]]]);
  isPreferred = false;
  nameServers.reconsider();
  await eventually(() => told(resolved, 'SetLinkDomains').length === 2, 'it is told');
  expect(told(resolved, 'SetLinkDomains').at(-1)).toEqual(['SetLinkDomains', INDEX, []]);
});

test('systemd-resolved that refuses them is warned of with its remedy, and asked again', async () => {
  resolved.answers.set('SetLinkDNS', { error: 'org.freedesktop.resolve1.LinkBusy' });
  await apply();
  expect(warnings).toMatchObject([
    {
      code: 'name-servers-unused',
      text: expect.stringMatching(/^the name servers of the link are not in use: systemd-resolved refused SetLinkDNS/),
      remedy: expect.stringContaining('resolvectl status'),
    },
  ]);
  resolved.answers.set('SetLinkDNS', ['']);
  await eventually(() => warnings.length === 0, 'they are in use');
});

test('at a stop systemd-resolved is told to forget them', async () => {
  await apply();
  stop.abort();
  await nameServers.apply(undefined, new AbortController().signal);
  expect(told(resolved, 'RevertLink')).toEqual([['RevertLink', INDEX]]);
  expect(warnings).toEqual([]);
});

test('a bus that has ended is no failure of name resolution: others tell of it', async () => {
  bus.close();
  await apply();
  expect(warnings).toEqual([]);
});

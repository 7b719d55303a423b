// The name servers of the link, kept in a file of a folder's while others rewrite it, take it away
// or make it unwritable.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bus } from '../../../../src/dbus/bus.ts';
import { NameServers } from '../../../../src/network/dns/name-servers.ts';
import { WrittenFiles } from '../../../../src/network/dns/written-files.ts';
import { warningSentence } from '../../../../src/status/why.ts';
import { CommandError, type CommandRunner } from '../../../../src/system/command.ts';
import { SteppedClock } from '../../stepped-clock.ts';

let root = '';
let end: AbortController;

// Each write waits for the disk.
vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dns-'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(path(), 'nameserver 192.168.7.1\n');
  end = new AbortController();
});
afterEach(async () => {
  end.abort();
  await new Promise((resolve) => setTimeout(resolve, 20));
  rmSync(root, { recursive: true });
});

const path = () => join(root, 'etc', 'resolv.conf');
const text = () => readFileSync(path(), 'utf8');
const isInPlace = () => existsSync(path()) && text().includes('nameserver 10.0.0.53');
const wanted = { interface: 'wwan0', servers: ['10.0.0.53'] };

/** A host without any resolvconf. */
const noCommands: CommandRunner = {
  run: (argv) => Promise.reject(new CommandError(argv, undefined, 'not found')),
  follow: () => Promise.reject(new Error('nothing is followed here')),
};

/** openresolv, which knows its version and takes nothing. */
const refusingResolvconf: CommandRunner = {
  ...noCommands,
  run: (argv) =>
    argv.includes('--version')
      ? Promise.resolve('openresolv 3.12.0')
      : Promise.reject(new CommandError(argv, 1, 'a hook failed')),
};

/** openresolv, which takes every record and shows none: somebody takes it out each time. */
const forgetfulResolvconf: CommandRunner = {
  ...noCommands,
  run: (argv) => Promise.resolve(argv.includes('--version') ? 'openresolv 3.12.0' : ''),
};

/**
 * systemd-resolved, which forgets what it was told of the link when it restarts (`restart`), or where
 * somebody takes it out again each time.
 */
function forgetfulResolved(takenOut: 'each time' | 'at restarts') {
  const owners: ((owner: string) => void)[] = [];
  let told: Readonly<Record<string, unknown>> = {};
  const answer = (member: string, body: readonly unknown[] = []): unknown[] => {
    if (member === 'NameHasOwner') return [true];
    if (member === 'Get') return [told[String(body[1])] ?? []];
    const [index, entries] = body as [number, unknown[][]];
    const property = { SetLinkDNS: 'DNS', SetLinkDomains: 'Domains' }[member];
    if (property !== undefined && takenOut === 'at restarts')
      told = { ...told, [property]: entries.map((entry) => [index, ...entry]) };
    return [];
  };
  const bus: Bus = {
    call: ({ member, body }) => Promise.resolve(answer(member, body)),
    subscribe: () => Promise.reject(new Error('not asked for')),
    follow: (_name, listener) => {
      owners.push(listener);
      return Promise.resolve(':1.1');
    },
    lost: new AbortController().signal,
    close: () => {},
  };
  mkdirSync(join(root, 'sys/class/net/wwan0'), { recursive: true });
  writeFileSync(join(root, 'sys/class/net/wwan0/ifindex'), '7\n');
  writeFileSync(
    path(),
    '# This is /run/systemd/resolve/stub-resolv.conf managed by man:systemd-resolved(8).\nnameserver 127.0.0.53\n',
  );
  const restart = () => {
    told = {};
    for (const listener of owners) listener(':1.2');
  };
  return { bus, restart };
}

function keeping(isPreferred: () => boolean | Promise<boolean> = () => true, runner = noCommands, bus?: Bus) {
  const clock = new SteppedClock();
  const lines: { level: number; msg: string; writer?: string; what?: string; remedy?: string }[] = [];
  const state = { warnings: [] as readonly string[] };
  const nameServers = new NameServers({
    runner,
    bus,
    root,
    written: new WrittenFiles(),
    clock,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    warn: (found) => {
      state.warnings = found.map(warningSentence);
    },
    isPreferred: async () => await isPreferred(),
    lastInterface: () => 'wwan0',
  });
  /** Lets time pass in steps, and the disk work in between. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await clock.step(1_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  /** Holds after `ms` of the clock's time; the disk takes what it takes. */
  const holdsWithin = async (ms: number, holds: () => boolean) => {
    await pass(ms);
    await vi.waitFor(() => expect(holds()).toBe(true), 10_000);
  };
  const putBack = () => lines.filter(({ msg }) => msg.includes('put back'));
  return { nameServers, clock, lines, state, pass, holdsWithin, putBack };
}

test('a file that somebody rewrites has the servers again within seconds, and its writer is told', async () => {
  const { nameServers, holdsWithin, putBack, state } = keeping();
  await nameServers.apply(wanted, end.signal);
  expect(isInPlace()).toBe(true);
  writeFileSync(path(), '# Generated by dhcpcd from eth0\n# no name servers\n');
  await holdsWithin(4_000, () => isInPlace() && putBack().length > 0);
  expect(text()).toContain('Generated by dhcpcd');
  expect(putBack()).toMatchObject([{ writer: 'dhcpcd' }]);
  expect(state.warnings).toEqual([]);
});

test('a program that keeps rewriting the file is named in a warning, and answered ever more slowly', async () => {
  const { nameServers, pass, holdsWithin, putBack, state } = keeping();
  await nameServers.apply(wanted, end.signal);
  for (let second = 0; second < 300; second += 5) {
    // As a whole: a look between two system calls would find nobody's name.
    writeFileSync(`${path()}.new`, '# Generated by NetworkManager\n');
    renameSync(`${path()}.new`, path());
    await pass(5_000);
  }
  expect(putBack().length).toBeGreaterThanOrEqual(3);
  expect(putBack().length).toBeLessThan(15);
  expect(state.warnings).toEqual([expect.stringMatching(/^NetworkManager keeps taking .* rc-manager=unmanaged/)]);
  // It gave up: in the end the servers are in place, and nothing is warned of any more.
  await holdsWithin(20 * 60_000, () => isInPlace() && state.warnings.length === 0);
});

test('systemd-resolved keeps losing the servers: who took them out is not known, and is not called systemd-resolved', async () => {
  const { bus } = forgetfulResolved('each time');
  const { nameServers, holdsWithin, putBack, state } = keeping(() => true, noCommands, bus);
  await nameServers.apply(wanted, end.signal);
  await holdsWithin(5 * 60_000, () => state.warnings.length > 0);
  expect(state.warnings).toEqual([expect.stringMatching(/^another program keeps taking .*busctl monitor/)]);
  expect(putBack()[0]).toMatchObject({ mode: 'systemd-resolved', writer: 'another program' });
});

test('systemd-resolved that keeps being restarted is named, for it forgets the servers itself', async () => {
  const { bus, restart } = forgetfulResolved('at restarts');
  const { nameServers, pass, state } = keeping(() => true, noCommands, bus);
  await nameServers.apply(wanted, end.signal);
  for (let time = 0; time < 4; time += 1) {
    await pass(5_000);
    restart();
    await pass(5_000);
  }
  expect(state.warnings).toEqual([
    expect.stringMatching(/^systemd-resolved keeps taking .*journalctl -u systemd-resolved/),
  ]);
});

test('a record that is taken out of resolvconf: the file’s owner is not to blame', async () => {
  writeFileSync(path(), '# Generated by resolvconf\nnameserver 192.168.7.1\n');
  const { nameServers, holdsWithin, state } = keeping(() => true, forgetfulResolvconf);
  await nameServers.apply(wanted, end.signal);
  await holdsWithin(5 * 60_000, () => state.warnings.length > 0);
  expect(state.warnings).toEqual([expect.stringMatching(/^another program keeps taking .*resolvconf -l/)]);
});

test('what failed is tried again until it works, and stands as a warning until then', async () => {
  rmSync(path());
  mkdirSync(path());
  const { nameServers, pass, holdsWithin, state } = keeping();
  await nameServers.apply(wanted, end.signal);
  expect(state.warnings).toEqual([
    expect.stringMatching(
      /^the name servers of the link are not in use: .*resolv\.conf is no regular file.*tried again\. Remedy: see who holds/,
    ),
  ]);
  await pass(30_000);
  rmSync(path(), { recursive: true });
  await holdsWithin(60_000, () => isInPlace() && state.warnings.length === 0);
});

test('resolvconf refuses the servers: what to look at is resolvconf, and not the file', async () => {
  const { nameServers, state } = keeping(() => true, refusingResolvconf);
  await nameServers.apply(wanted, end.signal);
  expect(state.warnings).toEqual([
    expect.stringMatching(/a hook failed.*Remedy: see what it says by hand: resolvconf/),
  ]);
});

test('the file is gone, or another one by another way: looked at within seconds', async () => {
  const { nameServers, holdsWithin } = keeping();
  await nameServers.apply(wanted, end.signal);
  rmSync(path());
  await holdsWithin(3_000, isInPlace);
  rmSync(path());
  symlinkSync('nowhere', path());
  await holdsWithin(3_000, isInPlace);
});

test('another uplink becomes the better one: its servers come first within a second', async () => {
  let preferred = true;
  const { nameServers, clock, holdsWithin } = keeping(() => preferred);
  await nameServers.apply(wanted, end.signal);
  expect(text()).toMatch(/10\.0\.0\.53[\s\S]*192\.168\.7\.1/);
  preferred = false;
  await clock.step(0);
  nameServers.reconsider();
  await holdsWithin(2_000, () => /192\.168\.7\.1[\s\S]*10\.0\.0\.53/.test(text()));
});

test('a host whose routes change forty times a second is looked at once a second', async () => {
  const looks = vi.fn(() => true);
  const { nameServers, clock, pass } = keeping(looks);
  await nameServers.apply(wanted, end.signal);
  looks.mockClear();
  for (let tick = 0; tick < 400; tick += 1) {
    nameServers.reconsider();
    await clock.step(25);
  }
  await pass(2_000);
  await vi.waitFor(() => expect(looks).toHaveBeenCalled(), 10_000);
  expect(looks.mock.calls.length).toBeLessThanOrEqual(13);
});

test('taken back, the file is to the byte what it was; without servers there is nothing to hand over', async () => {
  const { nameServers, lines } = keeping();
  await nameServers.apply(wanted, end.signal);
  const link = new AbortController();
  await nameServers.apply(undefined, link.signal);
  expect(text()).toBe('nameserver 192.168.7.1\n');
  await nameServers.apply({ ...wanted, servers: ['0.0.0.0'] }, link.signal);
  expect(text()).toBe('nameserver 192.168.7.1\n');
  expect(lines).toHaveLength(1);
  link.abort();
});

test('the servers cannot be taken out at a stop: the log says at once in which file they are left, and once', async () => {
  const { nameServers, lines, pass } = keeping();
  await nameServers.apply(wanted, end.signal);
  const stop = new AbortController();
  rmSync(path());
  mkdirSync(path());
  await nameServers.apply(undefined, stop.signal);
  const told = () => lines.filter(({ level }) => level >= 40);
  expect(told()).toMatchObject([
    {
      what: '/etc/resolv.conf',
      msg: expect.stringMatching(/are still in use: .* is no regular file$/),
      remedy: expect.stringMatching(/^once the file can be written/),
    },
  ]);
  await pass(10_000);
  expect(told()).toHaveLength(1);
  stop.abort();
});

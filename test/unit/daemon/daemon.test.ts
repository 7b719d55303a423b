// The daemon from start to stop, in this process. With a modem and a link: test/component/daemon.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { BusLostError, DBusCallError } from '../../../src/dbus/errors.ts';
import { openProvenStore, provenPath, readProven } from '../../../src/state/proven.ts';
import { requestAcceptance } from '../../../src/status/accept.ts';
import { Board } from './fake-host.ts';

const CONFIG = 'connect:\n  apn: internet\n';

/** Told by systemd, the job that runs on this very unit. */
function underSystemd(board: Board, job: string): void {
  board.env.INVOCATION_ID = '0123456789abcdef';
  board.bus.answers.set('GetUnitByPID', () => Promise.resolve(['/org/freedesktop/systemd1/unit/percept_lte']));
  board.bus.answers.set('Get', ({ body = [] }) => Promise.resolve([body[1] === 'Job' ? [7, '/job/7'] : job]));
}

test('without ModemManager it is in charge, says so once, and publishes what is missing', async () => {
  const board = new Board(CONFIG);
  const { ended } = await board.inCharge();
  await vi.waitFor(() => expect(board.status).toMatchObject({ phase: 'absent', modemManager: { onBus: false } }));
  await vi.waitFor(() => expect(board.told).toContainEqual({ STATUS: board.status?.sentence }));
  board.bus.answers.set('GetManagedObjects', () => Promise.resolve([{}]));
  board.bus.answers.set('Get', () => Promise.resolve(['1.24.0']));
  board.bus.owned(':1.7');
  await vi.waitFor(() => expect(board.status).toMatchObject({ modemManager: { onBus: true, version: '1.24.0' } }));
  expect(board.count('READY')).toBe(1);
  board.signal('SIGTERM');
  expect(await ended).toBe(0);
  expect(board.count('STOPPING')).toBe(1);
  expect(board.bus.isClosed).toBe(true);
});

/** The bus does not say who has ModemManager's name, until what this gives says so. */
function heldFollow(board: Board): (owner: string) => void {
  let answer: (owner: string) => void = () => {};
  board.bus.follow = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  return (owner) => answer(owner);
}

test('systemd is not told READY=1 before it is known whether there is a modem', async () => {
  const board = new Board(CONFIG);
  const answer = heldFollow(board);
  await board.start();
  await board.clock.step(60_000);
  expect(board.count('READY')).toBe(0);
  answer('');
  await vi.waitFor(() => expect(board.count('READY')).toBe(1));
});

test('a reload before it is known whether there is a modem is no READY=1 either', async () => {
  const board = new Board(CONFIG);
  const answer = heldFollow(board);
  await board.start();
  board.signal('SIGHUP');
  await vi.waitFor(() => expect(board.log).toContain('configuration reloaded'));
  await board.clock.step(1_000);
  expect(board.count('READY')).toBe(0);
  answer('');
  await vi.waitFor(() => expect(board.count('READY')).toBe(1));
  expect(board.count('RELOADING')).toBe(0);
});

test('a reload puts the file into force, and systemd hears when it begins and ends', async () => {
  const board = new Board(CONFIG);
  await board.inCharge();
  board.write(`${CONFIG}network:\n  metric: 50\nlog:\n  level: debug\n`);
  board.signal('SIGHUP');
  await vi.waitFor(() => expect(board.log).toMatch(/configuration reloaded.*network/));
  await vi.waitFor(() => expect(board.count('READY')).toBe(2));
  expect(board.told.filter(({ STATUS }) => STATUS === undefined)).toEqual([
    { READY: true },
    { RELOADING: true },
    { READY: true },
  ]);
});

test('a typo in the file at a reload is said and stands as a warning; the daemon goes on', async () => {
  const board = new Board(CONFIG);
  const { ended } = await board.inCharge();
  board.write('connect:\n  apm: internet\n');
  board.signal('SIGHUP');
  await vi.waitFor(() => expect(board.status?.warnings.map(({ code }) => code)).toContain('configuration'));
  await vi.waitFor(() => expect(board.count('READY')).toBe(2));
  board.signal('SIGINT');
  expect(await ended).toBe(0);
});

test('a person accepts where nothing is on trial: that is said', async () => {
  const board = new Board(CONFIG);
  await board.inCharge();
  await requestAcceptance(board.env, '');
  board.signal('SIGHUP');
  await vi.waitFor(() => expect(board.log).toContain('there is no change on trial to accept'));
});

test('a bus that is lost ends the daemon, which systemd starts again', async () => {
  const board = new Board(CONFIG);
  const { ended } = await board.inCharge();
  board.bus.lose();
  await expect(ended).rejects.toThrow(BusLostError);
  expect(board.bus.isClosed).toBe(true);
  expect(existsSync(join(board.folder, 'memory.json'))).toBe(true);
});

test('a watch that ends by itself ends the daemon: nobody would follow ModemManager', async () => {
  const board = new Board(CONFIG);
  const refused = new DBusCallError('org.freedesktop.DBus.Error.LimitsExceeded', 'too many match rules', 'AddMatch');
  board.bus.answers.set('AddMatch', () => Promise.reject(refused));
  const { ended } = await board.start();
  await expect(ended).rejects.toBe(refused);
});

const swept = (board: Board) => board.commands.argvs.some((argv) => argv.includes('-json -batch'));

test('systemd restarts the service: nothing on the host is touched, for the next start adopts it', async () => {
  const board = new Board(CONFIG);
  underSystemd(board, 'restart');
  const { ended } = await board.inCharge();
  board.signal('SIGTERM');
  expect(await ended).toBe(0);
  expect(board.log).toMatch(/asked to stop.*keepLink.*true/);
  expect(swept(board)).toBe(false);
});

test.each<[string, (board: Board) => void, 'SIGTERM' | 'SIGINT']>([
  ['systemd stops the service', (board) => underSystemd(board, 'stop'), 'SIGTERM'],
  [
    'a person presses Ctrl-C, while systemd happens to restart the service',
    (board) => underSystemd(board, 'restart'),
    'SIGINT',
  ],
  ['there is no systemd', () => {}, 'SIGTERM'],
])('%s: what is ours on the host is removed', async (_, arranged, signal) => {
  const board = new Board(CONFIG);
  arranged(board);
  const { ended } = await board.inCharge();
  board.signal(signal);
  expect(await ended).toBe(0);
  expect(board.log).toMatch(/asked to stop.*keepLink.*false/);
  expect(swept(board)).toBe(true);
});

test('the bus is lost while systemd is asked what it does: the host is left alone, for the next start adopts it', async () => {
  const board = new Board(CONFIG);
  underSystemd(board, 'restart');
  let lose: (error: Error) => void = () => {};
  const asked = new Promise<readonly unknown[]>((_, reject) => {
    lose = reject;
  });
  board.bus.answers.set('GetUnitByPID', () => asked);
  const { ended } = await board.inCharge();
  board.signal('SIGTERM');
  board.bus.lose();
  lose(new BusLostError('the bus is gone'));
  await expect(ended).rejects.toThrow(BusLostError);
  await board.clock.step(60_000);
  expect(swept(board)).toBe(false);
});

test('a host whose ip hangs does not keep the daemon from stopping: it gives up in time', async () => {
  const board = new Board(CONFIG);
  const { ended } = await board.inCharge();
  board.commands.isHung = true;
  board.signal('SIGTERM');
  await vi.waitFor(() => expect(swept(board)).toBe(true));
  await board.clock.step(9_499);
  expect(board.bus.isClosed).toBe(false);
  await board.clock.step(1);
  await expect(ended).rejects.toThrow('stopping took too long');
});

test('systemd’s watchdog is fed as often as it wants, and not where it wants none', async () => {
  const [watched, other] = [new Board(CONFIG), new Board(CONFIG)];
  watched.watchdogIntervalMs = 15_000;
  await Promise.all([watched.inCharge(), other.inCharge()]);
  const before = watched.count('WATCHDOG');
  await Promise.all([watched.clock.step(60_000), other.clock.step(60_000)]);
  expect(watched.count('WATCHDOG') - before).toBe(4);
  expect(other.count('WATCHDOG')).toBe(0);
});

test('somebody clears /run: the socket for metrics and the status are there again', async () => {
  const board = new Board(`${CONFIG}metrics:\n  socket: true\n`);
  await board.inCharge();
  const files = ['metrics.sock', 'status.json', 'metrics.prom'].map((name) => join(board.folder, name));
  await vi.waitFor(() => expect(files.filter((path) => !existsSync(path))).toEqual([]));
  for (const path of files) rmSync(path);
  await board.clock.step(35_000);
  await vi.waitFor(() => expect(files.filter((path) => !existsSync(path))).toEqual([]));
});

test('a state folder that was wiped under the daemon has what is proven again within ten minutes', async () => {
  const board = new Board(CONFIG);
  const state = join(board.folder, 'state');
  const PROVEN = { connect: { apn: 'internet' } };
  await openProvenStore(state).save({ salt: 'salt', proven: { written: PROVEN, wallMs: 1 } });
  await board.inCharge();
  rmSync(state, { recursive: true });
  await board.clock.step(10 * 60_000);
  await vi.waitFor(() => expect(readProven(provenPath(state), () => {}).proven?.written).toEqual(PROVEN));
});

describe('a stop while it is written down that a change is on trial', () => {
  const proven = { written: { connect: { apn: 'internet' } }, wallMs: 1 };
  const writing = async () => {
    const board = new Board('connect:\n  apn: other\n');
    const state = join(board.folder, 'state');
    await openProvenStore(state).save({ salt: 'salt', proven });
    let answer = () => {};
    board.disk = new Promise((resolve) => {
      answer = resolve;
    });
    const { ended } = await board.inCharge();
    board.signal('SIGTERM');
    await vi.waitFor(() => expect(board.log).toContain('percept-lte stopped'));
    return { board, ended, answer, kept: () => readProven(provenPath(state), () => {}).trials };
  };

  test('ends when the disk has it: the next start would try the change from the beginning', async () => {
    const { ended, answer, kept } = await writing();
    expect(kept()).toBeUndefined();
    answer();
    expect(await ended).toBe(0);
    expect(kept()).toMatchObject({ standing: { kind: 'trying' } });
  });

  test('does not wait for a disk that hangs', async () => {
    const { board, ended } = await writing();
    await board.clock.step(2_000);
    expect(await ended).toBe(0);
  });
});

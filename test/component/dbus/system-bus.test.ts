import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Message, type MessageBus } from 'dbus-next';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bus, BusRequest } from '../../../src/dbus/bus.ts';
import { BusLostError, DBusCallError } from '../../../src/dbus/errors.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { type Clock, DeadlineError, systemClock } from '../../../src/system/clock.ts';
import { connectPeer, emit, PEER, PEER_PATH, startPeer } from './peer.ts';
import { endProcess, type PrivateBus, startPrivateBus } from './private-bus.ts';

let daemon: PrivateBus;
let bus: Bus;
const cleanups: (() => unknown)[] = [];

const open = async () => {
  const opened = await openSystemBus({ address: daemon.address, clock: systemClock });
  cleanups.push(() => opened.close());
  return opened;
};
const peer = async (): Promise<MessageBus> => {
  const started = await startPeer(daemon.address);
  cleanups.push(() => started.disconnect());
  return started;
};
const to = (member: string, ...body: string[]): BusRequest => ({
  destination: PEER,
  path: PEER_PATH,
  interface: PEER,
  member,
  ...(body.length > 0 && { signature: 's'.repeat(body.length), body }),
});
const inTime = { timeoutMs: 5_000 };

beforeEach(async () => {
  daemon = await startPrivateBus();
  bus = await open();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await daemon.stop();
});

test('a call answers with plain values', async () => {
  await peer();
  expect(await bus.call(to('Echo', 'hello'), inTime)).toEqual(['hello']);
  expect(await bus.call(to('Give64'), inTime)).toEqual([
    { small: 5, large: '9223372036854775808', list: [['a', 1]], bytes: Buffer.from([1, 2]) },
  ]);
});

test('an error reply names the D-Bus error, its text and the call', async () => {
  await peer();
  const error = await bus.call(to('Fail'), inTime).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DBusCallError);
  expect(error).toMatchObject({ type: 'org.example.Error.Refused', text: 'not today' });
  expect(String(error)).toContain('org.example.Peer.Fail on org.example.Peer /org/example/Peer');
});

test('a service that is not there is not started', async () => {
  await expect(bus.call(to('Echo', 'x'), inTime)).rejects.toMatchObject({
    type: expect.stringMatching(/ServiceUnknown|NameHasNoOwner/),
  });
});

test('a body that does not fit its signature rejects and leaves nothing behind', async () => {
  await peer();
  const odd = { ...to('Echo'), signature: 'u', body: ['no number'] };
  await expect(bus.call(odd, inTime)).rejects.toThrow();
  expect(await bus.call(to('Echo', 'still alive'), inTime)).toEqual(['still alive']);
});

test('a call that is not answered ends at its deadline', async () => {
  await peer();
  await expect(bus.call(to('Hang'), { timeoutMs: 50 })).rejects.toBeInstanceOf(DeadlineError);
  expect(await bus.call(to('Echo', 'on'), inTime)).toEqual(['on']);
});

test('a call ends with the reason of its signal', async () => {
  await peer();
  const controller = new AbortController();
  const call = bus.call(to('Hang'), { ...inTime, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
});

test('a service that is stopped (SIGSTOP) runs into the deadline, one that is killed rejects at once', async () => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('./peer.ts', import.meta.url)), daemon.address],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  cleanups.push(() => endProcess(child));
  await once(child.stdout, 'data');
  expect(await bus.call(to('Echo', 'x'), inTime)).toEqual(['x']);
  child.kill('SIGSTOP');
  await expect(bus.call(to('Echo', 'x'), { timeoutMs: 100 })).rejects.toBeInstanceOf(DeadlineError);
  const pending = bus.call(to('Hang'), inTime).catch((error: unknown) => error);
  child.kill('SIGKILL');
  expect(await pending).toMatchObject({ type: 'org.freedesktop.DBus.Error.NoReply' });
  expect(bus.lost.aborted).toBe(false);
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a bus ended by %s is lost at once, and with it what is pending',
  async (signal) => {
    await peer();
    const pending = bus.call(to('Hang'), { timeoutMs: 600_000 }).catch((error: unknown) => error);
    daemon.daemon.kill(signal);
    expect(await pending).toBeInstanceOf(BusLostError);
    expect(bus.lost.reason).toBeInstanceOf(BusLostError);
    await expect(bus.call(to('Echo', 'x'), inTime)).rejects.toBeInstanceOf(BusLostError);
  },
);

test('closing ends what is pending and is no loss', async () => {
  await peer();
  const pending = bus.call(to('Hang'), inTime).catch((error: unknown) => error);
  bus.close();
  expect(await pending).toBeInstanceOf(BusLostError);
  expect(bus.lost.aborted).toBe(false);
});

test('a signal reaches the listeners whose rules it fits, in order', async () => {
  const sender = await peer();
  const heard: string[] = [];
  const all: string[] = [];
  await bus.subscribe(
    { sender: PEER, interface: PEER, member: 'Said', arg0: 'b' },
    ({ body }) => heard.push(String(body[0])),
    inTime,
  );
  await bus.subscribe(
    { sender: PEER, pathNamespace: '/org/example' },
    ({ member, body }) => all.push(`${member} ${body[0]}`),
    inTime,
  );
  emit(sender, 'Said', 'a');
  emit(sender, 'Said', 'b');
  emit(sender, 'Sung', 'c');
  await vi.waitFor(() => expect(all).toEqual(['Said a', 'Said b', 'Sung c']));
  expect(heard).toEqual(['b']);
});

test('a listener that throws ends the connection and is named as the cause', async () => {
  const sender = await peer();
  const mistake = new TypeError('a mistake of ours');
  await bus.subscribe(
    { sender: PEER, interface: PEER },
    () => {
      throw mistake;
    },
    inTime,
  );
  emit(sender, 'Said', 'a');
  await vi.waitFor(() => expect(bus.lost.aborted).toBe(true));
  expect(bus.lost.reason).toMatchObject({ name: 'BusLostError', cause: mistake });
});

test('a method call to us is answered and harms nothing', async () => {
  const other = await peer();
  const [name] = await bus.call(
    {
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
      member: 'ListNames',
    },
    inTime,
  );
  const unique = (name as string[]).filter((entry) => entry.startsWith(':')).sort()[0] ?? '';
  await expect(
    other.call(new Message({ destination: unique, path: '/', interface: 'a.b', member: 'C' })),
  ).rejects.toThrow();
  expect(await bus.call(to('Echo', 'fine'), inTime)).toEqual(['fine']);
});

test('no daemon: the error says so', async () => {
  await expect(openSystemBus({ address: 'unix:path=/nonexistent/bus', clock: systemClock })).rejects.toThrow(
    /No D-Bus daemon at unix:path=\/nonexistent\/bus.*ENOENT/,
  );
});

/** A clock whose sleeps of `ms` end at once; all others are real. */
const hurried = (ms: number): Clock => ({
  now: systemClock.now,
  sleep: (wanted, signal) => systemClock.sleep(wanted === ms ? 10 : wanted, signal),
});

async function silentServer(onConnection: (socket: Socket) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'percept-lte-silent-'));
  const server = createServer(onConnection).listen(join(folder, 'bus'));
  await once(server, 'listening');
  cleanups.push(
    () => rm(folder, { recursive: true, force: true }),
    () => server.close(),
  );
  return `unix:path=${join(folder, 'bus')}`;
}

test('a server that accepts and says nothing is given up', async () => {
  const address = await silentServer((socket) => cleanups.push(() => socket.destroy()));
  await expect(openSystemBus({ address, clock: hurried(10_000) })).rejects.toThrow(/did not end within 10 s/);
});

test('a server that closes during the handshake is noticed', async () => {
  const address = await silentServer((socket) => socket.once('data', () => socket.destroy()));
  await expect(openSystemBus({ address, clock: systemClock })).rejects.toBeInstanceOf(BusLostError);
});

test('connecting can be called off', async () => {
  const address = await silentServer((socket) => cleanups.push(() => socket.destroy()));
  const controller = new AbortController();
  const opening = openSystemBus({ address, clock: systemClock, signal: controller.signal });
  controller.abort(new Error('stopping'));
  await expect(opening).rejects.toThrow('stopping');
});

test('a daemon that hangs is noticed by the ping', async () => {
  const pinged = await openSystemBus({
    address: daemon.address,
    clock: { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 100), signal) },
  });
  cleanups.push(() => pinged.close());
  const other = await connectPeer(daemon.address);
  cleanups.push(() => other.disconnect());
  expect(pinged.lost.aborted).toBe(false);
  daemon.daemon.kill('SIGSTOP');
  await vi.waitFor(() => expect(pinged.lost.aborted).toBe(true), { timeout: 5_000 });
  expect(pinged.lost.reason).toMatchObject({ message: 'The D-Bus daemon does not answer' });
});

// What a local user may do to this program over a real bus. The strangers here are harmless; what
// they show is that their messages are judged before anybody reads them.
import { Message, type MessageBus } from 'dbus-next';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bus, BusSignal } from '../../../src/dbus/bus.ts';
import { decodeBody } from '../../../src/dbus/codec.ts';
import { DRIVER, DRIVER_NAME } from '../../../src/dbus/driver.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { connectPeer, emit, PEER, PEER_PATH, startPeer } from './peer.ts';
import { type PrivateBus, startPrivateBus } from './private-bus.ts';

let daemon: PrivateBus;
let said: string[];
const cleanups: (() => unknown)[] = [];
const inTime = { timeoutMs: 5_000 };

beforeEach(async () => {
  daemon = await startPrivateBus();
  said = [];
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await daemon.stop();
});

async function open(decode = decodeBody): Promise<Bus> {
  const onTrouble = (text: string) => said.push(text);
  const bus = await openSystemBus({ address: daemon.address, clock: systemClock, onTrouble, decode });
  cleanups.push(() => bus.close());
  return bus;
}

async function peer(): Promise<MessageBus> {
  const started = await startPeer(daemon.address);
  cleanups.push(() => started.disconnect());
  return started;
}

async function stranger(): Promise<MessageBus> {
  const connected = await connectPeer(daemon.address);
  cleanups.push(() => connected.disconnect());
  return connected;
}

/** Our own unique name: the only other one when nobody else is there yet. */
async function nameOf(bus: Bus): Promise<string> {
  const [names] = await bus.call({ ...DRIVER, member: 'ListNames' }, inTime);
  return (names as string[]).find((name) => name.startsWith(':')) ?? '';
}

const echo = (text: string) => ({
  destination: PEER,
  path: PEER_PATH,
  interface: PEER,
  member: 'Echo',
  signature: 's',
  body: [text],
});

/** Its unique name, which the library's types leave out. */
const uniqueName = (bus: MessageBus) => (bus as unknown as { readonly name: string }).name;

/** A signal to `destination` alone, which needs no match rule. */
const toOne = (destination: string, fields: object, text = 'x') =>
  new Message({ type: 4, destination, path: PEER_PATH, signature: 's', body: [text], ...fields } as never);

const owned = { path: DRIVER.path, interface: DRIVER_NAME, member: 'NameOwnerChanged' };

test("a stranger's signals are not read, whoever they claim to be from", async () => {
  const decoded: string[] = [];
  const bus = await open((header, body) => {
    if (header.type === 4) decoded.push(String(header.sender));
    return decodeBody(header, body);
  });
  const us = await nameOf(bus);
  const service = await peer();
  const heard: unknown[] = [];
  await bus.subscribe({ sender: PEER, interface: PEER }, ({ body }) => heard.push(body[0]), inTime);
  const other = await stranger();
  other.send(toOne(us, { interface: PEER, member: 'Said' }, 'from a stranger'));
  other.send(toOne(us, owned, PEER));
  // The stranger's are with us when it has been answered by the bus after them.
  await other.call(new Message({ ...DRIVER, member: 'GetId' }));
  emit(service, 'Said', 'from the service');
  await vi.waitFor(() => expect(heard).toEqual(['from the service']));
  expect(new Set(decoded)).toEqual(new Set([uniqueName(service)]));
});

test('a name changes hands only when the bus itself says so', async () => {
  const bus = await open();
  const us = await nameOf(bus);
  const owners: string[] = [];
  expect(await bus.follow(PEER, (owner) => owners.push(owner), inTime)).toBe('');
  const other = await stranger();
  other.send(toOne(us, { ...owned, signature: 'sss', body: [PEER, '', uniqueName(other)] }));
  await other.call(new Message({ ...DRIVER, member: 'GetId' }));
  const service = await peer();
  await vi.waitFor(() => expect(owners).toEqual([uniqueName(service)]));
  service.disconnect();
  await vi.waitFor(() => expect(owners).toEqual([uniqueName(service), '']));
});

test('the signals of a name are those of its new owner', async () => {
  const bus = await open();
  const first = await peer();
  const heard: BusSignal[] = [];
  await bus.subscribe({ sender: PEER, interface: PEER }, (signal) => heard.push(signal), inTime);
  emit(first, 'Said', 'one');
  await vi.waitFor(() => expect(heard).toHaveLength(1));
  await first.releaseName(PEER);
  const second = await peer();
  await vi.waitFor(async () => expect(await bus.call(echo('x'), inTime)).toEqual(['x']));
  emit(second, 'Said', 'two');
  await vi.waitFor(() => expect(heard.map(({ sender }) => sender)).toEqual([uniqueName(first), uniqueName(second)]));
});

test("a stranger's answer to a call of ours is not believed", async () => {
  const bus = await open();
  const us = await nameOf(bus);
  const service = await peer();
  const other = await stranger();
  const asked: number[] = [];
  service.addMethodHandler(() => false);
  const answer = bus.call({ ...echo('x'), member: 'Hang' }, { timeoutMs: 1_000 }).catch((error: Error) => error.name);
  for (let replySerial = 1; replySerial < 40; replySerial += 1) {
    asked.push(replySerial);
    const reply = { type: 2, destination: us, replySerial, signature: 's', body: ['forged'] };
    other.send(new Message(reply as never));
  }
  expect(asked).toHaveLength(39);
  expect(await answer).toBe('DeadlineError');
});

test('a body over the limit is dropped unread: a signal, and the answer to a call', async () => {
  const bus = await open();
  const service = await peer();
  const heard: unknown[] = [];
  await bus.subscribe({ sender: PEER, interface: PEER }, ({ body }) => heard.push(String(body[0]).length), inTime);
  const large = 'x'.repeat(1024 * 1024);
  emit(service, 'Said', large);
  const failed = bus.call(echo(large), inTime);
  await expect(failed).rejects.toMatchObject({ type: 'org.freedesktop.DBus.Error.LimitsExceeded' });
  emit(service, 'Said', large.slice(0, -5));
  await vi.waitFor(() => expect(heard).toEqual([large.length - 5]));
  expect(said).toEqual([expect.stringContaining('too large; it is dropped (1 so far): org.example.Peer.Said')]);
});

test('what the reader throws ends that message, is said once, and nothing else', async () => {
  const bus = await open((header, body) => {
    const values = decodeBody(header, body);
    if (values[0] === 'odd') throw new TypeError('a stand-in that cannot read this');
    return values;
  });
  const service = await peer();
  const heard: unknown[] = [];
  await bus.subscribe({ sender: PEER, interface: PEER }, ({ body }) => heard.push(body[0]), inTime);
  for (const text of ['odd', 'odd', 'fine']) emit(service, 'Said', text);
  await expect(bus.call(echo('odd'), inTime)).rejects.toMatchObject({
    type: 'org.freedesktop.DBus.Error.InconsistentMessage',
  });
  expect(await bus.call(echo('fine'), inTime)).toEqual(['fine']);
  expect(heard).toEqual(['fine']);
  expect(said).toEqual([expect.stringContaining('cannot be read; it is dropped (1 so far)')]);
  expect(bus.lost.aborted).toBe(false);
});

test('a flood of messages that nobody asked for is counted, and said at each tenfold', async () => {
  const bus = await open();
  const us = await nameOf(bus);
  const other = await stranger();
  for (let count = 0; count < 1_200; count += 1) other.send(toOne(us, { interface: PEER, member: 'Said' }));
  await vi.waitFor(() => expect(said).toHaveLength(2));
  expect(said).toEqual([expect.stringContaining('(100 so far)'), expect.stringContaining('(1000 so far)')]);
});

test('a subscription that the bus refuses leaves no listener behind', async () => {
  const bus = await open();
  const service = await peer();
  const heard: string[] = [];
  const refused = bus.subscribe({ sender: PEER, path: 'no path' }, () => heard.push('refused'), inTime);
  await expect(refused).rejects.toMatchObject({ type: 'org.freedesktop.DBus.Error.MatchRuleInvalid' });
  await bus.subscribe({ sender: PEER, interface: PEER }, () => heard.push('accepted'), inTime);
  emit(service, 'Said', 'x');
  await vi.waitFor(() => expect(heard).toEqual(['accepted']));
});

// The system bus through dbus-next's low-level messages. It adds what the library lacks: deadlines, noticing that the bus is gone, and listeners
// whose exceptions are not swallowed. No proxies: they need an introspection per object and go deaf when a service restarts.
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { DBusError, Message, type MessageBus, MessageFlag, MessageType, sessionBus } from 'dbus-next';
import { type Clock, within } from '../system/clock.ts';
import {
  type Bus,
  type BusRequest,
  type BusSignal,
  type CallOptions,
  describeCall,
  fitsRule,
  type MatchRule,
  matchRuleText,
} from './bus.ts';
import { BusLostError, DBusCallError } from './errors.ts';
import { unwrap } from './variant.ts';

const DEFAULT_ADDRESS = 'unix:path=/run/dbus/system_bus_socket';
/** A server that accepts and then says nothing produces no event at all. */
const CONNECT_TIMEOUT_MS = 10_000;
/** The backstop by public means, should the private events below ever fail to come. */
const PING_INTERVAL_MS = 30_000;
const PING_TIMEOUT_MS = 10_000;

const BUS_DRIVER = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

/** What we need of dbus-next 0.10.2 that its types do not show. */
export interface LibraryInternals {
  readonly connection: EventEmitter;
  readonly stream: Duplex;
  /** By serial; an entry whose reply never comes stays for ever unless we delete it. */
  readonly replyHandlers: Record<number, unknown>;
}

/**
 * The only place that reaches into dbus-next: the socket's end is visible nowhere else, and calls without an answer leak their handler.
 * The version is pinned exactly, and a test checks that these fields exist. @throws TypeError when they do not.
 */
export function libraryInternals(bus: MessageBus): LibraryInternals {
  const { _connection: connection, _methodReturnHandlers: replyHandlers } = bus as unknown as {
    _connection?: EventEmitter & { stream?: Duplex };
    _methodReturnHandlers?: Record<number, unknown>;
  };
  if (connection?.stream === undefined || replyHandlers === undefined) {
    throw new TypeError('dbus-next no longer has _connection.stream and _methodReturnHandlers: pin 0.10.2');
  }
  return { connection, stream: connection.stream, replyHandlers };
}

/**
 * The socket's path in a D-Bus address (the first usable one of several, separated by ';').
 * @throws BusLostError for transports other than unix:path=, abstract sockets among them (they would need a native module).
 */
export function socketPath(address: string): string {
  for (const entry of address.split(';')) {
    const path = /^unix:(?:.*,)?path=([^,;]+)/.exec(entry)?.[1];
    if (path === undefined) continue;
    const decoded = decodeURIComponent(path);
    // The library splits the address at these and would connect to a part of the path.
    if (!/[:,;=]/.test(decoded)) return decoded;
  }
  throw new BusLostError(
    `The D-Bus address ${address} cannot be used: only unix:path=… is supported. Set DBUS_SYSTEM_BUS_ADDRESS to such an address, or unset it`,
  );
}

/** The connection; made by openSystemBus. */
class SystemBus implements Bus {
  readonly #library: MessageBus;
  readonly #internals: LibraryInternals;
  readonly #clock: Clock;
  readonly #subscriptions: { readonly rule: MatchRule; readonly listener: (signal: BusSignal) => void }[] = [];
  readonly #pending = new Set<(error: BusLostError) => void>();
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();

  constructor(library: MessageBus, clock: Clock) {
    this.#library = library;
    this.#internals = libraryInternals(library);
    this.#clock = clock;
    library.on('error', (cause) =>
      this.#fail(new BusLostError(`The D-Bus connection failed: ${String(cause)}`, { cause })),
    );
    library.on('message', (message) => this.#heard(message));
    for (const event of ['end', 'close']) {
      this.#internals.stream.on(event, () => this.#fail(new BusLostError('The D-Bus daemon closed the connection')));
    }
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Waits until the bus has given us our name. @throws BusLostError */
  async connected(address: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await within(this.#clock, CONNECT_TIMEOUT_MS, `Connecting to the D-Bus daemon at ${address}`, signal, () => {
        return new Promise<void>((resolve, reject) => {
          this.#pending.add(reject);
          this.#library.on('connect', () => {
            this.#pending.delete(reject);
            resolve();
          });
        });
      });
    } catch (cause) {
      this.close();
      if (signal?.aborted) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new BusLostError(`No D-Bus daemon at ${address}: ${reason}. Check that dbus is running`, { cause });
    }
    void this.#keepAlive();
  }

  async call(request: BusRequest, { timeoutMs, signal }: CallOptions): Promise<readonly unknown[]> {
    if (this.#ended.signal.aborted) throw this.#ended.signal.reason;
    const call = describeCall(request);
    const serial = this.#library.newSerial();
    // A message is never sent twice: the library rewrites its body in place.
    const message = new Message({
      ...request,
      body: [...(request.body ?? [])],
      serial,
      flags: MessageFlag.NO_AUTO_START,
    });
    let lose: ((error: BusLostError) => void) | undefined;
    try {
      const reply = await within(this.#clock, timeoutMs, call, signal, () => {
        return new Promise<Message | null>((resolve, reject) => {
          lose = reject;
          this.#pending.add(reject);
          this.#library.call(message).then(resolve, reject);
        });
      });
      return (reply?.body ?? []).map(unwrap);
    } catch (cause) {
      if (cause instanceof DBusError) throw new DBusCallError(cause.type, cause.text ?? '', call, { cause });
      throw cause;
    } finally {
      if (lose) this.#pending.delete(lose);
      delete this.#internals.replyHandlers[serial];
    }
  }

  async subscribe(rule: MatchRule, listener: (signal: BusSignal) => void, options: CallOptions): Promise<void> {
    this.#subscriptions.push({ rule, listener });
    const body = [matchRuleText(rule)];
    await this.call({ ...BUS_DRIVER, member: 'AddMatch', signature: 's', body }, options);
  }

  close(): void {
    this.#end(new BusLostError('The D-Bus connection was closed by this program'));
  }

  #heard(message: Message): void {
    if (message.type !== MessageType.SIGNAL || this.#ended.signal.aborted) return;
    // The library swallows exceptions from here and answers the signal's sender with our stack, so none may get out.
    try {
      const { sender, path, interface: iface, member } = message;
      const signal = { sender, path, interface: iface, member, body: message.body.map(unwrap) };
      for (const { rule, listener } of this.#subscriptions) if (fitsRule(rule, signal)) listener(signal);
    } catch (cause) {
      const what = `${message.interface}.${message.member} of ${message.path}`;
      this.#fail(new BusLostError(`Handling the signal ${what} failed: ${String(cause)}`, { cause }));
    }
  }

  /** Two pings in a row must stay unanswered: one may be late because this process itself was stopped for a while. */
  async #keepAlive(): Promise<void> {
    let missed = 0;
    while (!this.#ended.signal.aborted) {
      try {
        if (missed === 0) await this.#clock.sleep(PING_INTERVAL_MS, this.#ended.signal);
        await this.call({ ...BUS_DRIVER, member: 'GetId' }, { timeoutMs: PING_TIMEOUT_MS });
        missed = 0;
      } catch (cause) {
        missed += 1;
        if (missed === 2) this.#fail(new BusLostError('The D-Bus daemon does not answer', { cause }));
      }
    }
  }

  #fail(error: BusLostError): void {
    if (this.#ended.signal.aborted) return;
    this.#end(error);
    this.#lost.abort(error);
  }

  #end(error: BusLostError): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(error);
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
    this.#internals.stream.destroy();
  }
}

/**
 * Connects to the bus. `address` is what DBUS_SYSTEM_BUS_ADDRESS says; undefined means the system's own socket.
 * @throws BusLostError when there is none, it does not answer within 10 s, or it refuses us; the signal's reason when that aborts.
 */
export async function openSystemBus({
  address = DEFAULT_ADDRESS,
  clock,
  signal,
}: {
  readonly address?: string | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}): Promise<Bus> {
  const path = socketPath(address);
  // EXTERNAL only: with the library's list of methods, a refusal reads as a missing cookie file.
  const bus = new SystemBus(sessionBus({ busAddress: `unix:path=${path}`, authMethods: ['EXTERNAL'] }), clock);
  await bus.connected(address, signal);
  return bus;
}

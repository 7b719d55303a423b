// The system bus: the connection, calls with deadlines, subscriptions, and noticing that the bus is
// gone. What comes in passes frame-reader.ts and gate.ts first.
import type { Socket } from 'node:net';
import { type Clock, untilBeat, within } from '../system/clock.ts';
import { type Bus, type BusRequest, type BusSignal, type CallOptions, describeCall, type MatchRule } from './bus.ts';
import { decodeBody, encodeCall, encodeUnknownMethod } from './codec.ts';
import { DRIVER, DRIVER_NAME, ownerOf } from './driver.ts';
import { Dropped } from './dropped.ts';
import { BusLostError } from './errors.ts';
import type { FrameHeader } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { Gate } from './gate.ts';
import { matchRuleText } from './match-rule.ts';
import { type PendingCall, PendingCalls } from './pending-calls.ts';
import { openSocket, socketPath } from './socket.ts';
import { Subscriptions } from './subscriptions.ts';

const DEFAULT_ADDRESS = 'unix:path=/run/dbus/system_bus_socket';
/** A server that accepts and then says nothing produces no event at all. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A bus that hangs closes nothing. */
const PING_INTERVAL_MS = 30_000;
const PING_TIMEOUT_MS = 10_000;

/** Answers to calls of strangers that may wait in the socket. */
const MOST_ANSWER_BYTES = 64 * 1024;

export interface BusOptions {
  /** What DBUS_SYSTEM_BUS_ADDRESS says; the system's own socket when undefined. */
  readonly address?: string | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told of messages that were dropped: the first, and each tenfold of it. */
  readonly onTrouble?: (text: string) => void;
  /** Reads bodies; tests put their own here. */
  readonly decode?: typeof decodeBody;
}

/** The connection; made by openSystemBus. */
class SystemBus implements Bus {
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #pending = new PendingCalls();
  readonly #subscriptions = new Subscriptions();
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  readonly #ready: Promise<void>;

  constructor(path: string, { clock, decode = decodeBody, onTrouble = () => {} }: BusOptions) {
    this.#clock = clock;
    const gate = new Gate({
      pending: this.#pending,
      subscriptions: this.#subscriptions,
      dropped: new Dropped(onTrouble),
      decode,
      answer: (call) => this.#answer(call),
    });
    const reader = new FrameReader(gate);
    const onBytes = (bytes: Buffer) => {
      if (this.#ended.signal.aborted) return;
      try {
        reader.push(bytes);
      } catch (cause) {
        this.#fail(new BusLostError(`A message of the D-Bus daemon could not be handled: ${String(cause)}`, { cause }));
      }
    };
    const { socket, ready } = openSocket(path, { onBytes, onEnd: (error) => this.#fail(error) });
    this.#socket = socket;
    this.#ready = ready;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Waits until the bus has given us our name. @throws BusLostError */
  async connected(address: string, signal: AbortSignal | undefined): Promise<void> {
    const what = `Connecting to the D-Bus daemon at ${address}`;
    try {
      await within(this.#clock, CONNECT_TIMEOUT_MS, what, signal, async (own) => {
        await this.#ready;
        await this.#send({ ...DRIVER, member: 'Hello' }, { name: 'Hello', answers: () => false }, own);
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
    const name = describeCall(request);
    return await within(this.#clock, timeoutMs, name, signal, async (own) => {
      const { destination } = request;
      const subscriptions = this.#subscriptions;
      const isKnown = subscriptions.isKnown(destination);
      const owner = isKnown ? destination : await ownerOf(this, destination, { timeoutMs, signal: own });
      const answers = (sender: string) => sender === (subscriptions.owners.get(destination) ?? owner);
      // To the owner itself: it is the one whose answer will be believed.
      return await this.#send({ ...request, destination: owner || destination }, { name, answers }, own);
    });
  }

  async subscribe(rule: MatchRule, listener: (signal: BusSignal) => void, options: CallOptions): Promise<void> {
    if (!this.#subscriptions.isKnown(rule.sender)) await this.follow(rule.sender, () => {}, options);
    await this.#addMatch(rule, listener, options, () => Promise.resolve());
  }

  async follow(name: string, listener: (owner: string) => void, options: CallOptions): Promise<string> {
    const rule = { sender: DRIVER_NAME, interface: DRIVER_NAME, member: 'NameOwnerChanged', arg0: name };
    const { owners } = this.#subscriptions;
    let changed = false;
    const onSignal = ({ body }: BusSignal) => {
      const owner = String(body[2] ?? '');
      changed = true;
      owners.set(name, owner);
      listener(owner);
    };
    const owner = await this.#addMatch(rule, onSignal, options, () => ownerOf(this, name, options));
    // A NameOwnerChanged that came meanwhile is newer than this reply.
    if (!changed) owners.set(name, owner);
    return owners.get(name) ?? '';
  }

  close(): void {
    this.#end(new BusLostError('The D-Bus connection was closed by this program'));
  }

  /**
   * The listener is there before the bus has answered: signals may follow the answer at once. It
   * goes again when this fails.
   */
  async #addMatch<T>(
    rule: MatchRule,
    listener: (signal: BusSignal) => void,
    options: CallOptions,
    then: () => Promise<T>,
  ): Promise<T> {
    const subscription = { rule, listener };
    this.#subscriptions.add(subscription);
    const add = { ...DRIVER, member: 'AddMatch', signature: 's', body: [matchRuleText(rule)] };
    try {
      // The bus takes them in this order, so that its answers need not be waited for in turn.
      const [, result] = await Promise.all([this.call(add, options), then()]);
      return result;
    } catch (error) {
      this.#subscriptions.delete(subscription);
      throw error;
    }
  }

  #send(
    request: BusRequest,
    expected: Pick<PendingCall, 'name' | 'answers'>,
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (this.#ended.signal.aborted) throw this.#ended.signal.reason;
      const serial = this.#pending.nextSerial();
      const frame = encodeCall(request, serial);
      this.#pending.add(serial, { ...expected, resolve, reject });
      signal.addEventListener('abort', () => this.#pending.delete(serial), { once: true });
      this.#socket.write(frame);
    });
  }

  #answer(call: FrameHeader): void {
    if (this.#socket.writableLength > MOST_ANSWER_BYTES) return;
    this.#socket.write(encodeUnknownMethod(call, this.#pending.nextSerial()));
  }

  /**
   * Two pings in a row must stay unanswered: one may be late because this process itself was
   * stopped for a while.
   */
  async #keepAlive(): Promise<void> {
    let missed = 0;
    while (!this.#ended.signal.aborted) {
      try {
        if (missed === 0) await this.#clock.sleep(untilBeat(this.#clock.now(), PING_INTERVAL_MS), this.#ended.signal);
        await this.call({ ...DRIVER, member: 'GetId' }, { timeoutMs: PING_TIMEOUT_MS });
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
    this.#pending.rejectAll(error);
    this.#socket.destroy();
  }
}

/**
 * Connects to the bus.
 * @throws BusLostError when there is none, it does not answer within 10 s, or it refuses us; the
 * signal's reason when that aborts.
 */
export async function openSystemBus(options: BusOptions): Promise<Bus> {
  const { address = DEFAULT_ADDRESS, signal } = options;
  const bus = new SystemBus(socketPath(address), options);
  await bus.connected(address, signal);
  return bus;
}

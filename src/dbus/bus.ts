// The port to the system bus: calls with a deadline, signals by match rule, and one place that says
// that the bus is gone. Knows nothing of ModemManager and nothing of the library below it (codec.ts
// does).

export interface BusRequest {
  /** A well-known or a unique name. */
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  /** Must fit `signature`; what is of type `v` is made with variant.ts. */
  readonly body?: readonly unknown[];
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A signal as it arrived; `body` holds plain values (see variant.ts's unwrap). */
export interface BusSignal {
  /** The unique name of its sender, set by the bus: cannot be forged. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

/** The part of a D-Bus match rule that this program needs; always for signals. */
export interface MatchRule {
  /**
   * Whose signals are meant; nobody else's are believed, since any user may send one to us alone.
   */
  readonly sender: string;
  readonly path?: string;
  readonly pathNamespace?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly arg0?: string;
}

export interface Bus {
  /**
   * Calls a method and resolves with the reply's body as plain values. Never makes the bus start a
   * service.
   * @throws DBusCallError for an error reply, DeadlineError after `timeoutMs`, BusLostError as soon
   * as the bus is gone, the signal's reason when it aborts.
   */
  call(request: BusRequest, options: CallOptions): Promise<readonly unknown[]>;
  /**
   * Adds the rule at the bus and calls `listener` for each signal that fits it, in the order of
   * arrival, until the connection ends. A well-known `sender` is followed: its signals are believed
   * only from who owns that name at that time. A listener that throws ends the connection: `lost`
   * aborts and names the cause.
   * @throws as `call` does; nothing is subscribed then.
   */
  subscribe(rule: MatchRule, listener: (signal: BusSignal) => void, options: CallOptions): Promise<void>;
  /**
   * Resolves with the unique name of the owner of `name` ('' when there is none), and calls
   * `listener` with each later one until the connection ends. @throws as `call` does
   */
  follow(name: string, listener: (owner: string) => void, options: CallOptions): Promise<string>;
  /**
   * Aborts once, with a BusLostError as its reason, when the bus is gone, silent, or a listener
   * threw.
   */
  readonly lost: AbortSignal;
  /** Ends the connection. What is pending rejects with BusLostError; `lost` does not abort. */
  close(): void;
}

/** How a call is named in errors and logs. */
export const describeCall = (request: BusRequest): string =>
  `${request.interface}.${request.member} on ${request.destination} ${request.path}`;

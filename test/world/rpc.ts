// Calls between the test process, the agent and the carrier: one JSON object a message, methods of
// plain objects as targets. Arguments and results are what JSON can hold. Nothing here knows what
// is called.

export interface CallMessage {
  readonly id: number;
  readonly target: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type ReplyMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

/** The same methods, called from afar: every result is a promise. */
export type Remote<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** Calls still waiting for their reply, on the calling side. */
export class Caller {
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #send: (message: CallMessage) => void;
  #lastId = 0;
  #closed: string | undefined;

  constructor(send: (message: CallMessage) => void) {
    this.#send = send;
  }

  call(target: string, method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(new Error(`${target}.${method}: ${this.#closed}`));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject: (error) => reject(new Error(`${target}.${method}: ${error.message}`)) });
      this.#send({ id, target, method, args });
    });
  }

  settle(reply: ReplyMessage): void {
    const waiting = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.result);
  }

  /** Fails everything pending and everything later with `reason`. */
  close(reason: string): void {
    this.#closed ??= reason;
    for (const { reject } of this.#pending.values()) reject(new Error(reason));
    this.#pending.clear();
  }

  /** A stand-in for the object `target` on the other side. */
  remote<T>(target: string): Remote<T> {
    const get = (_: object, method: string | symbol): unknown =>
      method === 'then' ? undefined : (...args: unknown[]) => this.call(target, String(method), args);
    return new Proxy({}, { get }) as Remote<T>;
  }
}

/** Carries out one call on one of `targets`; never throws, failures become replies. */
export async function answerCall(targets: Readonly<Record<string, object>>, call: CallMessage): Promise<ReplyMessage> {
  try {
    const target = targets[call.target];
    const method: unknown = target === undefined ? undefined : Reflect.get(target, call.method);
    if (typeof method !== 'function') throw new Error('no such method');
    const result: unknown = await Reflect.apply(method, target, call.args);
    return { id: call.id, result };
  } catch (error) {
    return { id: call.id, error: error instanceof Error ? error.message : String(error) };
  }
}

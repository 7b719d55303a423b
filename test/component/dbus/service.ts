// A service on a private bus whose answers a test writes down. Written against dbus-next directly:
// it must not share code with what it tests.
import { Message, type MessageBus } from 'dbus-next';
import { connectPeer } from './peer.ts';

/** What a method answers: a signature and a body, or an error by its name. */
export type Answer = readonly [signature: string, ...body: readonly unknown[]] | { readonly error: string };

export interface Service {
  readonly bus: MessageBus;
  /** Every call that came in: its member, then its body. */
  readonly calls: unknown[][];
  /**
   * By member alone, after its path, or before its last argument (`Get DNS`); what is in none is an
   * unknown method.
   */
  readonly answers: Map<string, Answer>;
  stop(): void;
}

/** Owns `names` and answers as `answers` says, which may change. */
export async function startService(
  address: string,
  names: readonly string[],
  answers: Readonly<Record<string, Answer>> = {},
): Promise<Service> {
  const bus = await connectPeer(address);
  const table = new Map(Object.entries(answers));
  const calls: unknown[][] = [];
  let isStopped = false;
  bus.addMethodHandler((call: Message) => {
    if (isStopped) return true; // what is still read has nobody to be answered by
    const keys = [`${call.path} ${call.member}`, `${call.member} ${call.body.at(-1)}`, call.member];
    const answer = keys.map((key) => table.get(key)).find((found) => found !== undefined);
    calls.push([call.member, ...call.body]);
    if (answer === undefined) return false;
    if ('error' in answer) bus.send(Message.newError(call as never, answer.error, 'not today'));
    else {
      const [signature, ...body] = answer;
      bus.send(Message.newMethodReturn(call, signature, body));
    }
    return true;
  });
  const stop = () => {
    isStopped = true;
    bus.disconnect();
  };
  for (const name of names) await bus.requestName(name, 0);
  return { bus, calls, answers: table, stop };
}

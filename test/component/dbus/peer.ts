// A service on the bus, written against dbus-next directly: it must not share code with what it
// tests. Its methods: Echo answers with its text, Fail with an error, Hang never, Give64 with
// 64-bit integers. Also runs as a process of its own.
import { argv, stdout } from 'node:process';
import { Message, type MessageBus, sessionBus, Variant } from 'dbus-next';

export const PEER = 'org.example.Peer';
export const PEER_PATH = '/org/example/Peer';

/** Connects and waits for the bus to give a name. */
export function connectPeer(address: string): Promise<MessageBus> {
  const bus = sessionBus({ busAddress: address });
  bus.on('error', () => {});
  return new Promise((resolve) => bus.on('connect', () => resolve(bus)));
}

/** Owns PEER and answers its methods. */
export async function startPeer(address: string): Promise<MessageBus> {
  const bus = await connectPeer(address);
  bus.addMethodHandler((call: Message) => {
    switch (call.member) {
      case 'Echo':
        bus.send(Message.newMethodReturn(call, 's', [call.body[0]]));
        return true;
      case 'Give64':
        bus.send(
          Message.newMethodReturn(call, 'a{sv}', [
            {
              small: new Variant('t', 5n),
              large: new Variant('t', 2n ** 63n),
              list: new Variant('av', [new Variant('(su)', ['a', 1])]),
              bytes: new Variant('ay', Buffer.from([1, 2])),
            },
          ]),
        );
        return true;
      case 'Fail':
        bus.send(Message.newError(call as never, 'org.example.Error.Refused', 'not today'));
        return true;
      default:
        return call.member === 'Hang';
    }
  });
  await bus.requestName(PEER, 0);
  return bus;
}

/** Sends a signal to whoever has a rule for it. */
export function emit(bus: MessageBus, member: string, text: string): void {
  bus.send(Message.newSignal(PEER_PATH, PEER, member, 's', [text]));
}

const address = argv[2];
if (argv[1]?.endsWith('peer.ts') && address !== undefined) {
  await startPeer(address);
  stdout.write('ready\n');
}

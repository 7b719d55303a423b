// The way to the bus: a unix socket, and the few lines by which D-Bus learns who we are.
import { connect, type Socket } from 'node:net';
import { BusLostError } from './errors.ts';

/** One read from the socket; the same buffer each time, so that a flood makes no garbage. */
const READ_BYTES = 64 * 1024;

/** The server's greeting is 40 bytes long. */
const MOST_GREETING_BYTES = 1024;

export interface SocketListeners {
  /** The bytes that came in. The buffer is used again as soon as this returns. */
  readonly onBytes: (bytes: Buffer) => void;
  /** The socket is at its end or broken. Not called for one that was destroyed by us. */
  readonly onEnd: (error: BusLostError) => void;
}

/**
 * The socket's path in a D-Bus address (the first usable one of several, separated by ';').
 * @throws BusLostError for transports other than unix:path=, abstract sockets among them.
 */
export function socketPath(address: string): string {
  for (const entry of address.split(';')) {
    const path = /^unix:(?:.*,)?path=([^,;]+)/.exec(entry)?.[1];
    if (path !== undefined) return decodeURIComponent(path);
  }
  throw new BusLostError(
    `The D-Bus address ${address} cannot be used: only unix:path=… is supported. Set DBUS_SYSTEM_BUS_ADDRESS to such an address, or unset it`,
  );
}

/**
 * Connects and says who we are, by EXTERNAL alone: the bus asks the kernel for our user
 * [D-Bus specification, "Authentication Protocol"]. Messages may be written once `ready` resolves;
 * it rejects with a BusLostError when that never comes.
 */
export function openSocket(
  path: string,
  { onBytes, onEnd }: SocketListeners,
): { socket: Socket; ready: Promise<void> } {
  const socket = connect({
    path,
    onread: {
      buffer: Buffer.allocUnsafe(READ_BYTES),
      callback: (length, { buffer, byteOffset }) => {
        hear(Buffer.from(buffer, byteOffset, length));
        return true;
      },
    },
  });
  let hear = onBytes;
  const ready = new Promise<void>((resolve, reject) => {
    const end = (error: BusLostError) => {
      socket.destroy();
      reject(error);
      onEnd(error);
    };
    hear = greeted(() => {
      hear = onBytes;
      socket.write('BEGIN\r\n');
      resolve();
    }, end);
    const user = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    socket.once('connect', () => socket.write(`\0AUTH EXTERNAL ${user}\r\n`));
    socket.on('error', (cause) => end(new BusLostError(`The D-Bus connection failed: ${cause.message}`, { cause })));
    const closed = () => end(new BusLostError('The D-Bus daemon closed the connection'));
    socket.on('end', closed).on('close', closed);
  });
  ready.catch(() => {});
  return { socket, ready };
}

/** Takes the server's one line; it says nothing further before our BEGIN. */
function greeted(accepted: () => void, refused: (error: BusLostError) => void): (bytes: Buffer) => void {
  let line = '';
  return (bytes) => {
    line += bytes.toString('latin1');
    if (!line.includes('\n') && line.length < MOST_GREETING_BYTES) return;
    if (/^OK .*\r\n$/.test(line)) accepted();
    else refused(new BusLostError('The D-Bus daemon does not let this user in'));
  };
}

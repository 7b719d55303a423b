// The modem's transport in a world: the abstract socket at which libmbim expects mbim-proxy, and
// libqmi qmi-proxy. Abstract sockets belong to the network namespace, so every world has its own.
// It is bound before Node starts, by abstract-socket.ts.

import { createServer, type Socket } from 'node:net';
import type { SoftwareModem } from '../modem/modem.ts';

export class ModemProxy {
  readonly #modem: SoftwareModem;
  readonly #sockets = new Set<Socket>();
  #plugged = false;

  constructor(modem: SoftwareModem) {
    this.#modem = modem;
  }

  /**
   * Serves the socket that is open as `fd`, for as long as the world is. Until `plug` every
   * connection is hung up on.
   */
  listen(fd: number): Promise<void> {
    const server = createServer((socket) => (this.#plugged ? this.#serve(socket) : socket.destroy()));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ fd }, resolve);
    });
  }

  plug(): void {
    this.#plugged = true;
  }

  /** Ends all connections, as the proxy does when the device is gone. */
  unplug(): void {
    this.#plugged = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const client = this.#modem.attach((message) => socket.write(message));
    const lengthOf = (bytes: Buffer): number | undefined => this.#modem.messageLength(bytes);
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let length = lengthOf(received); length !== undefined; length = lengthOf(received)) {
        if (length < 1) return void socket.destroy();
        if (received.length < length) return;
        client.receive(received.subarray(0, length));
        received = received.subarray(length);
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      client.detach();
      this.#sockets.delete(socket);
    });
  }
}

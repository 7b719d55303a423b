// A server that boards report to, on port 8883 of every address behind the carrier: TLS that says
// 200 to a request for a page, or a portal's plain block page in its place.

import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const port = 8883;

/** `page`: what is sent as plain text to whoever connects. */
export type DestinationServer =
  | { readonly key: string; readonly cert: string; readonly status?: string }
  | { readonly page: string }
  | { readonly closed: true };

export class DestinationPort {
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  /** Answers so from now on; connections that were there before are ended. */
  async serve(answer: DestinationServer): Promise<void> {
    const before = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (before !== undefined) await new Promise((resolve) => before.close(resolve));
    if ('closed' in answer) return;
    const server =
      'page' in answer
        ? createServer((socket) => end(socket, answer.page))
        : createTlsServer({ key: answer.key, cert: answer.cert }, (socket) => {
            socket.on('error', () => socket.destroy());
            socket.on('data', () => socket.end(`HTTP/1.1 ${answer.status ?? '200 OK'}\r\nContent-Length: 0\r\n\r\n`));
          });
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(port, '::', resolve));
  }
}

function end(socket: Socket, page: string): void {
  socket.on('error', () => socket.destroy());
  socket.once('data', () => socket.end(page));
}

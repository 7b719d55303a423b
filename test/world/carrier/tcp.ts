// What answers behind the carrier over TCP: 80, 443 and 853 take connections (80 says 204 to a
// request), 7 echoes.

import { createServer } from 'node:net';

const ports = { web: [80, 443, 853], echo: 7 } as const;

/**
 * Listens on every address of the namespace. `onConnection` is told of each connection that is
 * made.
 */
export async function serveTcp(onConnection: () => void): Promise<void> {
  const web = ports.web.map((port) =>
    listen(port, onConnection, (data) => {
      const request = /^(GET|HEAD) /.test(data.toString('latin1'));
      return request ? Buffer.from('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n') : undefined;
    }),
  );
  await Promise.all([...web, listen(ports.echo, onConnection, (data) => data)]);
}

function listen(port: number, onConnection: () => void, answer: (data: Buffer) => Buffer | undefined): Promise<void> {
  const server = createServer((socket) => {
    onConnection();
    socket.on('error', () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      const bytes = answer(data);
      if (bytes === undefined) return;
      socket.write(bytes);
      if (port === 80) socket.end();
    });
  });
  return new Promise((resolve) => server.listen(port, '::', resolve));
}

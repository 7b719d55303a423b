// Asking a destination, against real servers that speak TLS, HTTP or something else. They are on
// this host, in place of the internet: names and connections are led to them.
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  type AskingDestination,
  askDestination,
  type Destination,
  nameOf,
} from '../../../src/network/reachability/reach/ask-destination.ts';
import { NO_RESOLVER } from '../../../src/network/reachability/resolver.ts';
import { SteppedClock } from '../../unit/stepped-clock.ts';
import { type Certificates, type KeyPair, makeCertificates } from '../../world/certificates.ts';
import { eventually } from './namespace.ts';

const HUB = 'hub.example';
const OURS = '100.64.0.2';
const UP = '192.0.2.1';
const DOWN = '192.0.2.2';

/** What stands in for the internet. */
const there = vi.hoisted(() => ({
  /** What connections to an address come to: a port of this host, or an error of connect(2). */
  ports: new Map<string, number | string>(),
  /** What name servers say: addresses, or a code of c-ares. */
  names: new Map<string, readonly string[] | string>(),
  asked: [] as string[],
  resolver: true,
  ca: '',
}));

vi.mock('node:net', async (original) => {
  const net = await original<typeof import('node:net')>();
  const connect = ({ host, family }: { host: string; family: number }) => {
    there.asked.push(`connect ${host} by IPv${family}`);
    const port = there.ports.get(host);
    if (typeof port === 'number') return net.connect({ host: '127.0.0.1', port });
    const socket = new net.Socket();
    return socket.destroy(Object.assign(new Error('connect'), { code: port ?? 'ENETUNREACH' }));
  };
  return { ...net, connect };
});

vi.mock('node:tls', async (original) => {
  const tls = await original<typeof import('node:tls')>();
  return { ...tls, connect: (options: object) => tls.connect({ ...options, ca: there.ca }) };
});

vi.mock('../../../src/network/reachability/resolver.ts', async (original) => ({
  ...(await original<object>()),
  openResolver: () => {
    let cancel = () => {};
    const answer = (kind: string) => (name: string) =>
      new Promise((resolve, reject) => {
        const said = there.names.get(`${kind} ${name}`) ?? 'ENOTFOUND';
        const fail = (code: string) => reject(Object.assign(new Error(code), { code }));
        cancel = () => fail('ECANCELLED');
        if (said === 'nothing') return;
        typeof said === 'string' ? fail(said) : resolve(said);
      });
    const resolver = {
      cancel: () => cancel(),
      setLocalAddress: (...from: string[]) => there.asked.push(`ask from ${from.join(' ')}`),
      setServers: (servers: string[]) => there.asked.push(`ask ${servers.join(' ')}`),
      resolve4: answer('A'),
      resolve6: answer('AAAA'),
    };
    return Promise.resolve(there.resolver ? resolver : undefined);
  },
}));

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates(HUB);
  there.ca = certificates.ca;
}, 30_000);

let servers: Server[] = [];
let clients: Socket[] = [];
let clock = new SteppedClock();
let stop = new AbortController();
beforeEach(() => {
  there.ports.clear();
  there.names.clear();
  there.names.set(`A ${HUB}`, [UP]);
  there.asked.length = 0;
  there.resolver = true;
  clock = new SteppedClock(0, Date.UTC(2026, 0, 5));
  stop = new AbortController();
});
const closeAll = () => {
  for (const client of clients) client.destroy();
  for (const server of servers) server.close();
  [servers, clients] = [[], []];
};
afterEach(closeAll);
afterAll(closeAll);

/** Listens at UP, or another address of the internet. */
async function listen(server: Server, address = UP): Promise<Server> {
  servers.push(server);
  server.on('connection', (client: Socket) => clients.push(client));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  there.ports.set(address, typeof at === 'object' && at !== null ? at.port : 0);
  return server;
}

/** Reads, or it would not see that a client has closed its end. */
const tcpServer = (serve: (client: Socket) => void = () => {}) =>
  listen(createServer((client) => serve(client.on('error', () => {}).resume())));

/** A server whose every client is answered with `answer`, once it has asked; kept in `heard`. */
async function tlsServer(pair: KeyPair, answer?: string) {
  const heard: string[] = [];
  const server = createTlsServer(pair, (client) => {
    client
      .on('error', () => {})
      .on('data', (text) => {
        heard.push(String(text));
        if (answer !== undefined) client.end(answer);
      });
  });
  server.on('tlsClientError', () => {});
  await listen(server);
  return heard;
}

const tls: Destination = { kind: 'tls', host: HUB, port: 8883 };
const https: Destination = { kind: 'https', host: HUB, port: 443, path: '/secret/token' };
const ask = (destination: Destination = tls, changes: Partial<AskingDestination> = {}) =>
  askDestination(destination, {
    clock,
    addresses: [{ address: OURS, prefixLength: 30 }],
    dnsServers: ['198.51.100.53'],
    signal: stop.signal,
    ...changes,
  });

test('a server with a certificate for its name is reached', async () => {
  await tlsServer(certificates.good);
  const asked = await ask();
  expect(asked).toMatchObject({ by: 'tls hub.example:8883', outcome: 'reached', detail: 'TLS', tookMs: 0 });
  expect(asked.route).toEqual({ source: OURS, address: UP });
  // A name, a connection, and a handshake with a certificate of some hundred bytes.
  expect(asked.bytes).toBeGreaterThan(1_000);
  expect(asked.bytes).toBeLessThan(8_000);
});

test('a connection alone is enough where no more is asked for', async () => {
  await tcpServer();
  expect(await ask({ kind: 'tcp', host: UP, port: 1883 })).toMatchObject({
    by: 'tcp 192.0.2.1:1883',
    outcome: 'reached',
    detail: 'connected',
  });
});

test.each<readonly [string, keyof Omit<Certificates, 'ca'>, string, RegExp]>([
  ['of an authority that nobody knows', 'foreign', 'impostor', /authority that is not known/],
  ['for another name, as a portal has', 'elsewhere', 'impostor', /another name/],
  ['that has expired', 'expired', 'unwell', /expired/],
  ['that begins later than this host’s time', 'future', 'clock', /begins later.*2026-01-05/],
])('a certificate %s is told as that', async (_, which, outcome, detail) => {
  await tlsServer(certificates[which]);
  expect(await ask()).toMatchObject({ outcome, detail: expect.stringMatching(detail) });
});

test('what speaks no TLS is somebody else', async () => {
  await tcpServer((client) => client.end('HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n'));
  expect(await ask()).toMatchObject({ outcome: 'impostor', detail: 'what answers speaks no TLS' });
});

test('a connection that is cut in the handshake is refused', async () => {
  await tcpServer((client) => client.once('data', () => client.destroy()));
  expect(await ask()).toMatchObject({ outcome: 'refused', detail: expect.stringMatching(/cut in the handshake/) });
});

test.each<readonly [string, string, string]>([
  ['ECONNREFUSED', 'refused', 'connection refused'],
  ['ECONNRESET', 'refused', 'connection refused'],
  ['ETIMEDOUT', 'silent', 'no answer'],
  ['EHOSTUNREACH', 'silent', 'unreachable'],
  ['EADDRNOTAVAIL', 'impossible', 'EADDRNOTAVAIL'],
  ['EPERM', 'impossible', 'EPERM'],
])('a connection that fails with %s is %s', async (code, outcome, detail) => {
  there.ports.set(UP, code);
  expect(await ask()).toMatchObject({ outcome, detail });
});

test('a server that takes the connection and says nothing is silent after 8 s', async () => {
  await tcpServer();
  const asked = ask();
  await eventually(() => clients.length === 1, 'a connection');
  await clock.step(8_000);
  expect(await asked).toMatchObject({ outcome: 'silent', detail: 'no answer', tookMs: 8_000 });
  await eventually(() => clients[0]?.destroyed === true, 'the connection is let go');
});

test('a question that is called off ends at once, and lets its connection go', async () => {
  await tcpServer();
  const asked = ask();
  await eventually(() => clients.length === 1, 'a connection');
  stop.abort();
  expect(await asked).toMatchObject({ outcome: 'silent' });
  await eventually(() => clients[0]?.destroyed === true, 'the connection is let go');
});

test.each([200, 301, 404])('a page whose server says %s is reached', async (status) => {
  await tlsServer(certificates.good, `HTTP/1.1 ${status} So\r\nContent-Length: 0\r\n\r\n`);
  expect(await ask(https)).toMatchObject({ outcome: 'reached', detail: `HTTP ${status}` });
});

test.each<readonly [string, string, string]>([
  ['says that it is broken', 'HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n', 'says 503'],
  ['answers something else', 'not http at all\r\n\r\n', 'gives no HTTP answer'],
  ['hangs up', '', 'gives no HTTP answer'],
  ['says more than 8 kB of headers', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(10_000)}\r\n\r\n`, 'gives no HTTP answer'],
])('a page whose server %s is unwell', async (_, answer, detail) => {
  await tlsServer(certificates.good, answer);
  expect(await ask(https)).toMatchObject({ outcome: 'unwell', detail });
});

test('a page whose server never answers is silent after 8 s', async () => {
  const heard = await tlsServer(certificates.good);
  const asked = ask(https);
  await eventually(() => heard.length > 0, 'a request');
  await clock.step(8_000);
  expect(await asked).toMatchObject({ outcome: 'silent' });
});

test.each<readonly [number, string]>([
  [443, HUB],
  [8443, `${HUB}:8443`],
])('what is asked for at port %i is the head of the page, and nothing of this board is in it', async (port, host) => {
  const heard = await tlsServer(certificates.good, 'HTTP/1.1 204 No\r\n\r\n');
  await ask({ ...https, port });
  const [first, ...headers] = heard.join('').trimEnd().split('\r\n');
  expect(first).toBe('HEAD /secret/token HTTP/1.1');
  expect(headers.sort()).toEqual([`Host: ${host}`, 'connection: close', 'user-agent: percept-lte']);
});

test('a destination is named without its path, which may be a secret', () => {
  expect(nameOf(https)).toBe('https hub.example:443');
  expect(nameOf({ kind: 'tcp', host: '2001:db8::1', port: 1 })).toBe('tcp [2001:db8::1]:1');
});

test('where the first of its addresses is down the second is tried, and no third', async () => {
  there.names.set(`A ${HUB}`, [DOWN, UP, '192.0.2.3']);
  there.ports.set(DOWN, 'ECONNREFUSED');
  await tlsServer(certificates.good);
  expect(await ask()).toMatchObject({ outcome: 'reached', route: { address: UP } });
  there.names.set(`A ${HUB}`, [UP, DOWN]);
  expect(await ask()).toMatchObject({ outcome: 'reached', route: { address: UP } });
  there.names.set(`A ${HUB}`, [DOWN, UP, '192.0.2.3']);
  there.ports.set(UP, 'ETIMEDOUT');
  expect(await ask()).toMatchObject({ outcome: 'silent', route: { address: UP } });
  expect(there.asked).not.toContain('connect 192.0.2.3 by IPv4');
});

test('the carrier’s name servers are asked from the link’s own addresses, two at most', async () => {
  there.names.set(`AAAA ${HUB}`, ['2001:db8::7']);
  there.names.delete(`A ${HUB}`);
  there.ports.set('2001:db8::7', 'ECONNREFUSED');
  const addresses = [
    { address: OURS, prefixLength: 30 },
    { address: '2001:db8::2', prefixLength: 64 },
  ];
  const asked = await ask(tls, { addresses, dnsServers: ['198.51.100.53', '2001:db8::53', '198.51.100.54'] });
  expect(asked).toMatchObject({ outcome: 'refused', route: { source: '2001:db8::2', address: '2001:db8::7' } });
  expect(there.asked).toEqual([
    `ask from ${OURS} 2001:db8::2`,
    'ask 198.51.100.53 2001:db8::53',
    'connect 2001:db8::7 by IPv6',
  ]);
});

test('a link of IPv6 alone asks the name servers that it can reach, for IPv6', async () => {
  there.names.set(`AAAA ${HUB}`, ['2001:db8::7']);
  there.ports.set('2001:db8::7', 'ETIMEDOUT');
  await ask(tls, {
    addresses: [{ address: '2001:db8::2', prefixLength: 64 }],
    dnsServers: ['198.51.100.53', '2001:db8::53'],
  });
  expect(there.asked.slice(0, 2)).toEqual(['ask from 0.0.0.0 2001:db8::2', 'ask 2001:db8::53']);
});

test.each<readonly [string, readonly string[] | string, string, RegExp]>([
  ['do not know it', 'ENOTFOUND', 'no-name', /know no address/],
  ['do not answer', 'ETIMEOUT', 'silent', /do not answer/],
  ['cannot be asked', 'ECONNREFUSED', 'silent', /do not answer/],
  ['lead to this host itself', [OURS], 'impostor', /leads to 100\.64\.0\.2, where no other host is/],
  ['lead to loopback', ['127.0.0.1'], 'impostor', /leads to 127\.0\.0\.1/],
])('a name that the carrier’s name servers %s', async (_, said, outcome, detail) => {
  there.names.set(`A ${HUB}`, said);
  expect(await ask()).toMatchObject({ outcome, detail: expect.stringMatching(detail), bytes: 200, route: undefined });
});

test('without name servers of the link’s family there is no name', async () => {
  expect(await ask(tls, { dnsServers: ['2001:db8::53'] })).toMatchObject({ outcome: 'no-name', bytes: 0 });
});

test('on a host whose resolv.conf cannot be read no name is asked for', async () => {
  there.resolver = false;
  expect(await ask()).toMatchObject({ outcome: 'impossible', detail: NO_RESOLVER });
});

test('a question for a name that is called off ends at once', async () => {
  there.names.set(`A ${HUB}`, 'nothing');
  const asked = ask();
  await eventually(() => there.asked.length === 2, 'the question');
  stop.abort();
  expect(await asked).toMatchObject({ outcome: 'silent' });
});

test('a destination of a family that the link has no address of cannot be asked', async () => {
  expect(await ask({ kind: 'tcp', host: '2001:db8::7', port: 1 })).toMatchObject({
    outcome: 'impossible',
    detail: 'the link has no address of its family',
  });
});

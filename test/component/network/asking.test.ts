// One TCP connection and one DNS question, on real sockets of this host: what each of their ends
// means.
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askDns } from '../../../src/network/reachability/probe/dns.ts';
import { askTcp } from '../../../src/network/reachability/probe/tcp.ts';
import { eventually } from './namespace.ts';

const HERE = '127.0.0.1';
/** No host of this world has it (RFC 5737). */
const NOWHERE = '192.0.2.1';

let stop = new AbortController();
let ends: (() => void)[] = [];
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  for (const end of ends) end();
  ends = [];
});

/** A port of this host at which connections are taken, and those that were. */
async function listening(): Promise<{ port: number; clients: Socket[] }> {
  const clients: Socket[] = [];
  const server = createServer((client) => void clients.push(client.on('error', () => {}).resume()));
  await new Promise<void>((resolve) => server.listen(0, HERE, resolve));
  ends.push(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  const at = server.address();
  return { port: typeof at === 'object' && at !== null ? at.port : 0, clients };
}

const tcp = (port: number, changes: { source?: string; address?: string } = {}) =>
  askTcp({ source: HERE, address: HERE, port, signal: stop.signal, ...changes });

test('a connection that is made is an answer, and does not stay', async () => {
  const { port, clients } = await listening();
  expect(await tcp(port)).toEqual({ outcome: 'answered', detail: 'connected' });
  await eventually(() => clients.length === 1 && clients.every((client) => client.destroyed), 'it is let go');
});

test('one that is refused is an answer too', async () => {
  const { port } = await listening();
  for (const end of ends.splice(0)) end();
  expect(await tcp(port)).toEqual({ outcome: 'answered', detail: 'ECONNREFUSED' });
});

test('without the address that it should leave from this host could not ask', async () => {
  expect(await tcp(9, { source: NOWHERE })).toEqual({ outcome: 'impossible', detail: 'EADDRNOTAVAIL' });
});

test('one that is called off is silence, also before it was begun', async () => {
  const { port } = await listening();
  const asked = tcp(port);
  stop.abort();
  expect(await asked).toEqual({ outcome: 'silent', detail: 'no answer' });
  expect(await tcp(port)).toEqual({ outcome: 'silent', detail: 'no answer' });
});

/** Codes of a DNS answer (RFC 1035 §4.1.1). */
const CODES = { fine: 0, 'server failure': 2, 'no such name': 3, refused: 5 } as const;

/** A name server that answers so; undefined: not at all. */
async function nameServer(code: keyof typeof CODES | undefined, addresses: readonly string[] = []): Promise<string> {
  const server: Datagrams = createSocket('udp4');
  server.on('message', (question, { address, port }) => {
    if (code === undefined) return;
    // The question's own name: from byte 12 to its empty label, then type and class.
    const end = question.indexOf(0, 12) + 5;
    const head = Buffer.from(question.subarray(0, end));
    head.writeUInt16BE(0x8180 | CODES[code], 2);
    head.writeUInt16BE(addresses.length, 6);
    head.writeUInt16BE(0, 10); // no EDNS
    const records = addresses.map((one) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, ...one.split('.').map(Number)]),
    );
    server.send(Buffer.concat([head, ...records]), port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, HERE, resolve));
  ends.push(() => server.close());
  return `${HERE}:${server.address().port}`;
}

const dns = (server: string, name = 'a.root-servers.net', changes: { source?: string; timeoutMs?: number } = {}) =>
  askDns({ source: HERE, server, name, timeoutMs: 2_000, signal: stop.signal, ...changes });

test('an address is an answer, and told', async () => {
  expect(await dns(await nameServer('fine', [NOWHERE, '192.0.2.2']))).toEqual({
    outcome: 'answered',
    detail: 'an answer',
    addresses: [NOWHERE, '192.0.2.2'],
  });
});

test.each<readonly [keyof typeof CODES, string]>([
  ['no such name', 'ENOTFOUND'],
  ['server failure', 'ESERVFAIL'],
  ['refused', 'EREFUSED'],
  ['fine', 'ENODATA'],
])('a server that says "%s" and no address has answered', async (code, detail) => {
  expect(await dns(await nameServer(code))).toEqual({ outcome: 'answered', detail });
});

test('of the root its name servers are asked, and any answer will do', async () => {
  expect(await dns(await nameServer('refused'), '.')).toMatchObject({ outcome: 'answered' });
});

test('a server that says nothing is silent after its time', async () => {
  expect(await dns(await nameServer(undefined), '.', { timeoutMs: 100 })).toEqual({
    outcome: 'silent',
    detail: 'no answer',
  });
});

test('a question that is called off is silence', async () => {
  const asked = dns(await nameServer(undefined));
  stop.abort();
  expect(await asked).toEqual({ outcome: 'silent', detail: 'no answer' });
});

test('a port at which no server is refuses, which a router may have said', async () => {
  const server = await nameServer(undefined);
  for (const end of ends.splice(0)) end();
  expect(await dns(server)).toMatchObject({ outcome: 'unreachable' });
});

test('without the address that it should leave from no question is answered', async () => {
  expect(await dns(await nameServer('fine', [NOWHERE]), '.', { source: NOWHERE })).not.toMatchObject({
    outcome: 'answered',
  });
});

test('what makes no sense as a server is not asked', async () => {
  expect(await dns('no address')).toMatchObject({ outcome: 'impossible' });
});

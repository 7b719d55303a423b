// A name server that knows every name: A answers 192.0.2.1 (the root server A its own address),
// AAAA answers 2001:db8:2::1, anything else is empty (RFC 1035). Counts what it is asked; can be
// told to stay silent, and to lie.

import { createSocket, type Socket } from 'node:dgram';
import { createServer, isIPv6, type Server } from 'node:net';

const typeA = 1;
const typeAaaa = 28;
const targetA = Buffer.from([192, 0, 2, 1]);
/** The question's name as it stands in a query, and what all the world answers to it. */
const rootName = Buffer.from('\u0001a\u000croot-servers\u0003net\u0000', 'latin1');
const rootAddress = Buffer.from([198, 41, 0, 4]);
const targetAaaa = Buffer.from('20010db8000200000000000000000001', 'hex');

export class DnsServer {
  silent = false;
  /** What every name leads to instead of the truth (a portal): an IPv4 address. */
  lie: string | undefined;
  /** Queries seen, also those left unanswered. */
  queries = 0;
  readonly #open = new Map<string, { udp: Socket; tcp: Server }>();

  /** Serves port 53 of one more address; the address must be local already. */
  async serve(address: string): Promise<void> {
    if (this.#open.has(address)) return;
    const udp = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    udp.on('message', (query, peer) => {
      const answer = this.#answer(query);
      if (answer !== undefined) udp.send(answer, peer.port, peer.address, () => {});
    });
    udp.on('error', () => {});
    const tcp = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (data: Buffer) => {
        const answer = this.#answer(data.subarray(2));
        if (answer === undefined) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.end(Buffer.concat([length, answer]));
      });
    });
    this.#open.set(address, { udp, tcp });
    await Promise.all([
      new Promise<void>((resolve) => udp.bind(53, address, resolve)),
      new Promise<void>((resolve) => tcp.listen(53, address, resolve)),
    ]);
  }

  #answer(query: Buffer): Buffer | undefined {
    this.queries += 1;
    if (this.silent || query.length < 17) return undefined;
    let end = 12;
    while (end < query.length && query[end] !== 0) end += (query[end] ?? 0) + 1;
    if (end + 5 > query.length) return undefined;
    const type = query.readUInt16BE(end + 1);
    const data =
      type === typeA ? this.#addressOf(query.subarray(12, end + 1)) : type === typeAaaa ? targetAaaa : undefined;
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(data === undefined ? 0 : 1, 6);
    header.writeUInt32BE(0, 8);
    return Buffer.concat([
      header,
      query.subarray(12, end + 5),
      data === undefined ? Buffer.alloc(0) : record(type, data),
    ]);
  }

  #addressOf(name: Buffer): Buffer {
    if (this.lie !== undefined) return Buffer.from(this.lie.split('.').map(Number));
    return name.toString('latin1').toLowerCase() === rootName.toString('latin1') ? rootAddress : targetA;
  }
}

/** One answer that points back at the question's name, class IN, TTL 60 s. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

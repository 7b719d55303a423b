// Asks one destination: its name of the bearer's own name servers, a TCP connection from the link's
// own address, and TLS with the certificate checked. Sends nothing of this board's.
import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { contains, familyOf, isHostAddress, type Prefix } from '../../../ip/address.ts';
import { childSignal } from '../../../system/child-signal.ts';
import type { Clock } from '../../../system/clock.ts';
import { codeOf } from '../../../system/error-code.ts';
import { DNS_PROBE_BYTES } from '../probe/dns.ts';
import { LOCAL_ERRORS, TCP_PROBE_BYTES } from '../probe/tcp.ts';
import { NO_RESOLVER, openResolver } from '../resolver.ts';
import type { DestinationAnswer } from './judge-reach.ts';
import { handshakeMeaning } from './tls-words.ts';

/** Where traffic is to get through to, as the configuration names it. */
export type Destination =
  | { readonly kind: 'tls' | 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'https'; readonly host: string; readonly port: number; readonly path: string };

export interface AskingDestination {
  readonly clock: Clock;
  /** The link's own; the first of a family is the source of what is asked over it. */
  readonly addresses: readonly Prefix[];
  /** The bearer's name servers. */
  readonly dnsServers: readonly string[];
  readonly signal: AbortSignal;
}

export interface Asked extends DestinationAnswer {
  readonly bytes: number;
  /** From where to where it went last, for finding out by which way. */
  readonly route: { readonly source: string; readonly address: string } | undefined;
}

/** A name server over LTE answers within a second or not at all; two of them are asked. */
const NAME_MS = 3_000;
const MAX_SERVERS = 2;

/** Connection, handshake and, for https, the answer's head: four round trips, 2 s each. */
const ANSWER_MS = 8_000;

/** More than one address is load balancing; a second is tried in case that the first is down. */
const MAX_ADDRESSES = 2;

/**
 * What asking one is taken to cost before it is asked, for the day's budget: an estimate, made of a
 * handshake with a chain of certificates of some kB. OpenSSL takes no chain beyond 100 kB.
 */
export const DESTINATION_BYTES: Readonly<Record<Destination['kind'], number>> = {
  tcp: DNS_PROBE_BYTES + TCP_PROBE_BYTES,
  tls: 8_000,
  https: 9_000,
};

/** IP and TCP headers of a packet, and of the bytes that a full one carries. */
const HEADERS = 40;
const PAYLOAD = 1_360;

/** The destination as it is told: never with its path, which may be somebody's secret. */
export function nameOf({ kind, host, port }: Destination): string {
  return `${kind} ${familyOf(host) === 6 ? `[${host}]` : host}:${port}`;
}

type Meaning = Pick<DestinationAnswer, 'outcome' | 'detail'>;

/** Asks once; never rejects, and ends soon after `signal` aborts. */
export async function askDestination(destination: Destination, asking: AskingDestination): Promise<Asked> {
  const { clock, signal } = asking;
  const startedMs = clock.now().monotonicMs;
  let bytes = 0;
  let route: Asked['route'];
  const told = (meaning: Meaning): Asked => ({
    by: nameOf(destination),
    ...meaning,
    tookMs: clock.now().monotonicMs - startedMs,
    bytes,
    route,
  });
  const found = await addressesOf(destination.host, asking);
  bytes += found.bytes;
  if ('outcome' in found) return told(found);
  let last: Meaning = { outcome: 'impossible', detail: 'the link has no address of its family' };
  for (const address of found.addresses) {
    const source = asking.addresses.find((own) => familyOf(own.address) === familyOf(address))?.address;
    if (source === undefined || signal.aborted) continue;
    route = { source, address };
    const answer = await askAddress(destination, route, asking);
    bytes += answer.bytes;
    last = answer;
    if (answer.outcome === 'reached') break;
  }
  return told(last);
}

type Found = { readonly bytes: number } & ({ readonly addresses: readonly string[] } | Meaning);

/** The addresses of `host` that a host can have, by the bearer's name servers. */
async function addressesOf(host: string, { addresses, dnsServers, signal }: AskingDestination): Promise<Found> {
  if (familyOf(host) !== undefined) return { addresses: [host], bytes: 0 };
  const sources = [4, 6].map((family) => addresses.find(({ address }) => familyOf(address) === family)?.address);
  const [four, six] = sources;
  const servers = dnsServers.filter((server) => sources[familyOf(server) === 6 ? 1 : 0] !== undefined);
  if (servers.length === 0) return { outcome: 'no-name', detail: 'the carrier names no name server', bytes: 0 };
  const resolver = await openResolver(NAME_MS);
  if (resolver === undefined) return { outcome: 'impossible', detail: NO_RESOLVER, bytes: 0 };
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    resolver.setLocalAddress(four ?? '0.0.0.0', six ?? '::');
    resolver.setServers(servers.slice(0, MAX_SERVERS));
    const asked = [four && resolver.resolve4(host), six && resolver.resolve6(host)];
    const results = await Promise.allSettled(asked.filter((question) => question !== undefined && question !== ''));
    const bytes = DNS_PROBE_BYTES * results.length;
    const answered = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const usable = answered.filter((address) => isHostAddress(address) && !isOwn(address, addresses));
    if (usable.length > 0) return { addresses: usable.slice(0, MAX_ADDRESSES), bytes };
    if (answered.length > 0)
      return { outcome: 'impostor', detail: `its name leads to ${answered[0]}, where no other host is`, bytes };
    return { ...nameless(results), bytes };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

const isOwn = (address: string, own: readonly Prefix[]): boolean =>
  own.some((prefix) => contains({ ...prefix, prefixLength: familyOf(prefix.address) === 6 ? 128 : 32 }, address));

function nameless(results: readonly PromiseSettledResult<unknown>[]): Meaning {
  const codes = results.flatMap((result) => (result.status === 'rejected' ? [codeOf(result.reason)] : []));
  const silent = codes.every((code) => code === 'ETIMEOUT' || code === 'ECONNREFUSED' || code === 'ECANCELLED');
  if (silent) return { outcome: 'silent', detail: "the carrier's name servers do not answer for its name" };
  return { outcome: 'no-name', detail: "the carrier's name servers know no address for its name" };
}

/** One address: connection, and what the kind asks of it. */
async function askAddress(
  destination: Destination,
  { source, address }: { source: string; address: string },
  { clock, signal }: AskingDestination,
): Promise<Meaning & { bytes: number }> {
  const own = childSignal(signal);
  const deadline = clock.sleep(ANSWER_MS, own.signal).catch(() => {}); // answered before
  const socket = connect({
    host: address,
    port: destination.port,
    localAddress: source,
    family: familyOf(address) ?? 4,
  });
  try {
    const late = deadline.then((): Meaning => ({ outcome: 'silent', detail: 'no answer' }));
    const meaning = await Promise.race([converse(destination, socket, clock), late]);
    return { ...meaning, bytes: TCP_PROBE_BYTES + carried(socket.bytesRead) + carried(socket.bytesWritten) };
  } finally {
    own.end();
    socket.on('error', () => {}); // what comes after its end is nobody's interest
    if (socket.connecting) socket.destroy();
    else socket.resetAndDestroy();
  }
}

/** What `bytes` of a stream are on the link. */
const carried = (bytes: number) => bytes + HEADERS * Math.ceil(bytes / PAYLOAD);

async function converse(destination: Destination, socket: Socket, clock: Clock): Promise<Meaning> {
  const failure = await new Promise<string | undefined>((resolve) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('error', (error) => resolve(codeOf(error)));
  });
  if (failure !== undefined) return unconnected(failure);
  if (destination.kind === 'tcp') return { outcome: 'reached', detail: 'connected' };
  const { host } = destination;
  const servername = familyOf(host) === undefined ? { servername: host } : {};
  // Loaded when it is first wanted: the two would take a third of the start.
  const { connect: connectTls } = await import('node:tls');
  const secure = connectTls({ socket, host, ...servername });
  secure.on('error', () => {}); // what comes after its end is nobody's interest
  const code = await new Promise<string | undefined>((resolve) => {
    secure.once('secureConnect', () => resolve(undefined));
    secure.once('error', (error) => resolve(codeOf(error)));
    secure.once('close', () => resolve('ECONNRESET'));
  });
  if (code !== undefined) return handshakeMeaning(code, clock.now().wallMs);
  return destination.kind === 'https' ? await askHttp(destination, secure) : { outcome: 'reached', detail: 'TLS' };
}

function unconnected(code: string): Meaning {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return { outcome: 'refused', detail: 'connection refused' };
  return LOCAL_ERRORS.has(code)
    ? { outcome: 'impossible', detail: code }
    : { outcome: 'silent', detail: code === 'ETIMEDOUT' ? 'no answer' : 'unreachable' };
}

/** Asks for the head of the page. A server that says that it is broken is not there. */
async function askHttp(destination: Extract<Destination, { kind: 'https' }>, secure: TLSSocket): Promise<Meaning> {
  const { host, port, path } = destination;
  const { request } = await import('node:http');
  return await new Promise((resolve) => {
    const asked = request({
      method: 'HEAD',
      host,
      port,
      // Without it the Host header names a port, and the wrong one: 80.
      defaultPort: 443,
      path,
      headers: { connection: 'close', 'user-agent': 'percept-lte' },
      maxHeaderSize: 8_192,
      createConnection: () => secure,
    });
    asked.on('response', ({ statusCode = 0 }) => {
      const isWell = statusCode >= 200 && statusCode < 500;
      resolve(
        isWell
          ? { outcome: 'reached', detail: `HTTP ${statusCode}` }
          : { outcome: 'unwell', detail: `says ${statusCode}` },
      );
      asked.destroy();
    });
    asked.on('error', () => resolve({ outcome: 'unwell', detail: 'gives no HTTP answer' }));
    asked.on('close', () => resolve({ outcome: 'unwell', detail: 'gives no HTTP answer' }));
    asked.end();
  });
}

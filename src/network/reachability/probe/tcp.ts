// Opens one TCP connection from a given source address. Connected or refused, packets pass both
// ways.
import { connect } from 'node:net';
import { familyOf } from '../../../ip/address.ts';
import type { Answer, Outcome } from './attempt.ts';

/** SYN 60, SYN-ACK 60, ACK 52, RST 40; one retransmitted SYN. */
export const TCP_PROBE_BYTES = 280;

/** Errors of this host, which say nothing of the network. */
export const LOCAL_ERRORS: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'EINVAL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
]);

/**
 * All others are silence. A firewall of this host refuses and calls unreachable too (REJECT):
 * judge.ts tells.
 */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  ECONNREFUSED: 'answered',
  ECONNRESET: 'answered',
  ENETUNREACH: 'unreachable',
  EHOSTUNREACH: 'unreachable',
};

export interface TcpQuestion {
  readonly source: string;
  readonly address: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the connection is made, refused or failed, or when `signal` aborts; sends no data.
 */
export function askTcp({ source, address, port, signal }: TcpQuestion): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, localAddress: source, family: familyOf(address) ?? 4 });
    const end = (answer: Answer) => {
      signal.removeEventListener('abort', abort);
      // RST in place of FIN: two packets less over the air, and nothing stays in TIME_WAIT. While
      // connecting, resetAndDestroy would wait for the connection (node lib/net.js), which on a
      // dead link takes minutes.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      resolve(answer);
    };
    const abort = () => end({ outcome: 'silent', detail: 'no answer' });
    socket.on('connect', () => end({ outcome: 'answered', detail: 'connected' }));
    socket.on('error', ({ code = '', message }: NodeJS.ErrnoException) =>
      end({ outcome: OUTCOMES[code] ?? (LOCAL_ERRORS.has(code) ? 'impossible' : 'silent'), detail: code || message }),
    );
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

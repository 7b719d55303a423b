// Opens one TCP connection from a given source address. Connected or refused, packets pass both ways.
import { connect } from 'node:net';
import { familyOf } from '../../../ip/address.ts';
import type { Answer } from './attempt.ts';

/** SYN 60, SYN-ACK 60, ACK 52, RST 40; one retransmitted SYN. */
export const TCP_PROBE_BYTES = 280;

/** Errors of this side: the source address is not there, or a firewall of this host forbids. */
const OURS: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'EINVAL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
]);

/** Resolves when the connection is made, refused or failed, or when `signal` aborts; sends no data. */
export function askTcp(options: {
  source: string;
  address: string;
  port: number;
  signal: AbortSignal;
}): Promise<Answer> {
  const { source, address, port, signal } = options;
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, localAddress: source, family: familyOf(address) ?? 4 });
    const end = (answer: Answer) => {
      signal.removeEventListener('abort', abort);
      // RST in place of FIN: two packets less over the air, and nothing stays in TIME_WAIT. While connecting, resetAndDestroy would wait for
      // the connection (node lib/net.js), which on a dead link takes minutes.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      resolve(answer);
    };
    const abort = () => end({ outcome: 'silent', detail: 'no answer' });
    socket.on('connect', () => end({ outcome: 'answered', detail: 'connected' }));
    socket.on('error', (error: NodeJS.ErrnoException) => end(answerOf(error.code ?? error.message)));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

function answerOf(code: string): Answer {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return { outcome: 'answered', detail: code };
  return { outcome: OURS.has(code) ? 'impossible' : 'silent', detail: code };
}

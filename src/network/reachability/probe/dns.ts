// Asks one DNS server one question from a given source address. Any answer, also a refusal, shows
// that packets pass.
import type { Resolver } from 'node:dns/promises';
import { familyOf } from '../../../ip/address.ts';
import { codeOf } from '../../../system/error-code.ts';
import { NO_RESOLVER, openResolver } from '../resolver.ts';
import type { Answer } from './attempt.ts';

/**
 * Query 28+36 and answer 28+52 bytes for the default name; longer names and CNAMEs cost a little
 * more. IP and UDP headers included.
 */
export const DNS_PROBE_BYTES = 200;

/** Codes of this side: the resolver was never set going. */
const OURS: ReadonlySet<string> = new Set(['EDESTRUCTION', 'ENOMEM', 'ENOTINITIALIZED', 'EBADNAME', 'EBADFAMILY']);

export interface DnsQuestion {
  readonly source: string;
  /** An address, with `:port` for tests. */
  readonly server: string;
  /** Asked for its A record, or `.` for the NS records of the root. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** For tests. */
  readonly resolvConf?: string;
}

/** Asks once; ends soon after `signal` aborts. Never rejects. */
export async function askDns(question: DnsQuestion): Promise<Answer> {
  // One try: who asks again, how often and whom decides proveReachable.
  const resolver = await openResolver(question.timeoutMs, question.resolvConf);
  if (resolver === undefined) return { outcome: 'impossible', detail: NO_RESOLVER };
  return await askOnce(resolver, question);
}

async function askOnce(resolver: Resolver, { source, server, name, signal }: DnsQuestion): Promise<Answer> {
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    if (familyOf(source) === 6) resolver.setLocalAddress('0.0.0.0', source);
    else resolver.setLocalAddress(source);
    resolver.setServers([server]);
    const detail = 'an answer';
    if (name !== '.') return { outcome: 'answered', detail, addresses: await resolver.resolve4(name) };
    await resolver.resolveNs('.');
    return { outcome: 'answered', detail };
  } catch (error) {
    const code = codeOf(error) || String(error);
    if (signal.aborted || code === 'ETIMEOUT') return { outcome: 'silent', detail: 'no answer' };
    // c-ares gives this for an ICMP refusal and for every failure to send, also EPERM
    // (ares_process.c).
    if (code === 'ECONNREFUSED') return { outcome: 'unreachable', detail: 'refused, or could not be sent' };
    // Every other code (ENOTFOUND, ESERVFAIL, EREFUSED, EFORMERR, …) is a server's answer (ares.h).
    return { outcome: OURS.has(code) || code.startsWith('ERR_') ? 'impossible' : 'answered', detail: code };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

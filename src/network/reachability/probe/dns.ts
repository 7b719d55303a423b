// Asks one DNS server one question from a given source address. Any answer, also a refusal, shows
// that packets pass.
import type { Resolver } from 'node:dns/promises';
import { familyOf } from '../../../ip/address.ts';
import { mayBeRead } from '../../../system/regular-file.ts';
import type { Answer } from './attempt.ts';

/**
 * Query 28+36 and answer 28+52 bytes for the default name; longer names and CNAMEs cost a little
 * more. IP and UDP headers included.
 */
export const DNS_PROBE_BYTES = 200;

/** Codes of this side: the resolver was never set going. */
const OURS: ReadonlySet<string> = new Set(['EDESTRUCTION', 'ENOMEM', 'ENOTINITIALIZED', 'EBADNAME', 'EBADFAMILY']);

/**
 * c-ares reads this file, at once and in the event loop, when it is loaded and for each resolver,
 * also for one that is told its servers.
 */
const RESOLV_CONF = '/etc/resolv.conf';
const MOST_RESOLV_CONF_BYTES = 1 << 20;

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
  const { resolvConf = RESOLV_CONF, timeoutMs } = question;
  if (!(await mayBeRead(resolvConf, MOST_RESOLV_CONF_BYTES)))
    return { outcome: 'impossible', detail: `${resolvConf} is no regular file, or far too large` };
  const dns = await import('node:dns/promises');
  // One try: who asks again, how often and whom decides proveReachable.
  return await askOnce(new dns.Resolver({ timeout: timeoutMs, tries: 1 }), question);
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
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
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

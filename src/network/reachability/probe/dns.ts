// Asks one DNS server one question, from a given source address. Any answer, also a refusal, shows that packets pass both ways.
import { Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { familyOf } from '../../../ip/address.ts';
import type { Answer } from './attempt.ts';

/** Query 28+36 and answer 28+52 bytes for the default name; longer names and CNAMEs cost a little more. IP and UDP headers included. */
export const DNS_PROBE_BYTES = 200;

/** Codes of c-ares that mean "nobody answered"; every other one (ENOTFOUND, ESERVFAIL, EREFUSED, EFORMERR, …) is an answer (ares.h). */
const SILENCE: ReadonlySet<string> = new Set(['ETIMEOUT', 'ECONNREFUSED']);

/** Codes of this side: the resolver was never set going or was cancelled. */
const OURS: ReadonlySet<string> = new Set([
  'ECANCELLED',
  'EDESTRUCTION',
  'ENOMEM',
  'ENOTINITIALIZED',
  'EBADNAME',
  'EBADFAMILY',
]);

/** Asks `server` (an address, with `:port` for tests) for the A record of `name`, or for the NS records of the root when `name` is `.`. */
export async function askDns(options: {
  source: string;
  server: string;
  name: string;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<Answer> {
  // One try: who asks again, how often and whom decides proveReachable.
  const resolver = new Resolver({ timeout: options.timeoutMs, tries: 1 });
  const cancel = () => resolver.cancel();
  options.signal.addEventListener('abort', cancel, { once: true });
  try {
    if (familyOf(options.source) === 6) resolver.setLocalAddress('0.0.0.0', options.source);
    else resolver.setLocalAddress(options.source);
    resolver.setServers([options.server]);
    await (options.name === '.' ? resolver.resolveNs('.') : resolver.resolve4(options.name));
    return { outcome: 'answered', detail: 'an answer' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    // c-ares calls every failure to send ECONNREFUSED, also that of a source address which is not there (ares_process.c).
    if (code === 'ECONNREFUSED' && !isOnThisHost(options.source))
      return { outcome: 'impossible', detail: 'EADDRNOTAVAIL' };
    if (SILENCE.has(code)) return { outcome: 'silent', detail: code };
    return OURS.has(code) || code.startsWith('ERR_')
      ? { outcome: 'impossible', detail: code }
      : { outcome: 'answered', detail: code };
  } finally {
    options.signal.removeEventListener('abort', cancel);
  }
}

function isOnThisHost(address: string): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === address));
}

// A resolver of Node's, which is c-ares, for questions to a link's own name servers.
import type { Resolver } from 'node:dns/promises';
import { mayBeRead } from '../../system/regular-file.ts';

/**
 * c-ares reads this file in the event loop: when it is loaded, and for each resolver, also for one
 * that is told its servers. It would wait for ever for a pipe in its place.
 */
const RESOLV_CONF = '/etc/resolv.conf';
const MOST_BYTES = 1 << 20;

/** Why there is no resolver. */
export const NO_RESOLVER = `${RESOLV_CONF} is no regular file, or far too large`;

/**
 * A resolver that asks each server once, for `timeoutMs`; undefined where resolv.conf cannot be
 * read.
 */
export async function openResolver(timeoutMs: number, resolvConf = RESOLV_CONF): Promise<Resolver | undefined> {
  if (!(await mayBeRead(resolvConf, MOST_BYTES))) return undefined;
  const dns = await import('node:dns/promises');
  return new dns.Resolver({ timeout: timeoutMs, tries: 1 });
}

// Removes from the host what is ours, when no link is wanted.
import { type Found, found } from '../../codes/codes.ts';
import type { NameServers } from '../../network/dns/name-servers.ts';
import type { Applied } from '../../network/link/apply.ts';
import { LinkError } from '../../network/link/wanted-link.ts';
import type { StaleSockets } from '../../network/stale-sockets.ts';
import type { Clock } from '../../system/clock.ts';
import type { Logger } from '../../system/log.ts';

export interface RemoveLinkPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly nameServers: Pick<NameServers, 'apply' | 'reconsider'>;
  readonly staleSockets: Pick<StaleSockets, 'follow'>;
  /** Removes from the kernel what is ours. @throws LinkError */
  readonly sweep: (signal: AbortSignal) => Promise<Pick<Applied, 'changed'>>;
  /** Sets the standing warnings of a topic. `link`: what does not stand of it. */
  readonly warn: (topic: 'link' | 'IPv4' | 'probes' | 'contest', found: readonly Found[]) => void;
}

/** Between tries to remove what the kernel does not let go. */
const RETRY_MS = 2_000;

/**
 * Resolves when it is done, or `signal` aborts. A sweep that fails is tried until it works: a stale
 * default route is an outage for others.
 */
export async function removeLink(ports: RemoveLinkPorts, signal: AbortSignal): Promise<void> {
  const { clock, log, nameServers, staleSockets, sweep, warn } = ports;
  warn('IPv4', []);
  warn('probes', []);
  await nameServers.apply(undefined, signal);
  while (!signal.aborted) {
    try {
      const { changed } = await sweep(signal);
      if (changed.length > 0) log.info({ lines: changed.length }, 'link configuration removed');
      await staleSockets.follow([], signal);
      warn('link', []);
      return;
    } catch (error) {
      if (signal.aborted) return;
      warn('link', [found('link-left', faultWords("the link's configuration could not be removed", error))]);
      await clock.sleep(RETRY_MS, signal).catch(() => {}); // aborted: the loop ends
    }
  }
}

/** What went wrong with the link, with a remedy of its own where there is one. */
export function faultWords(what: string, error: unknown): { text: string; remedy?: string } {
  const text = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  return error instanceof LinkError ? { text, remedy: error.remedy } : { text };
}

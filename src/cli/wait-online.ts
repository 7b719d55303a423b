// `percept-lte wait-online`: returns when traffic passes and is not known to get no further than
// the carrier, for units and scripts that need the link.

import type { Status } from '../status/schema.ts';
import { type CliContext, EXIT } from './context.ts';
import { runningStatus } from './running.ts';
import { statusChanges } from './watch.ts';

/** Like systemd-networkd-wait-online's. */
export const DEFAULT_WAIT_MS = 120_000;

/**
 * Waits until the daemon is online and has seen traffic get through: a link that is merely
 * configured may be dead, and one that is alive may lead to the carrier's payment page. Where it
 * cannot be told, and where the APN may be a private network, that it is alive is enough. The
 * daemon may start later than this.
 * @param timeoutMs 0 waits for ever.
 */
export async function waitOnline(context: CliContext, timeoutMs: number): Promise<number> {
  let last = 'percept-lte is not running';
  for await (const _ of statusChanges(context, timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs)) {
    const running = await runningStatus(context);
    const { status } = running;
    if (status === undefined) last = running.sentence;
    else if (isThrough(status)) return EXIT.ok;
    else last = `${status.phase}: ${status.sentence}${status.phase === 'online' ? missing(status) : ''}`;
  }
  context.err(`not online after ${timeoutMs / 1000} s: ${last}`);
  return EXIT.fault;
}

function isThrough({ phase, link }: Status): boolean {
  if (phase !== 'online' || link?.lastProof === undefined || link.reach === undefined) return false;
  return link.reach.verdict !== 'not-through' || !link.reach.isFault;
}

function missing({ link }: Status): string {
  if (link?.lastProof === undefined) return '; no traffic has been seen to pass yet';
  return link.reach === undefined ? '; whether traffic gets through has not been seen yet' : '';
}

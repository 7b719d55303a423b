// `percept-lte wait-online`: returns when traffic was seen to pass, for units and scripts that need
// the link.
import { type CliContext, EXIT } from './context.ts';
import { runningStatus } from './running.ts';
import { statusChanges } from './watch.ts';

/** Like systemd-networkd-wait-online's. */
export const DEFAULT_WAIT_MS = 120_000;

/**
 * Waits until the daemon is online and has seen traffic pass: a link that is merely configured may
 * be dead. The daemon may start later than this.
 * @param timeoutMs 0 waits for ever.
 */
export async function waitOnline(context: CliContext, timeoutMs: number): Promise<number> {
  let last = 'percept-lte is not running';
  for await (const _ of statusChanges(context, timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs)) {
    const running = await runningStatus(context);
    const { status } = running;
    if (status === undefined) last = running.sentence;
    else if (status.phase === 'online' && status.link?.lastProof !== undefined) return EXIT.ok;
    else
      last = `${status.phase}: ${status.sentence}${status.phase === 'online' ? '; no traffic has been seen to pass yet' : ''}`;
  }
  context.err(`not online after ${timeoutMs / 1000} s: ${last}`);
  return EXIT.fault;
}

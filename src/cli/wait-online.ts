// `percept-lte wait-online`: returns when the board is online, for units and scripts that need the link.
import { type CliContext, EXIT } from './context.ts';
import { runningStatus } from './running.ts';
import { statusChanges } from './watch.ts';

/** Like systemd-networkd-wait-online's. */
export const DEFAULT_WAIT_MS = 120_000;

/**
 * Waits until the daemon is online. It may start later than this.
 * @param timeoutMs 0 waits for ever.
 */
export async function waitOnline(context: CliContext, timeoutMs: number): Promise<number> {
  let last = 'percept-lte is not running';
  for await (const _ of statusChanges(context, timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs)) {
    const running = await runningStatus(context);
    if (running.status?.phase === 'online') return EXIT.ok;
    last = running.status === undefined ? running.sentence : `${running.status.phase}: ${running.status.sentence}`;
  }
  context.err(`not online after ${timeoutMs / 1000} s: ${last}`);
  return EXIT.fault;
}

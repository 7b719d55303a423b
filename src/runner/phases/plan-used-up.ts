// The data plan is used up: the modem is disconnected, which is tried until ModemManager has done
// so.
import type { ModemManagerCalls } from '../../modem/calls.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Clock } from '../../system/clock.ts';
import type { Logger } from '../../system/log.ts';

const RETRY_MS = 60_000;

export interface DisconnectPorts {
  readonly calls: Pick<ModemManagerCalls, 'simpleDisconnect'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Disconnects `modem`. Rejects only with the signal's reason. */
export async function disconnectForPlan(
  { calls, clock, log }: DisconnectPorts,
  { path }: Modem,
  signal: AbortSignal,
): Promise<undefined> {
  for (;;) {
    try {
      await calls.simpleDisconnect(path, undefined, signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ error: String(error) }, 'the modem is not disconnected although the data plan is used up');
      await clock.sleep(RETRY_MS, signal);
    }
  }
}

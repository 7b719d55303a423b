// ModemManager's state at one moment, for commands that look and end.
import type { Bus } from '../../dbus/bus.ts';
import { type Clock, within } from '../../system/clock.ts';
import { openLog } from '../../system/log.ts';
import type { ModemManagerFacts } from '../objects.ts';
import { watchModemManager } from './modem-manager.ts';

/** A ModemManager that hangs is told of by the watch after its own deadline of 10 s. */
const DEADLINE_MS = 15_000;

/**
 * All that ModemManager says now. Does not start it.
 * @throws BusLostError, DeadlineError, and the signal's reason
 */
export async function readModemManager(bus: Bus, clock: Clock, signal: AbortSignal): Promise<ModemManagerFacts> {
  const { log: logger } = openLog({ level: 'error', journald: false, destination: { write: () => {} } });
  return await within(clock, DEADLINE_MS, 'reading from ModemManager', signal, async (own) => {
    const enough = new AbortController();
    let facts: ModemManagerFacts | undefined;
    const onFacts = (first: ModemManagerFacts) => {
      facts ??= first;
      enough.abort();
    };
    await watchModemManager({ bus, clock, logger, onFacts, signal: AbortSignal.any([own, enough.signal]) });
    own.throwIfAborted();
    return facts ?? { onBus: false, version: '', modems: [] };
  });
}

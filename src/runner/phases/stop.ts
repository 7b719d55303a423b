// The end: the modem is disconnected, within a bound that a hung ModemManager cannot stretch.
import type { ModemManagerCalls } from '../../modem/calls.ts';
import type { Modem } from '../../modem/objects.ts';
import { type Clock, within } from '../../system/clock.ts';
import type { Logger } from '../../system/log.ts';

/** The whole stop takes less than 10 s; this leaves two for what else there is. */
const DISCONNECT_ON_STOP_MS = 8_000;

export interface StopPorts {
  readonly calls: Pick<ModemManagerCalls, 'simpleDisconnect'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Disconnects `modem`, where there is one to disconnect. Never rejects: a stop that fails is a stop
 * all the same.
 */
export async function disconnectOnStop(ports: StopPorts, modem: Modem | undefined): Promise<undefined> {
  if (modem === undefined) return undefined;
  const work = (signal: AbortSignal) => ports.calls.simpleDisconnect(modem.path, undefined, signal);
  await within(ports.clock, DISCONNECT_ON_STOP_MS, 'Disconnect', undefined, work).catch((error: unknown) => {
    ports.log.warn({ error: String(error) }, 'the modem was not disconnected; ModemManager still holds the session');
  });
  return undefined;
}

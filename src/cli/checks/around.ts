// Reads once what the checks of `doctor` look at: ModemManager by the bus, the daemon by its
// status.
import { processIdOf } from '../../dbus/driver.ts';
import { BusLostError, DBusCallError } from '../../dbus/errors.ts';
import { DEADLINES } from '../../modem/calls.ts';
import { readModemManager } from '../../modem/watch/read-once.ts';
import { MODEM_MANAGER } from '../../modem/wire/vocabulary.ts';
import { DeadlineError } from '../../system/clock.ts';
import type { CliContext } from '../context.ts';
import { runningStatus } from '../running.ts';
import type { Around } from './finding.ts';

/** @throws the signal's reason */
export async function lookAround(context: CliContext): Promise<Around> {
  const { status } = await runningStatus(context);
  try {
    return { ...(await askBus(context)), status };
  } catch (error) {
    const isTold = error instanceof BusLostError || error instanceof DeadlineError || error instanceof DBusCallError;
    if (!isTold) throw error;
    return { facts: undefined, modemManagerPid: undefined, status };
  }
}

async function askBus(context: CliContext): Promise<Pick<Around, 'facts' | 'modemManagerPid'>> {
  const { clock, signal } = context;
  const bus = await context.openBus();
  try {
    const facts = await readModemManager(bus, clock, signal);
    const modemManagerPid = await processIdOf(bus, MODEM_MANAGER, { timeoutMs: DEADLINES.read, signal });
    return { facts, modemManagerPid };
  } finally {
    bus.close();
  }
}

// Asks ModemManager for a sign of life: one that holds its name on the bus and does not answer is a
// fault with a rung of its own.
import type { Bus } from '../dbus/bus.ts';
import { modemManagerCalls } from '../modem/calls.ts';
import type { ModemManagerFacts } from '../modem/objects.ts';
import type { Happening } from '../runner/runner.ts';
import { type Clock, untilBeat } from '../system/clock.ts';
import type { ChosenModem } from './chosen-modem.ts';

/**
 * Every 60 s, with 30 s to answer: a hung ModemManager is noticed within two minutes (EVE-OS asks
 * every 25 s).
 */
const INTERVAL_MS = 60_000;

export interface HeartbeatPorts {
  readonly clock: Clock;
  /** Reads ModemManager's Version. @throws when there is no answer within 30 s */
  readonly ping: (signal: AbortSignal) => Promise<void>;
  readonly onBus: () => boolean;
  readonly hung: () => void;
  readonly answers: () => void;
}

/**
 * Runs until `signal` aborts. `answers` is called after the first answer that follows a silence.
 */
export async function heartbeat(ports: HeartbeatPorts, signal: AbortSignal): Promise<void> {
  let silent = false;
  while (!signal.aborted) {
    await ports.clock.sleep(untilBeat(ports.clock.now(), INTERVAL_MS), signal).catch(() => {});
    if (signal.aborted || !ports.onBus()) continue;
    const answered = await ports.ping(signal).then(
      () => true,
      () => !ports.onBus(),
    );
    if (signal.aborted) return;
    if (!answered) ports.hung();
    else if (silent) ports.answers();
    silent = !answered;
  }
}

/** What the daemon has for it. */
export interface HeartbeatParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly facts: Pick<ChosenModem, 'all'>;
  readonly happened: (what: Happening) => void;
  readonly onFacts: (facts: ModemManagerFacts) => void;
}

/** The ports of the daemon's own. */
export function heartbeatPorts({ bus, clock, facts, happened, onFacts }: HeartbeatParts): HeartbeatPorts {
  const calls = modemManagerCalls(bus);
  return {
    clock,
    ping: (signal) => calls.ping(signal),
    onBus: () => facts.all.onBus,
    hung: () => happened({ kind: 'modemManagerHung' }),
    answers: () => onFacts(facts.all),
  };
}

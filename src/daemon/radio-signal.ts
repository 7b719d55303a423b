// Has the modem's signal measured every minute where the configuration says so (metrics.signal),
// and tells the runner. What is measured is read, not followed: ModemManager's signals of it are as
// frequent as the modem likes.
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';
import { type Facts, modemOf } from '../connection/connection.ts';
import type { Bus } from '../dbus/bus.ts';
import type { Signal } from '../modem/objects.ts';
import { isMeasurable, SignalPolling } from '../modem/signal.ts';
import type { Happening } from '../runner/runner.ts';
import { type Clock, untilBeat } from '../system/clock.ts';

/** Between measurements, which are read as often, when ModemManager is pinged. */
const RATE_SECONDS = 60;

export interface SignalWatchPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly config: () => { readonly metrics: Pick<Config['metrics'], 'signal'> };
  readonly facts: { readonly chosen: Facts };
}

/** Runs until `signal` aborts; ModemManager measures no more then. */
export async function watchSignal(
  { bus, clock, config, facts }: SignalWatchPorts,
  happened: (what: Happening) => void,
  signal: AbortSignal,
): Promise<void> {
  const polling = new SignalPolling(bus, RATE_SECONDS);
  let told: Signal | undefined;
  while (!signal.aborted) {
    await clock.sleep(untilBeat(clock.now(), RATE_SECONDS * 1000), signal).catch(() => {});
    if (signal.aborted) break;
    const modem = config().metrics.signal ? modemOf(facts.chosen) : undefined;
    const path = modem !== undefined && isMeasurable(modem.state) ? modem.path : undefined;
    if (path === undefined) await polling.stop(signal);
    const read = path === undefined ? undefined : await polling.read(path, signal);
    if (signal.aborted || isDeepStrictEqual(read, told)) continue;
    told = read;
    happened({ kind: 'signalRead', signal: read });
  }
  await polling.stop(new AbortController().signal);
}

// What runs as long as the daemon does: ModemManager and the kernel are followed, the beats of its
// day are kept, and systemd's watchdog is fed.
import { watchModemManager } from '../modem/watch/modem-manager.ts';
import { watchUplinks } from '../runner/uplinks/watch-uplinks.ts';
import { keepHouse } from './housekeeping.ts';
import { heartbeat, heartbeatPorts } from './modem-manager-ping.ts';
import { keepFresh } from './observers.ts';
import type { OpenParts } from './open-parts.ts';
import { ownInterfaces } from './ports.ts';
import { watchSignal } from './radio-signal.ts';
import { watchUplinksPorts } from './uplink-ports.ts';
import { feedWatchdog } from './watchdog.ts';

/**
 * Starts them, each until `open.closing` aborts. One that fails is a fault: the first does when the
 * bus is lost.
 */
export function startWatches(open: OpenParts): void {
  const { host, parts, held, runner } = open;
  const { bus, clock, systemd } = host;
  const { signal } = open.closing;
  const onFacts: OpenParts['onFacts'] = (facts) => open.onFacts(facts);
  const isOnline = () => runner.connection.phase.kind === 'online';
  const watches = [
    watchModemManager({ bus, clock, logger: parts.log.child({ component: 'modem' }), onFacts, signal }),
    open.kernel.run(signal),
    heartbeat(heartbeatPorts({ bus, clock, facts: open.facts, happened: held.happened, onFacts }), signal),
    watchSignal(parts, held.happened, signal),
    watchUplinks(watchUplinksPorts({ ...parts, ownInterfaces: () => ownInterfaces(parts) }, held), signal),
    keepFresh(clock, isOnline, () => open.refresh(), signal),
    keepHouse(clock, signal, () => open.keepFiles()),
    open.inForce.run(signal),
    open.reloads.whenReadable(clock, signal),
    open.plan.run(signal),
  ];
  const intervalMs = systemd.watchdogIntervalMs;
  if (intervalMs !== undefined) {
    const feed = () => systemd.send({ WATCHDOG: true });
    watches.push(feedWatchdog({ clock, intervalMs, stuck: () => runner.stuck, feed }, signal));
  }
  for (const watch of watches) watch.catch((error: unknown) => open.faults.reject(error));
}

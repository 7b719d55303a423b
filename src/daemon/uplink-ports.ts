// The ports of whoever asks the host's other ways out, made of the real parts.
import type { Config } from '../config/schema.ts';
import type { DataPlan } from '../data-plan/data-plan.ts';
import type { KernelEvents } from '../network/link/monitor.ts';
import type { readCounters } from '../network/reachability/counters.ts';
import { otherUplinks, readHop } from '../network/uplinks.ts';
import { WayAsker } from '../runner/uplinks/ask-way.ts';
import type { WatchUplinksPorts } from '../runner/uplinks/watch-uplinks.ts';
import type { Clock } from '../system/clock.ts';
import type { CommandRunner } from '../system/command.ts';
import type { Logger } from '../system/log.ts';

/** The parts that are needed. */
export interface UplinkParts {
  readonly clock: Clock;
  readonly commands: CommandRunner;
  readonly counters: typeof readCounters;
  readonly log: Logger;
  readonly config: () => Config;
  readonly plan: Pick<DataPlan, 'isQuiet' | 'spent'>;
  /** The modem's, as far as they are known. */
  readonly ownInterfaces: () => readonly string[];
  readonly kernel: Pick<KernelEvents, 'listen' | 'uplinks'>;
}

function wayAsker({ commands, clock, config, counters, plan }: UplinkParts): WayAsker {
  const settings = () => ({ targets: config().probe.targets, dnsName: config().probe['dns-name'] });
  const quota = { isQuiet: () => plan.isQuiet, spent: (bytes: number) => plan.spent(bytes) };
  return new WayAsker({ commands, clock, counters, settings, ...quota });
}

/** The interface of another uplink through which something answers, or that cannot be asked. */
export async function provenUplink(parts: UplinkParts, signal: AbortSignal): Promise<string | undefined> {
  const { commands, kernel } = parts;
  const asker = wayAsker(parts);
  for (const uplink of otherUplinks(await kernel.uplinks(signal), parts.ownInterfaces())) {
    const way = { ...uplink, ...(await readHop(commands, uplink, signal)) };
    if ((await asker.ask(way, signal)) !== 'silent') return uplink.interface;
  }
  return undefined;
}

/** The ports of the watch over the ways that come before LTE. */
export function watchUplinksPorts(
  parts: UplinkParts,
  runner: Pick<WatchUplinksPorts, 'connection' | 'happened' | 'chance'>,
): WatchUplinksPorts {
  const { clock, commands, config, counters, kernel, log } = parts;
  return {
    ...runner,
    clock,
    commands,
    kernel,
    log: log.child({ component: 'uplinks' }),
    counters,
    asker: wayAsker(parts),
    ownInterfaces: parts.ownInterfaces,
    settings: () => {
      const { metric, 'default-route': hasRoute, 'take-over': takeOver } = config().network;
      return { metric, isOn: hasRoute && takeOver === 'auto' };
    },
  };
}

// The runner's and the activities' ports, made of the real parts: the bus, ModemManager's methods,
// the host's tools, the clock.
import type { Config } from '../config/schema.ts';
import type { Connection } from '../connection/connection.ts';
import type { ConnectionEvent } from '../connection/events/event.ts';
import { NO_ADDRESS } from '../connection/link/link-for.ts';
import type { DataPlan } from '../data-plan/data-plan.ts';
import type { Bus } from '../dbus/bus.ts';
import { modemManagerCalls } from '../modem/calls.ts';
import { classify, type Failure } from '../modem/errors/failure.ts';
import { REMEDIES } from '../modem/errors/failure-row.ts';
import { ConflictWatch } from '../network/conflicts/conflict-watch.ts';
import { DhcpError, followDhcp } from '../network/dhcp/dhcp.ts';
import { NameServers } from '../network/dns/name-servers.ts';
import { openWrittenFiles } from '../network/dns/written-files.ts';
import { Flows } from '../network/flows.ts';
import { applyLink, sweep } from '../network/link/apply.ts';
import type { KernelEvents } from '../network/link/monitor.ts';
import { LinkError } from '../network/link/wanted-link.ts';
import type { readCounters } from '../network/reachability/counters.ts';
import { checkReach } from '../network/reachability/reach/check-reach.ts';
import { StaleSockets } from '../network/stale-sockets.ts';
import { isPreferred } from '../network/uplinks.ts';
import { DailyBudget } from '../runner/link-keeper/daily-budget.ts';
import { Leases } from '../runner/link-keeper/leases.ts';
import { keepLink, type LinkKeeperPorts } from '../runner/link-keeper/link-keeper.ts';
import { MtuMeter } from '../runner/link-keeper/measure-mtu.ts';
import { Prober } from '../runner/link-keeper/prober.ts';
import { SlaacInterface } from '../runner/link-keeper/slaac-interface.ts';
import { ReachWatch, type WatchReachPorts } from '../runner/link-keeper/watch-reach.ts';
import { type WatchTrafficPorts, watchTraffic } from '../runner/link-keeper/watch-traffic.ts';
import { type ActivityPorts, activitiesOf } from '../runner/phases/activities.ts';
import { BearerUnusableError } from '../runner/phases/bearer-unusable.ts';
import { DeviceTakenError } from '../runner/phases/probe-anew.ts';
import { ModemManagerHungError } from '../runner/phases/rungs.ts';
import type { RunnerPorts } from '../runner/runner.ts';
import { NotRecordedError } from '../state/store.ts';
import type { Clock } from '../system/clock.ts';
import { CommandError, type CommandRunner } from '../system/command.ts';
import type { Logger } from '../system/log.ts';
import { reauthoriseUsb } from '../system/usb.ts';
import type { ChosenModem } from './chosen-modem.ts';
import { provenUplink } from './uplink-ports.ts';
import type { Warnings } from './warnings.ts';

/** The parts that the daemon has opened. */
export interface Parts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly commands: CommandRunner;
  readonly counters: typeof readCounters;
  /** What stands before each path of the host's own files; mostly ''. */
  readonly root: string;
  readonly log: Logger;
  readonly facts: ChosenModem;
  readonly config: () => Config;
  readonly recorded: ActivityPorts['recorded'];
  readonly lastDevice: () => string | undefined;
  /** The data plan: what is spent of it, and whether nothing of ours may be sent. */
  readonly plan: Pick<DataPlan, 'isQuiet' | 'spent'>;
  /** How far traffic gets by the last word, and when the session at hand began. */
  readonly knownReach: WatchReachPorts['known'];
  /** Of the link, or of the one before that a former life of the program may have left behind. */
  readonly lastInterface: () => string | undefined;
  readonly warnings: Warnings;
  /** STATE_DIRECTORY: unlike /run on many systems, programs in it can be started. */
  readonly stateDirectory: string;
  /** RUNTIME_DIRECTORY, where the other cannot be written. */
  readonly runtimeDirectory: string;
  readonly kernel: Pick<KernelEvents, 'listen' | 'uplinks' | 'forgetUplinks'>;
  readonly onChange: (from: Connection, to: Connection, because: ConnectionEvent) => void;
}

/** Errors of our own that are the world's fault, with what they mean to the connection. */
function ownFailure(error: unknown): Failure | undefined {
  if (error instanceof BearerUnusableError) {
    // A modem in the wrong USB mode is set right by a person; another APN may mend the rest.
    const { message: text, remedy, name } = error;
    const kind = error.method === 'ppp' ? 'host' : 'other';
    return {
      class: kind,
      name,
      text,
      reason: kind === 'host' ? 'the bearer cannot be configured' : NO_ADDRESS,
      remedy,
    };
  }
  if (error instanceof DhcpError) {
    const kind = error.reason === 'no-answer' ? 'other' : 'host';
    const remedy = error.reason === 'no-answer' ? 'try another connect.apn, or another firmware of the modem' : '';
    return { class: kind, name: error.name, text: error.message, reason: 'the link has got no address', remedy };
  }
  if (error instanceof DeviceTakenError) {
    return { class: 'taken', name: error.name, text: '', reason: error.message, remedy: REMEDIES.taken };
  }
  if (error instanceof ModemManagerHungError) {
    const remedy = 'it is restarted, where recovery.restart-modemmanager allows';
    return { class: 'hung', name: error.name, text: '', reason: error.message, remedy };
  }
  if (error instanceof NotRecordedError) {
    return {
      class: 'other',
      name: error.name,
      text: error.message,
      reason: 'what must be remembered cannot be written down, so it is not done',
      remedy: 'free some space on the disk, or mount it writable',
    };
  }
  if (error instanceof LinkError || error instanceof CommandError) {
    const remedy = error instanceof LinkError ? error.remedy : 'see what `ip` says: ip link; ip address; ip route';
    const reason = 'the link could not be configured';
    // What makes no sense came from the network or the modem: another try may bring something else.
    const kind = error instanceof LinkError && error.reason === 'invalid' ? 'other' : 'host';
    return { class: kind, name: error.name, text: error.message, reason, remedy };
  }
  return undefined;
}

/**
 * What an activity threw, in the connection's words. Rethrows faults of the program: those must end
 * the process.
 */
export function failureOf(error: unknown): Failure {
  const own = ownFailure(error);
  if (own !== undefined) return own;
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) throw error;
  return classify(error);
}

/** A random number from [0, 1). */
export const chance = Math.random;

/** The ports of the runner. */
export function runnerPorts(parts: Parts): RunnerPorts {
  const { clock, onChange } = parts;
  const linkPorts = linkKeeperPorts(parts);
  return {
    clock,
    chance,
    activities: activitiesOf(activityPorts(parts)),
    keepLink: (link, happened, signal, inUse) => keepLink(linkPorts, link, happened, signal, inUse),
    failureOf,
    onChange,
  };
}

/** The modem's interfaces, and that of its last call. */
export function ownInterfaces({ facts, lastInterface }: Pick<Parts, 'facts' | 'lastInterface'>): readonly string[] {
  return [...facts.interfaces, lastInterface() ?? ''];
}

function activityPorts(parts: Parts): ActivityPorts {
  const { bus, clock, log, facts, root } = parts;
  return {
    bus,
    calls: modemManagerCalls(bus),
    clock,
    log: log.child({ component: 'modem' }),
    facts: () => facts.chosen,
    factsUntil: (fits, ms, signal) => facts.until(clock, fits, ms, signal),
    version: () => facts.all.version,
    lastDevice: parts.lastDevice,
    recorded: parts.recorded,
    reauthoriseUsb: (device, signal) => reauthoriseUsb(device, clock, signal, root),
    otherUplink: (signal) => provenUplink({ ...parts, ownInterfaces: () => ownInterfaces(parts) }, signal),
  };
}

function linkKeeperPorts(parts: Parts): LinkKeeperPorts {
  const { bus, clock, commands, config, counters, kernel, plan, root, warnings } = parts;
  const log = parts.log.child({ component: 'link' });
  const warn: LinkKeeperPorts['warn'] = (topic, found) => warnings.set(topic, found);
  const spent = (bytes: number) => plan.spent(bytes);
  const budget = new DailyBudget(clock, () => config().probe['daily-budget'], spent);
  const isQuiet = () => plan.isQuiet;
  const settings = () => {
    const { destination: destinations = [], targets, 'dns-name': dnsName, interval } = config().probe;
    return { destinations, targets, dnsName, mayAskIdle: interval > 0 };
  };
  const asking = { commands, clock, settings, counters, budget, isQuiet };
  const reach = new ReachWatch({ ...asking, log, check: checkReach, known: parts.knownReach });
  const watching: WatchTrafficPorts = {
    clock,
    log,
    counters,
    prober: new Prober(asking),
    idleMs: () => config().probe.interval,
    isQuiet,
    hint: (what) => reach.hint(what),
    obstacles: (found) => warnings.set('probes', found),
  };
  const meter = new MtuMeter({ commands, clock, log, isQuiet, targets: () => config().probe.targets });
  const conflicts = new ConflictWatch({ bus, clock, commands, log, warnings, root, ports: () => parts.facts.ports });
  const dhcpLog = parts.log.child({ component: 'dhcp' });
  return {
    commands,
    clock,
    log,
    failureOf,
    onKernelChange: (interest, changed, signal) => kernel.listen(interest, changed, signal),
    warn,
    apply: async (wanted, signal) => {
      const applied = await applyLink({ commands, wanted, signal });
      if (applied.changed.length > 0) kernel.forgetUplinks();
      return applied;
    },
    sweep: (signal) => sweep({ commands, signal }),
    ipType: () => config().connect['ip-type'],
    watchTraffic: (link, emit, signal) => watchTraffic(watching, link, emit, signal),
    watchReach: (link, emit, signal) => reach.watch(link, emit, signal),
    measureMtu: (link, emit, signal) => meter.measure(link, emit, signal),
    nameServers: new NameServers({
      runner: commands,
      bus,
      root,
      written: openWrittenFiles(parts.stateDirectory),
      clock,
      log,
      warn: (found) => warnings.set('name servers', found),
      isPreferred: async (name, signal) => isPreferred(await kernel.uplinks(signal), name),
      lastInterface: () => parts.lastInterface() ?? parts.facts.interfaces[0] ?? 'wwan0',
    }),
    staleSockets: new StaleSockets({ commands, log }),
    flows: new Flows({ commands, log }),
    checkConflicts: (link, signal) => conflicts.check(link, signal),
    leases: new Leases(commands, clock),
    slaac: new SlaacInterface({ commands, root }, log),
    followDhcp: (options) =>
      followDhcp({
        ...options,
        commands,
        clock,
        path: process.env.PATH ?? DEFAULT_PATH,
        folders: [`${parts.stateDirectory}/dhcp`, `${parts.runtimeDirectory}/dhcp`],
        onNews: (level, message, fields) => dhcpLog[level](fields, message),
      }),
  };
}

/** Where systemd looks for programs when PATH is not set (systemd.exec(5)). */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

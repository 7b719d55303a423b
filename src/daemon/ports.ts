// The runner's and the activities' ports, made of the real parts: the bus, ModemManager's methods, the host's tools, the clock.
import type { Config } from '../config/schema.ts';
import type { Connection, ConnectionEvent } from '../connection/connection.ts';
import { withoutIpv4 } from '../connection/link/ipv6-only.ts';
import type { Bus } from '../dbus/bus.ts';
import { modemManagerCalls } from '../modem/calls.ts';
import { classify, type Failure } from '../modem/errors/failure.ts';
import { Neighbours } from '../network/conflicts/conflict-watch.ts';
import { DhcpError, followDhcp } from '../network/dhcp/dhcp.ts';
import { NameServers } from '../network/dns/name-servers.ts';
import { LinkError } from '../network/link/wanted-link.ts';
import { readCounters } from '../network/reachability/counters.ts';
import { StaleSockets } from '../network/stale-sockets.ts';
import { otherUplink, readUplinks } from '../network/uplinks.ts';
import type { KeepLinkPorts } from '../runner/link-keeper/keep-link.ts';
import { Leases } from '../runner/link-keeper/leases.ts';
import { type KeepAnyLinkPorts, keepAnyLink, Slaac } from '../runner/link-keeper/link-keeper.ts';
import { MtuMeter } from '../runner/link-keeper/measure-mtu.ts';
import { Prober } from '../runner/link-keeper/prober.ts';
import { type WatchTrafficPorts, watchTraffic } from '../runner/link-keeper/watch-traffic.ts';
import { type ActivityPorts, activitiesOf } from '../runner/phases/activities.ts';
import { BearerUnusableError } from '../runner/phases/bearer-unusable.ts';
import { ModemManagerHungError, RungError } from '../runner/phases/rungs.ts';
import type { RunnerPorts } from '../runner/runner.ts';
import { NotRecordedError } from '../state/store.ts';
import type { Clock } from '../system/clock.ts';
import { CommandError, type CommandRunner } from '../system/command.ts';
import type { Logger } from '../system/log.ts';
import { reauthoriseUsb } from '../system/usb.ts';
import type { FactsBoard } from './chosen-modem.ts';
import type { Warnings } from './warnings.ts';

/** The parts that the daemon has opened. */
export interface Parts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly commands: CommandRunner;
  readonly log: Logger;
  readonly facts: FactsBoard;
  readonly config: () => Config;
  readonly recorded: ActivityPorts['recorded'];
  readonly lastDevice: () => string | undefined;
  /** The modem's interface, as far as it is known. */
  readonly interface: () => string | undefined;
  readonly warnings: Warnings;
  /** STATE_DIRECTORY: unlike /run on many systems, programs in it can be started. */
  readonly stateDirectory: string;
  readonly onKernelChange: KeepLinkPorts['onKernelChange'];
  readonly onChange: (from: Connection, to: Connection, because: ConnectionEvent) => void;
}

/** Errors of our own that are the world's fault, with what they mean to the connection. */
function ownFailure(error: unknown): Failure | undefined {
  if (error instanceof BearerUnusableError) {
    // A modem in the wrong USB mode is set right by a person; another APN may mend the rest.
    const { message: text, advice, name } = error;
    const kind = error.method === 'ppp' ? 'host' : 'other';
    return { class: kind, name, text, meaning: 'the bearer cannot be configured', advice };
  }
  if (error instanceof DhcpError) {
    const kind = error.reason === 'no-client' ? 'host' : 'other';
    const advice = error.reason === 'no-answer' ? 'try another connect.apn, or another firmware of the modem' : '';
    return { class: kind, name: error.name, text: error.message, meaning: 'the link has got no address', advice };
  }
  if (error instanceof ModemManagerHungError) {
    const advice = 'it is restarted, where recovery.restart-modemmanager allows';
    return { class: 'hung', name: error.name, text: '', meaning: error.message, advice };
  }
  if (error instanceof RungError)
    return { class: 'other', name: error.name, text: '', meaning: error.message, advice: '' };
  if (error instanceof NotRecordedError) {
    return {
      class: 'other',
      name: error.name,
      text: error.message,
      meaning: 'what must be remembered cannot be written down, so it is not done',
      advice: 'free some space on the disk, or mount it writable',
    };
  }
  if (error instanceof LinkError || error instanceof CommandError) {
    const advice = error instanceof LinkError ? error.remedy : 'see what `ip` says: ip link; ip address; ip route';
    const meaning = 'the link could not be configured';
    // What makes no sense came from the network or the modem: another try may bring something else.
    const kind = error instanceof LinkError && error.reason === 'invalid' ? 'other' : 'host';
    return { class: kind, name: error.name, text: error.message, meaning, advice };
  }
  return undefined;
}

/** What an activity threw, in the connection's words. Rethrows faults of the program: those must end the process. */
export function failureOf(error: unknown): Failure {
  const own = ownFailure(error);
  if (own !== undefined) return own;
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) throw error;
  return classify(error);
}

/** The ports of the runner. */
export function runnerPorts(parts: Parts): RunnerPorts {
  const linkPorts = { ...keepLinkPorts(parts), ...learningPorts(parts) };
  return {
    clock: parts.clock,
    chance: Math.random,
    activities: activitiesOf(activityPorts(parts)),
    keepLink: (link, happened, signal) => keepAnyLink(linkPorts, link, happened, signal),
    failureOf,
    onChange: (from, to, because) => {
      parts.onChange(from, to, because);
      parts.warnings.set('IPv4', withoutIpv4(to, { ipType: parts.config().connect['ip-type'] }));
    },
  };
}

function activityPorts(parts: Parts): ActivityPorts {
  const { bus, clock, commands, log, facts } = parts;
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
    reauthoriseUsb: (device, signal) => reauthoriseUsb(device, clock, signal),
    otherUplink: async (signal) => otherUplink(await readUplinks(commands, signal), parts.interface()),
  };
}

function keepLinkPorts(parts: Parts): KeepLinkPorts {
  const { clock, commands, config } = parts;
  const log = parts.log.child({ component: 'link' });
  const settings = () => {
    const { targets, 'dns-name': dnsName, 'daily-budget': dailyBytes } = config().probe;
    return { targets, dnsName, dailyBytes };
  };
  const watching: WatchTrafficPorts = {
    clock,
    log,
    counters: readCounters,
    prober: new Prober({ commands, clock, settings, counters: readCounters }),
    idleMs: () => config().probe.interval,
    obstacles: (texts) => parts.warnings.set('probes', texts),
  };
  const meter = new MtuMeter({ runner: commands, clock, log, targets: () => config().probe.targets });
  const neighbours = new Neighbours({
    bus: parts.bus,
    clock,
    commands,
    log,
    warnings: parts.warnings,
    ports: () => parts.facts.ports,
  });
  const staleSockets = new StaleSockets({ runner: commands, log });
  const nameServers = new NameServers({ runner: commands, bus: parts.bus, root: '' }, log);
  return {
    runner: commands,
    clock,
    log,
    failureOf,
    onKernelChange: parts.onKernelChange,
    warn: (warnings) => parts.warnings.set('link', warnings),
    watchTraffic: (link, happened, signal) =>
      watchTraffic(watching, link, meter.onceProven(link, happened, signal), signal),
    applyDns: (link, signal) => {
      if (link !== undefined)
        parts.onKernelChange({ kind: 'uplinks' }, () => void nameServers.reconsider(signal), signal);
      const servers = link && { interface: link.wanted.interface, servers: link.dns };
      return nameServers.apply(servers, signal);
    },
    addressesAre: (addresses, signal) => staleSockets.follow(addresses, signal),
    lookAround: (link, signal) => neighbours.look(link, signal),
  };
}

/** Where systemd looks for programs when PATH is not set (systemd.exec(5)). */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function learningPorts({
  clock,
  commands,
  stateDirectory,
  ...parts
}: Parts): Omit<KeepAnyLinkPorts, keyof KeepLinkPorts> {
  const log = parts.log.child({ component: 'dhcp' });
  return {
    leases: new Leases(commands, clock),
    slaac: new Slaac({ runner: commands, root: '' }),
    followDhcp: (options) =>
      followDhcp({
        ...options,
        runner: commands,
        clock,
        path: process.env.PATH ?? DEFAULT_PATH,
        folder: `${stateDirectory}/dhcp`,
        onNews: (level, message, fields) => log[level](fields, message),
      }),
  };
}

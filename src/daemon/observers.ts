// Those who are told of each change of the connection: the memory's file, the journal, the status
// file, systemd, metrics and hooks. They decide nothing.
import type { Connection } from '../connection/connection.ts';
import type { ConnectionEvent } from '../connection/events/event.ts';
import { isUp } from '../connection/phase/up.ts';
import type { Policy } from '../connection/policy.ts';
import { explain } from '../connection/words/explain.ts';
import { narrate } from '../connection/words/narrate.ts';
import { reportOf } from '../connection/words/status-of.ts';
import { type Details, type HookEvent, hookEventsOf } from '../hooks/hook-event.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Bytes } from '../metrics/tally.ts';
import type { ModemManagerFacts } from '../modem/objects.ts';
import type { MemoryStore } from '../state/store.ts';
import type { StatusFile } from '../status/file.ts';
import type { Status } from '../status/schema.ts';
import { atStop, type Clock, type Moment, untilBeat } from '../system/clock.ts';
import type { Logger } from '../system/log.ts';
import { version } from '../system/version.ts';
import type { Warning } from './warnings.ts';

export interface ObserverPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Pick<MemoryStore, 'save' | 'close'>;
  readonly statusFile: StatusFile;
  readonly metrics: Pick<Metrics, 'changed' | 'publish' | 'settled'>;
  readonly hooks: { happened(event: HookEvent, status: Status, details?: Details): void };
  readonly policy: () => Policy;
  readonly modemManager: () => ModemManagerFacts;
  readonly counters: (interfaceName: string) => Promise<Bytes | undefined>;
  readonly warnings: () => readonly Warning[];
  readonly trial: () => Status['trial'];
  readonly data: () => Status['data'];
  /** The name of the profile in use; '' without one. */
  readonly profile: () => string;
  /** The sentence for `systemctl status`. */
  readonly notifyStatus: (sentence: string) => void;
}

export interface Observers {
  /**
   * To be called for each change, before anything is started for it: the memory is with the store
   * when this returns.
   */
  changed(from: Connection, to: Connection, because: ConnectionEvent): void;
  /** Tells the hooks what the connection does not show. */
  tell(event: HookEvent, connection: Connection, details: Details): void;
  /**
   * Writes the status file and the metrics again, for what changes without an event. Resolves when
   * that is done, or cannot be.
   */
  refresh(connection: Connection): Promise<void>;
  /** Resolves when what was to be written has been, or cannot be in time. */
  settled(): Promise<void>;
}

/** The observers over the given ports. */
export function observersOf(ports: ObserverPorts): Observers {
  let sentence = '';
  let offlineSince: Moment | undefined = ports.clock.now();
  let next: (() => Promise<void>) | undefined;
  let writing: Promise<void> | undefined;
  const statusOf = (connection: Connection, counters: Bytes | undefined): Status => {
    const { onBus, version: managerVersion } = ports.modemManager();
    const around = {
      pid: process.pid,
      offlineSince,
      daemonVersion: version,
      modemManager: { onBus, version: managerVersion },
      counters: counters ?? { rxBytes: 0, txBytes: 0 },
      warnings: ports.warnings(),
      trial: ports.trial(),
      data: ports.data(),
      profile: ports.profile(),
    };
    return reportOf(connection, ports.policy(), around, ports.clock.now());
  };
  const write = async (connection: Connection) => {
    const name = connection.link?.wanted.interface;
    const counters = name === undefined ? undefined : await ports.counters(name);
    const status = statusOf(connection, counters);
    if (status.sentence !== sentence) ports.notifyStatus(status.sentence);
    sentence = status.sentence;
    await ports.statusFile.write(status);
    await ports.metrics.publish(status, counters);
  };
  const writeLatest = async () => {
    while (next !== undefined) {
      const work = next;
      next = undefined;
      // A status that cannot be made must not end the daemon; it would meet the same one after its
      // restart.
      await work().catch((error: unknown) => ports.log.error({ err: error }, 'the status cannot be told'));
    }
    writing = undefined;
  };
  const refresh = (connection: Connection) => {
    next = () => write(connection);
    ports.store.save(connection.memory);
    writing ??= writeLatest();
    return writing;
  };
  return {
    changed(from, to, because) {
      offlineSince = offlineSinceOf(to, offlineSince, because.at);
      ports.metrics.changed(from, to, because);
      const line = narrate(from, to, because);
      if (line !== undefined) ports.log[line.level](line.fields, line.message);
      else if (to.phase !== from.phase) ports.log.debug({ because: because.kind }, explain(to, because.at).sentence);
      for (const event of hookEventsOf(from, to)) ports.hooks.happened(event, statusOf(to, undefined));
      // A measurement is no news: it goes with whatever is written next.
      if (because.kind !== 'signalRead') void refresh(to);
    },
    tell: (event, connection, details) => ports.hooks.happened(event, statusOf(connection, undefined), details),
    refresh,
    async settled() {
      await writing;
      await Promise.all([ports.store.close(), atStop(ports.clock, () => ports.metrics.settled())]);
    },
  };
}

/**
 * Since when there has been no link; an outage may have begun before it was noticed. Undefined
 * while there is one.
 */
function offlineSinceOf(now: Connection, before: Moment | undefined, at: Moment): Moment | undefined {
  return isUp(now) ? undefined : (before ?? now.outage?.since ?? at);
}

/**
 * The status file is written at least this often, for what passes with time alone, such as the
 * attempts of the last hour. While online that is next to nothing: whoever shows the counters reads
 * them from the kernel.
 */
const REFRESH_MS = { offline: 30_000, online: 5 * 60_000 } as const;

/**
 * A clock that is set makes the dates in the file wrong; it is looked at this often, and counts as
 * set beyond STEP_MS.
 */
const CLOCK_LOOK_MS = 5_000;
const STEP_MS = 1_000;

/**
 * Calls `refresh` every REFRESH_MS by what `isOnline` says, and soon after the wall clock was set,
 * until `signal` aborts.
 */
export async function keepFresh(
  clock: Clock,
  isOnline: () => boolean,
  refresh: () => void,
  signal: AbortSignal,
): Promise<void> {
  let last = clock.now();
  while (!signal.aborted) {
    await clock.sleep(untilBeat(clock.now(), CLOCK_LOOK_MS), signal).catch(() => {});
    const now = clock.now();
    const passedMs = now.monotonicMs - last.monotonicMs;
    const stepMs = Math.abs(now.wallMs - last.wallMs - passedMs);
    const restMs = REFRESH_MS[isOnline() ? 'online' : 'offline'];
    if (signal.aborted || (passedMs < restMs && stepMs < STEP_MS)) continue;
    last = now;
    refresh();
  }
}

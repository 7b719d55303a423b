// Those who are told of each change of the connection: the memory's file, the journal, the status file, systemd. They decide nothing.
import type { Connection, ConnectionEvent } from '../connection/connection.ts';
import type { Policy } from '../connection/policy.ts';
import { describePhase, narrate } from '../connection/words/narrate.ts';
import { reportOf } from '../connection/words/status-of.ts';
import type { ModemManagerFacts } from '../modem/objects.ts';
import type { MemoryStore } from '../state/store.ts';
import type { StatusFile } from '../status/file.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/log.ts';
import { version } from '../system/version.ts';

export interface ObserverPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: MemoryStore;
  readonly statusFile: StatusFile;
  readonly policy: () => Policy;
  readonly modemManager: () => ModemManagerFacts;
  readonly counters: (interfaceName: string) => Promise<{ rxBytes: number; txBytes: number } | undefined>;
  readonly warnings: () => readonly string[];
  /** The sentence for `systemctl status`. */
  readonly notifyStatus: (sentence: string) => void;
}

export interface Observers {
  /** To be called for each change, before anything is started for it: the memory is on disk when this returns. */
  changed(from: Connection, to: Connection, because: ConnectionEvent): void;
  /** Writes the status file again, for what changes without an event. */
  refresh(connection: Connection): void;
  /** Resolves when what was to be written has been. */
  settled(): Promise<void>;
}

/** The observers over the given ports. */
export function observersOf(ports: ObserverPorts): Observers {
  let sentence = '';
  let order = Promise.resolve();
  const write = async (connection: Connection) => {
    const name = connection.link?.wanted.interface;
    const counters = name === undefined ? undefined : await ports.counters(name);
    const facts = ports.modemManager();
    const around = {
      pid: process.pid,
      daemonVersion: version,
      modemManager: { onBus: facts.onBus, version: facts.version, features: [] },
      counters: counters ?? { rxBytes: 0, txBytes: 0 },
      warnings: ports.warnings(),
    };
    const status = reportOf(connection, ports.policy(), around, ports.clock.now());
    if (status.sentence !== sentence) ports.notifyStatus(status.sentence);
    sentence = status.sentence;
    await ports.statusFile.write(status);
  };
  const refresh = (connection: Connection) => {
    order = order.then(() => write(connection));
  };
  return {
    changed(from, to, because) {
      if (to.memory !== from.memory) ports.store.save(to.memory);
      const line = narrate(from, to, because);
      if (line !== undefined) ports.log[line.level](line.fields, line.message);
      else if (to.phase !== from.phase) ports.log.debug({ because: because.kind }, describePhase(to));
      refresh(to);
    },
    refresh,
    settled: () => order,
  };
}

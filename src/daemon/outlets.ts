// Programs outside this process that are told what happens here: hooks, and scrapers of metrics.
import { HOOKS_FOLDER, Hooks } from '../hooks/hooks.ts';
import { MetricsSocket } from '../metrics/metrics-socket.ts';
import { runtimeDirectoryOf } from '../status/file.ts';
import type { Clock } from '../system/clock.ts';
import type { CommandRunner } from '../system/command.ts';
import type { Logger } from '../system/log.ts';
import { ownUid } from '../system/others-may-write.ts';
import type { Warnings } from './warnings.ts';

export interface OutletPorts {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly commands: CommandRunner;
  /** What stands before the path of the hooks' folder. */
  readonly root: string;
  readonly log: Logger;
  /** Ends them. */
  readonly signal: AbortSignal;
  readonly warnings: Pick<Warnings, 'set'>;
  /** Publishes status and metrics anew. */
  readonly refresh: () => Promise<void>;
}

/** The hooks of this host, and the socket that its scrapers ask. */
export function openOutlets({ env, clock, commands, root, log, signal, warnings, refresh }: OutletPorts) {
  const hooks = new Hooks({
    folder: `${root}${HOOKS_FOLDER}`,
    commands,
    log,
    uid: ownUid(),
    path: env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    signal,
    onTrouble: (found) => warnings.set('hooks', found),
  });
  const metricsSocket = new MetricsSocket({
    runtimeDirectory: runtimeDirectoryOf(env),
    clock,
    signal,
    refresh,
    onTrouble: (trouble) => warnings.set('metrics socket', trouble === undefined ? [] : [trouble]),
  });
  return { hooks, metricsSocket };
}

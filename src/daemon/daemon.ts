// The daemon from start to stop.
import { isRestarting } from '../dbus/systemd.ts';
import type { OpenLog } from '../system/log.ts';
import type { Host } from './host.ts';
import { OpenParts, type PartsOptions } from './open-parts.ts';
import type { Opened } from './proven-settings.ts';
import { switchUsbOn } from './remembered.ts';
import { configWarnings } from './unusable-config.ts';
import { startWatches } from './watches.ts';

/** SIGTERM to exit, whatever hangs: systemd's unit gives twice as long. */
const STOP_DEADLINE_MS = 9_500;

export interface DaemonOptions extends PartsOptions {
  /** Calls `listener` for each such signal that the process gets. */
  readonly onSignal: (name: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: () => void) => void;
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #host: Host;
  readonly #open: OpenParts;

  constructor(options: DaemonOptions, opened: Opened, log: OpenLog, host: Host) {
    this.#options = options;
    this.#host = host;
    this.#open = new OpenParts(options, opened, log, host);
  }

  /** Runs to the end; resolves with the exit code. @throws what ended it unasked */
  async run(): Promise<number> {
    const { onSignal } = this.#options;
    const { bus } = this.#host;
    const { closing, faults, inForce, log, observers, plan, reloads, runner, warnings } = this.#open;
    onSignal('SIGTERM', () => void this.#stop(true));
    onSignal('SIGINT', () => void this.#stop(false));
    onSignal('SIGHUP', () => reloads.reload());
    warnings.set('configuration', configWarnings(inForce.file));
    await switchUsbOn(runner.connection.memory, log.log);
    await this.#open.putMetricsSocket();
    startWatches(this.#open);
    try {
      await Promise.race([runner.ended, faults.promise]);
      log.log.info('percept-lte stopped');
      return 0;
    } finally {
      closing.abort();
      await runner.close();
      await Promise.all([observers.settled(), plan.close(), inForce.close()]);
      bus.close();
    }
  }

  /** Stops; the link stays where systemd is only restarting us, since the next start adopts it. */
  async #stop(mayBeRestart: boolean): Promise<void> {
    const { bus, clock, systemd } = this.#host;
    const { closing, faults, log, runner } = this.#open;
    systemd.send({ STOPPING: true });
    const deadline = clock.sleep(STOP_DEADLINE_MS, closing.signal).catch(() => {});
    const mayKeep = mayBeRestart && this.#options.env.INVOCATION_ID !== undefined;
    const keepLink = mayKeep && (await isRestarting(bus, process.pid, clock, closing.signal));
    // A fault came first: whether to keep the link was not answered, and the next start adopts it.
    if (closing.signal.aborted) return;
    log.log.info({ keepLink }, 'asked to stop');
    runner.happened({ kind: 'stopRequested', keepLink });
    await deadline;
    if (!closing.signal.aborted) faults.reject(new Error('stopping took too long'));
  }
}

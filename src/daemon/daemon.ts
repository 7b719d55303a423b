// The daemon: opens the parts, connects them, and owns their lifetimes from start to stop.
import { join } from 'node:path';
import { changesOf, relevanceOf } from '../config/changes.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError, problemLine } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { freshConnection } from '../connection/connection.ts';
import { wasOnlineLast } from '../connection/schedule/holds.ts';
import { reachWarnings } from '../connection/words/reach-words.ts';
import type { Bus } from '../dbus/bus.ts';
import { openSystemBus } from '../dbus/system-bus.ts';
import { isRestarting } from '../dbus/systemd.ts';
import { HOOKS_FOLDER, Hooks } from '../hooks/hooks.ts';
import { modemManagerCalls } from '../modem/calls.ts';
import type { ModemManagerFacts } from '../modem/objects.ts';
import { watchModemManager } from '../modem/watch/modem-manager.ts';
import { KernelEvents } from '../network/link/monitor.ts';
import { readCounters } from '../network/reachability/counters.ts';
import { Runner } from '../runner/runner.ts';
import { watchUplinks } from '../runner/uplinks/watch-uplinks.ts';
import { type MemoryStore, stateDirectoryOf } from '../state/store.ts';
import { openStatusFile, runtimeDirectoryOf } from '../status/file.ts';
import { systemClock } from '../system/clock.ts';
import { hostCommands } from '../system/command.ts';
import { type Logger, type OpenLog, openLog } from '../system/log.ts';
import { openSdNotify, type SdNotify } from '../system/sd-notify.ts';
import { AlreadyRunningError, claimInstance } from '../system/single-instance.ts';
import { version } from '../system/version.ts';
import { ChosenModem } from './chosen-modem.ts';
import { Faults } from './fatal.ts';
import { keepHouse } from './housekeeping.ts';
import { heartbeat } from './modem-manager-ping.ts';
import { keepFresh, type Observers, observersOf } from './observers.ts';
import { policyOf } from './policy-of-config.ts';
import { ownInterfaces, type Parts, runnerPorts } from './ports.ts';
import { openMemory, openMetrics, switchUsbOn } from './remembered.ts';
import { watchUplinksPorts } from './uplink-ports.ts';
import { Warnings } from './warnings.ts';
import { feedWatchdog } from './watchdog.ts';

/** SIGTERM to exit, whatever hangs: systemd's unit gives twice as long. */
const STOP_DEADLINE_MS = 9_500;

export interface DaemonOptions {
  readonly configPath: string;
  readonly env: NodeJS.ProcessEnv;
  /** Calls `listener` for each such signal that the process gets. */
  readonly onSignal: (name: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: () => void) => void;
}

/**
 * Runs the daemon until it is told to stop; resolves with the exit code: 0 stopped as asked, 1 a
 * fault that a restart may mend.
 * @throws ConfigError when the config is bad at the start, and whatever is a fault of the program.
 */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const config = await loadConfig(options.configPath, options.env);
  const log = openLog({ level: config.log.level, journald: options.env.JOURNAL_STREAM !== undefined });
  const { apn } = config.connect;
  log.log.info({ version, apn: apn.kind === 'list' ? apn.apns.join(',') : 'auto' }, 'percept-lte starts');
  try {
    await claimAlone(options.env, log.log);
    const bus = await openSystemBus({
      address: options.env.DBUS_SYSTEM_BUS_ADDRESS,
      clock: systemClock,
      onTrouble: (text) => log.log.warn({ component: 'bus' }, text),
    });
    return await new Daemon(options, config, log, bus).run();
  } catch (error) {
    log.log.error({ err: error }, 'percept-lte ends; systemd starts it again');
    return 1;
  } finally {
    log.flush();
  }
}

/** @throws AlreadyRunningError */
async function claimAlone(env: NodeJS.ProcessEnv, log: Logger): Promise<void> {
  await claimInstance(join(runtimeDirectoryOf(env), 'instance')).catch((error: unknown) => {
    if (error instanceof AlreadyRunningError) throw error;
    log.warn({ err: error }, 'whether percept-lte runs already cannot be told');
  });
}

class Daemon {
  #config: Config;
  readonly #options: DaemonOptions;
  readonly #log: OpenLog;
  readonly #bus: Bus;
  readonly #facts: ChosenModem;
  readonly #systemd: SdNotify;
  readonly #observers: Observers;
  readonly #runner: Runner;
  readonly #kernel: KernelEvents;
  readonly #closing = new AbortController();
  readonly #faults = new Faults();
  readonly #warnings: Warnings;
  readonly #store: MemoryStore;

  constructor(options: DaemonOptions, config: Config, log: OpenLog, bus: Bus) {
    this.#options = options;
    this.#config = config;
    this.#log = log;
    this.#bus = bus;
    this.#systemd = openSdNotify(options.env, { onTrouble: (text) => log.log.warn(text) });
    this.#kernel = new KernelEvents({
      commands: hostCommands,
      clock: systemClock,
      onTrouble: (error) => log.log.warn({ err: error }, 'ip monitor ended; it is started again'),
    });
    this.#facts = new ChosenModem({
      match: () => this.#config.modem.match,
      clock: systemClock,
      signal: this.#closing.signal,
      onSettled: () => this.#onFacts(this.#facts.all),
      wasUsed: (modem) => wasOnlineLast(this.#runner.connection.memory, modem),
    });
    this.#warnings = new Warnings(log.log, () => this.#observers.refresh(this.#runner.connection));
    this.#store = openMemory(options.env, log.log, this.#warnings);
    this.#observers = observersOf({
      clock: systemClock,
      log: log.log,
      store: this.#store,
      statusFile: openStatusFile(options.env, (error) => log.log.warn({ err: error }, 'status file cannot be written')),
      metrics: openMetrics(options.env, log.log),
      hooks: this.#hooks(),
      policy: () => policyOf(this.#config),
      modemManager: () => this.#facts.all,
      counters: readCounters,
      warnings: () => this.#warnings.all,
      notifyStatus: (sentence) => this.#systemd.send({ STATUS: sentence }),
    });
    this.#runner = new Runner(
      freshConnection(this.#store.load(), systemClock.now()),
      policyOf(config),
      runnerPorts(this.#parts()),
    );
  }

  #hooks(): Hooks {
    return new Hooks({
      folder: HOOKS_FOLDER,
      commands: hostCommands,
      log: this.#log.log,
      uid: process.getuid?.() ?? 0,
      path: this.#options.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
      signal: this.#closing.signal,
      onTrouble: (texts) => this.#warnings.set('hooks', texts),
    });
  }

  #parts(): Parts {
    return {
      bus: this.#bus,
      clock: systemClock,
      commands: hostCommands,
      log: this.#log.log,
      facts: this.#facts,
      stateDirectory: stateDirectoryOf(this.#options.env),
      runtimeDirectory: this.#options.env.RUNTIME_DIRECTORY?.split(':')[0] || '/run/percept-lte',
      config: () => this.#config,
      recorded: (outlives, signal) => this.#store.recorded(outlives, signal),
      lastDevice: () => this.#runner.connection.device,
      knownReach: () => {
        const { reach, sessionSince } = this.#runner.connection;
        return { reach, sessionMs: sessionSince?.monotonicMs };
      },
      lastInterface: () => this.#runner.connection.memory.interface,
      warnings: this.#warnings,
      kernel: this.#kernel,
      onChange: (from, to, because) => {
        if (to.reach !== from.reach) this.#warnings.set('reach', reachWarnings(to));
        this.#observers.changed(from, to, because);
      },
    };
  }

  /** Runs to the end; resolves with the exit code. @throws what ended it unasked */
  async run(): Promise<number> {
    const { onSignal } = this.#options;
    onSignal('SIGTERM', () => void this.#stop(true));
    onSignal('SIGINT', () => void this.#stop(false));
    onSignal('SIGHUP', () => void this.#reload());
    this.#bus.lost.addEventListener('abort', () => this.#faults.reject(this.#bus.lost.reason), { once: true });
    await switchUsbOn(this.#runner.connection.memory, this.#log.log);
    this.#startWatches();
    try {
      await Promise.race([this.#runner.ended, this.#faults.promise]);
      this.#log.log.info('percept-lte stopped');
      return 0;
    } finally {
      this.#closing.abort();
      await this.#runner.close();
      await this.#observers.settled();
      this.#bus.close();
    }
  }

  /** What runs as long as the daemon does. Any of them ending on its own is a fault. */
  #startWatches(): void {
    const { signal } = this.#closing;
    const calls = modemManagerCalls(this.#bus);
    const parts = this.#parts();
    const watches = [
      watchModemManager({
        bus: this.#bus,
        clock: systemClock,
        logger: this.#log.log.child({ component: 'modem' }),
        onFacts: (facts) => this.#onFacts(facts),
        signal,
      }),
      this.#kernel.run(signal),
      heartbeat(
        {
          clock: systemClock,
          ping: (own) => calls.ping(own),
          onBus: () => this.#facts.all.onBus,
          hung: () => this.#runner.happened({ kind: 'modemManagerHung' }),
          answers: () => this.#runner.happened({ kind: 'factsChanged', facts: this.#facts.chosen }),
        },
        signal,
      ),
      watchUplinks(
        watchUplinksPorts(
          { ...parts, ownInterfaces: () => ownInterfaces(parts) },
          {
            connection: () => this.#runner.connection,
            happened: (what) => this.#runner.happened(what),
          },
        ),
        signal,
      ),
      keepFresh(
        systemClock,
        () => this.#runner.connection.phase.kind === 'online',
        () => this.#observers.refresh(this.#runner.connection),
        signal,
      ),
      keepHouse(systemClock, signal),
    ];
    const intervalMs = this.#systemd.watchdogIntervalMs;
    if (intervalMs !== undefined) {
      const feed = () => this.#systemd.send({ WATCHDOG: true });
      watches.push(feedWatchdog({ clock: systemClock, intervalMs, stuck: () => this.#runner.stuck, feed }, signal));
    }
    for (const watch of watches) watch.catch((error: unknown) => this.#faults.reject(error));
  }

  #onFacts(facts: ModemManagerFacts): void {
    const first = this.#facts.chosen.kind === 'unknown';
    this.#runner.happened({ kind: 'factsChanged', facts: this.#facts.put(facts) });
    // In charge from here on; being online is what percept-lte-wait-online waits for.
    if (first) this.#systemd.send({ READY: true });
  }

  /** Stops; the link stays where systemd is only restarting us, since the next start adopts it. */
  async #stop(mayBeRestart: boolean): Promise<void> {
    this.#systemd.send({ STOPPING: true });
    const deadline = systemClock.sleep(STOP_DEADLINE_MS, this.#closing.signal).catch(() => {});
    const keepLink = mayBeRestart && (await this.#isRestart());
    this.#log.log.info({ keepLink }, 'asked to stop');
    this.#runner.happened({ kind: 'stopRequested', keepLink });
    await deadline;
    if (!this.#closing.signal.aborted) this.#faults.reject(new Error('stopping took too long'));
  }

  async #isRestart(): Promise<boolean> {
    if (this.#options.env.INVOCATION_ID === undefined) return false;
    return await isRestarting(this.#bus, process.pid, systemClock, this.#closing.signal);
  }

  async #reload(): Promise<void> {
    this.#systemd.send({ RELOADING: true });
    await this.#applyReloaded().catch((error: unknown) => this.#faults.reject(error));
    this.#systemd.send({ READY: true });
  }

  async #applyReloaded(): Promise<void> {
    let next: Config;
    try {
      next = await loadConfig(this.#options.configPath, this.#options.env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) this.#log.log.error(problemLine(problem));
      this.#log.log.error('the configuration was not reloaded; the one before stays in force');
      return;
    }
    const changed = changesOf(this.#config, next);
    this.#config = next;
    this.#log.setLevel(next.log.level);
    this.#log.log.info({ changed: [...changed].join(',') || 'nothing' }, 'configuration reloaded');
    this.#runner.policy = policyOf(next);
    const relevant = relevanceOf(changed);
    const leavesModem = relevant === 'modem' && this.#facts.rechoose();
    this.#runner.happened({ kind: 'reconfigured', relevant, leavesModem });
    if (relevant === 'modem') this.#onFacts(this.#facts.all);
  }
}

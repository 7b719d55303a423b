// The daemon: opens the parts, connects them, and owns their lifetimes from start to stop.
import { changesOf, relevanceOf } from '../config/changes.ts';
import type { Config } from '../config/schema.ts';
import { freshConnection } from '../connection/connection.ts';
import type { Policy } from '../connection/policy.ts';
import { wasOnlineLast } from '../connection/schedule/holds.ts';
import { reachWarnings } from '../connection/words/reach-words.ts';
import type { DataPlan } from '../data-plan/data-plan.ts';
import type { Bus } from '../dbus/bus.ts';
import { isRestarting } from '../dbus/systemd.ts';
import type { ModemManagerFacts } from '../modem/objects.ts';
import { watchModemManager } from '../modem/watch/modem-manager.ts';
import { KernelEvents } from '../network/link/monitor.ts';
import { readCounters } from '../network/reachability/counters.ts';
import { type Happening, Runner } from '../runner/runner.ts';
import { watchUplinks } from '../runner/uplinks/watch-uplinks.ts';
import { type MemoryStore, stateDirectoryOf } from '../state/store.ts';
import { openStatusFile, runtimeDirectoryOf } from '../status/file.ts';
import { systemClock } from '../system/clock.ts';
import { hostCommands } from '../system/command.ts';
import type { OpenLog } from '../system/log.ts';
import { openSdNotify, type SdNotify } from '../system/sd-notify.ts';
import { ChosenModem } from './chosen-modem.ts';
import { ConfigInForce } from './config-in-force.ts';
import { Faults } from './fatal.ts';
import { hostDataPlan } from './host-data-plan.ts';
import { keepCodeSoon, keepHouse } from './housekeeping.ts';
import { heartbeat, heartbeatPorts } from './modem-manager-ping.ts';
import { keepFresh, type Observers, observersOf } from './observers.ts';
import { openOutlets } from './outlets.ts';
import { policyOf } from './policy-of-config.ts';
import { chance, ownInterfaces, type Parts, runnerPorts } from './ports.ts';
import { observePin, provenPinOf } from './proven-pin.ts';
import { type Opened, provenAskedWith } from './proven-settings.ts';
import { Reloads } from './reloads.ts';
import { openMemory, openMetrics, switchUsbOn } from './remembered.ts';
import { watchSignal } from './signal-watch.ts';
import { configWarnings } from './unusable-config.ts';
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

export class Daemon {
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
  readonly #inForce: ConfigInForce;
  readonly #outlets: ReturnType<typeof openOutlets>;
  readonly #plan: DataPlan;
  readonly #reloads: Reloads;

  constructor(options: DaemonOptions, opened: Opened, log: OpenLog, bus: Bus) {
    this.#options = options;
    this.#log = log;
    this.#bus = bus;
    this.#systemd = openSdNotify(options.env, { onTrouble: (text) => log.log.warn(text) });
    this.#kernel = new KernelEvents({
      commands: hostCommands,
      clock: systemClock,
      onTrouble: (error) => log.log.warn({ err: error }, 'ip monitor ended; it is started again'),
    });
    this.#facts = new ChosenModem({
      match: () => this.#inForce.config.modem.match,
      clock: systemClock,
      signal: this.#closing.signal,
      onSettled: () => this.#onFacts(this.#facts.all),
      wasUsed: (modem) => wasOnlineLast(this.#runner.connection.memory, modem),
    });
    this.#warnings = new Warnings({
      clock: systemClock,
      log: log.log,
      changed: () => void this.#observers.refresh(this.#runner.connection),
      signal: this.#closing.signal,
    });
    this.#store = openMemory(options.env, log.log, this.#warnings);
    this.#outlets = openOutlets({
      env: options.env,
      log: log.log,
      signal: this.#closing.signal,
      warnings: this.#warnings,
      refresh: () => this.#observers.refresh(this.#runner.connection),
    });
    this.#plan = hostDataPlan({
      env: options.env,
      log: log.log,
      warnings: this.#warnings,
      settings: () => this.#inForce.config.data,
      observers: () => this.#observers,
      ...this.#held,
    });
    this.#observers = observersOf({
      clock: systemClock,
      log: log.log,
      store: this.#store,
      statusFile: openStatusFile(options.env, (error) => log.log.warn({ err: error }, 'status file cannot be written')),
      metrics: openMetrics(options.env, log.log),
      hooks: this.#outlets.hooks,
      policy: () => this.#policy,
      modemManager: () => this.#facts.all,
      counters: readCounters,
      warnings: () => this.#warnings.all,
      trial: () => this.#inForce.status,
      data: () => this.#plan.status,
      profile: () => this.#inForce.file.profile,
      notifyStatus: (sentence) => this.#systemd.send({ STATUS: sentence }),
    });
    const memory = this.#store.load();
    this.#inForce = new ConfigInForce(
      {
        clock: systemClock,
        log: log.log,
        warnings: this.#warnings,
        connection: () => this.#runner.connection,
        ended: (how) => this.#observers.tell('trial-ended', this.#runner.connection, how),
        switched: (before, keepsHolds) => this.#apply(before, keepsHolds),
      },
      opened,
      memory.sim,
    );
    this.#reloads = new Reloads({
      configPath: options.configPath,
      env: options.env,
      log,
      warnings: this.#warnings,
      systemd: this.#systemd,
      inForce: this.#inForce,
      facts: this.#facts,
      connection: () => this.#runner.connection,
      apply: (before) => this.#apply(before),
      settled: () => this.#onFacts(this.#facts.all),
      fault: (error) => this.#faults.reject(error),
    });
    const initial = freshConnection(memory, systemClock.now(), provenAskedWith(memory, opened));
    this.#runner = new Runner(initial, this.#policy, runnerPorts(this.#parts()));
  }

  #parts(): Parts {
    return {
      bus: this.#bus,
      clock: systemClock,
      commands: hostCommands,
      log: this.#log.log,
      facts: this.#facts,
      stateDirectory: stateDirectoryOf(this.#options.env),
      runtimeDirectory: runtimeDirectoryOf(this.#options.env),
      config: () => this.#inForce.config,
      recorded: (outlives, signal) => this.#store.recorded(outlives, signal),
      plan: this.#plan,
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
        this.#plan.changed(from, to);
        if (to.phase.kind === 'online') keepCodeSoon(systemClock, this.#closing.signal);
        this.#observers.changed(from, to, because);
        this.#inForce.observe(from, to, because);
        observePin(this.#inForce, { clock: systemClock, warnings: this.#warnings }, from, to, because);
      },
    };
  }

  /** The connection, for those who look at it in their own time and tell what they find. */
  get #held() {
    return {
      connection: () => this.#runner.connection,
      happened: (what: Happening) => this.#runner.happened(what),
      chance,
    };
  }

  get #policy(): Policy {
    return { ...policyOf(this.#inForce.config), provenPin: provenPinOf(this.#inForce) };
  }

  /** Runs to the end; resolves with the exit code. @throws what ended it unasked */
  async run(): Promise<number> {
    const { onSignal } = this.#options;
    onSignal('SIGTERM', () => void this.#stop(true));
    onSignal('SIGINT', () => void this.#stop(false));
    onSignal('SIGHUP', () => this.#reloads.reload());
    this.#bus.lost.addEventListener('abort', () => this.#faults.reject(this.#bus.lost.reason), { once: true });
    this.#warnings.set('configuration', configWarnings(this.#inForce.file));
    await switchUsbOn(this.#runner.connection.memory, this.#log.log);
    await this.#putMetricsSocket();
    this.#startWatches();
    try {
      await Promise.race([this.#runner.ended, this.#faults.promise]);
      this.#log.log.info('percept-lte stopped');
      return 0;
    } finally {
      this.#closing.abort();
      await this.#runner.close();
      await Promise.all([this.#observers.settled(), this.#plan.close()]);
      this.#bus.close();
    }
  }

  /** What runs as long as the daemon does. Any of them ending on its own is a fault. */
  #startWatches(): void {
    const { signal } = this.#closing;
    const parts = this.#parts();
    const { happened } = this.#held;
    const onFacts = (facts: ModemManagerFacts) => this.#onFacts(facts);
    const isOnline = () => this.#runner.connection.phase.kind === 'online';
    const watches = [
      watchModemManager({
        bus: this.#bus,
        clock: systemClock,
        logger: this.#log.log.child({ component: 'modem' }),
        onFacts,
        signal,
      }),
      this.#kernel.run(signal),
      heartbeat(heartbeatPorts(this.#bus, this.#facts, { happened, onFacts }), signal),
      watchSignal(parts, happened, signal),
      watchUplinks(watchUplinksPorts({ ...parts, ownInterfaces: () => ownInterfaces(parts) }, this.#held), signal),
      keepFresh(systemClock, isOnline, () => this.#refresh(), signal),
      keepHouse(systemClock, signal),
      this.#inForce.run(signal),
      this.#plan.run(signal),
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
    const chosen = this.#facts.put(facts);
    if (this.#reloads.admits(chosen)) this.#runner.happened({ kind: 'factsChanged', facts: chosen });
    // In charge from here on; being online is what percept-lte-wait-online waits for.
    if (first) this.#systemd.send({ READY: true });
  }

  /** Stops; the link stays where systemd is only restarting us, since the next start adopts it. */
  async #stop(mayBeRestart: boolean): Promise<void> {
    this.#systemd.send({ STOPPING: true });
    const deadline = systemClock.sleep(STOP_DEADLINE_MS, this.#closing.signal).catch(() => {});
    const mayKeep = mayBeRestart && this.#options.env.INVOCATION_ID !== undefined;
    const keepLink = mayKeep && (await isRestarting(this.#bus, process.pid, systemClock, this.#closing.signal));
    this.#log.log.info({ keepLink }, 'asked to stop');
    this.#runner.happened({ kind: 'stopRequested', keepLink });
    await deadline;
    if (!this.#closing.signal.aborted) this.#faults.reject(new Error('stopping took too long'));
  }

  /** What is there for others to read is written anew, or put where it was taken away. */
  #refresh(): void {
    void this.#observers.refresh(this.#runner.connection);
    void this.#putMetricsSocket();
  }

  #putMetricsSocket(): Promise<void> {
    return this.#outlets.metricsSocket.put(this.#inForce.config.metrics.socket);
  }

  /** Another configuration is in force than `before`: what differs is acted on. */
  #apply(before: Config, keepsHolds = false): void {
    const relevant = relevanceOf(changesOf(before, this.#inForce.config));
    this.#runner.policy = this.#policy;
    void this.#putMetricsSocket();
    const leavesModem = relevant === 'modem' && this.#facts.rechoose();
    this.#runner.happened({ kind: 'reconfigured', relevant, leavesModem, keepsHolds });
    if (relevant === 'modem') this.#onFacts(this.#facts.all);
    this.#plan.look();
  }
}

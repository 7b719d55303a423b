// Opens the parts of the daemon and connects them: who tells whom, and what follows when a part has
// news. When they run is the business of daemon.ts and watches.ts.
import { changesOf, relevanceOf } from '../config/changes.ts';
import type { Config } from '../config/schema.ts';
import { type Connection, freshConnection } from '../connection/connection.ts';
import type { ConnectionEvent } from '../connection/events/event.ts';
import type { Policy } from '../connection/policy.ts';
import { wasOnlineLast } from '../connection/schedule/fingerprints.ts';
import { reachWarnings } from '../connection/words/reach-words.ts';
import type { DataPlan } from '../data-plan/data-plan.ts';
import type { ModemManagerFacts } from '../modem/objects.ts';
import { KernelEvents } from '../network/link/monitor.ts';
import { countersBelow } from '../network/reachability/counters.ts';
import { type Happening, Runner } from '../runner/runner.ts';
import type { Memory } from '../state/memory.ts';
import { type MemoryStore, stateDirectoryOf } from '../state/store.ts';
import { openStatusFile, runtimeDirectoryOf } from '../status/file.ts';
import type { OpenLog } from '../system/log.ts';
import { ChosenModem } from './chosen-modem.ts';
import { ConfigInForce } from './config-in-force.ts';
import { Faults } from './fatal.ts';
import type { Host } from './host.ts';
import { hostDataPlan } from './host-data-plan.ts';
import { keepCodeSoon } from './housekeeping.ts';
import { type Observers, observersOf } from './observers.ts';
import { openOutlets } from './outlets.ts';
import { policyOf } from './policy-of-config.ts';
import { chance, type Parts, runnerPorts } from './ports.ts';
import { observePin, provenPinOf } from './proven-pin.ts';
import { type Opened, provenAskedWith } from './proven-settings.ts';
import { Reloads } from './reloads.ts';
import { openMemory, openMetrics } from './remembered.ts';
import type { TrialEnd } from './trial-words.ts';
import { Warnings } from './warnings.ts';

export interface PartsOptions {
  readonly configPath: string;
  readonly env: NodeJS.ProcessEnv;
}

export class OpenParts {
  readonly host: Host;
  readonly log: OpenLog;
  readonly closing = new AbortController();
  readonly faults = new Faults();
  readonly facts: ChosenModem;
  readonly kernel: KernelEvents;
  readonly warnings: Warnings;
  readonly observers: Observers;
  readonly inForce: ConfigInForce;
  readonly plan: DataPlan;
  readonly reloads: Reloads;
  readonly runner: Runner;
  readonly #options: PartsOptions;
  readonly #outlets: ReturnType<typeof openOutlets>;
  readonly #store: MemoryStore;

  constructor(options: PartsOptions, opened: Opened, log: OpenLog, host: Host) {
    this.#options = options;
    this.host = host;
    this.log = log;
    this.kernel = new KernelEvents({
      commands: host.commands,
      clock: host.clock,
      onTrouble: (error) => log.log.warn({ err: error }, 'ip monitor ended; it is started again'),
    });
    this.facts = this.#chosenModem();
    const changed = () => void this.observers.refresh(this.runner.connection);
    this.warnings = new Warnings({ clock: host.clock, log: log.log, changed, signal: this.closing.signal });
    this.#store = openMemory(options.env, host.clock, log.log, this.warnings);
    this.#outlets = openOutlets({
      ...host,
      env: options.env,
      log: log.log,
      signal: this.closing.signal,
      warnings: this.warnings,
      refresh: () => this.observers.refresh(this.runner.connection),
    });
    this.plan = this.#dataPlan();
    this.observers = this.#observers();
    const memory = this.#store.load();
    this.inForce = this.#configInForce(opened, memory);
    this.reloads = this.#reloads();
    const initial = freshConnection(memory, host.clock.now(), provenAskedWith(memory, opened));
    this.runner = new Runner(initial, this.#policy, runnerPorts(this.parts));
  }

  #chosenModem(): ChosenModem {
    return new ChosenModem({
      match: () => this.inForce.config.modem.match,
      clock: this.host.clock,
      signal: this.closing.signal,
      onSettled: () => this.onFacts(this.facts.all),
      wasUsed: (modem) => wasOnlineLast(this.runner.connection.memory, modem),
    });
  }

  #dataPlan(): DataPlan {
    return hostDataPlan({
      env: this.#options.env,
      ...this.host,
      log: this.log.log,
      warnings: this.warnings,
      settings: () => this.inForce.config.data,
      observers: () => this.observers,
      ...this.held,
    });
  }

  #observers(): Observers {
    const { env } = this.#options;
    const { log } = this.log;
    const { clock, root, systemd } = this.host;
    return observersOf({
      clock,
      log,
      store: this.#store,
      statusFile: openStatusFile(env, (error) => log.warn({ err: error }, 'status file cannot be written')),
      metrics: openMetrics(env, clock, log),
      hooks: this.#outlets.hooks,
      policy: () => this.#policy,
      modemManager: () => this.facts.all,
      counters: countersBelow(root),
      warnings: () => this.warnings.all,
      trial: () => this.inForce.status,
      data: () => this.plan.status,
      profile: () => this.inForce.file.profile,
      notifyStatus: (sentence) => systemd.send({ STATUS: sentence }),
    });
  }

  #configInForce(opened: Opened, memory: Memory): ConfigInForce {
    const ports = {
      clock: this.host.clock,
      log: this.log.log,
      warnings: this.warnings,
      connection: () => this.runner.connection,
      ended: (how: TrialEnd) => this.observers.tell('trial-ended', this.runner.connection, how),
      switched: (before: Config, keepsHolds: boolean) => this.#apply(before, keepsHolds),
    };
    return new ConfigInForce(ports, opened, memory.sim);
  }

  #reloads(): Reloads {
    return new Reloads({
      ...this.#options,
      log: this.log,
      warnings: this.warnings,
      systemd: this.host.systemd,
      inForce: this.inForce,
      facts: this.facts,
      connection: () => this.runner.connection,
      apply: (before) => this.#apply(before),
      settled: () => this.onFacts(this.facts.all),
      fault: (error) => this.faults.reject(error),
    });
  }

  /** What the runner's ports and the watches are made of. */
  get parts(): Parts {
    const { env } = this.#options;
    return {
      ...this.host,
      counters: countersBelow(this.host.root),
      log: this.log.log,
      facts: this.facts,
      stateDirectory: stateDirectoryOf(env),
      runtimeDirectory: runtimeDirectoryOf(env),
      config: () => this.inForce.config,
      recorded: (outlives, signal) => this.#store.recorded(outlives, signal),
      plan: this.plan,
      lastDevice: () => this.runner.connection.memory.device,
      knownReach: () => {
        const { reach, sessionSince } = this.runner.connection;
        return { reach, sessionMs: sessionSince?.monotonicMs };
      },
      lastInterface: () => this.runner.connection.memory.interface,
      warnings: this.warnings,
      kernel: this.kernel,
      onChange: (from, to, because) => this.#onChange(from, to, because),
    };
  }

  /** The connection, for those who look at it in their own time and tell what they find. */
  get held() {
    return {
      connection: () => this.runner.connection,
      happened: (what: Happening) => this.runner.happened(what),
      chance,
    };
  }

  get #policy(): Policy {
    return { ...policyOf(this.inForce.config), provenPin: provenPinOf(this.inForce) };
  }

  #onChange(from: Connection, to: Connection, because: ConnectionEvent): void {
    const { clock } = this.host;
    if (to.reach !== from.reach) this.warnings.set('reach', reachWarnings(to));
    this.plan.changed(from, to);
    if (to.phase.kind === 'online') keepCodeSoon(clock, this.closing.signal);
    this.observers.changed(from, to, because);
    this.inForce.observe(from, to, because);
    observePin(this.inForce, { clock, warnings: this.warnings }, from, to, because);
  }

  /** ModemManager has said something, or what it said last is looked at anew. */
  onFacts(facts: ModemManagerFacts): void {
    const first = this.facts.chosen.kind === 'unknown';
    const chosen = this.facts.put(facts);
    if (this.reloads.admits(chosen)) this.runner.happened({ kind: 'factsChanged', facts: chosen });
    // In charge from here on; being online is what percept-lte-wait-online waits for.
    if (first) this.host.systemd.send({ READY: true });
  }

  /** What outlives a boot is put where it was taken away. */
  keepFiles(): void {
    void this.inForce.keepFile();
    void this.#store.keepFile();
  }

  /** What is there for others to read is written anew, or put where it was taken away. */
  refresh(): void {
    void this.observers.refresh(this.runner.connection);
    void this.putMetricsSocket();
  }

  putMetricsSocket(): Promise<void> {
    return this.#outlets.metricsSocket.put(this.inForce.config.metrics.socket);
  }

  /** Another configuration is in force than `before`: what differs is acted on. */
  #apply(before: Config, keepsHolds = false): void {
    const relevant = relevanceOf(changesOf(before, this.inForce.config));
    this.runner.policy = this.#policy;
    void this.putMetricsSocket();
    const leavesModem = relevant === 'modem' && this.facts.rechoose();
    this.runner.happened({ kind: 'reconfigured', relevant, leavesModem, keepsHolds });
    if (relevant === 'modem') this.onFacts(this.facts.all);
    this.plan.look();
  }
}

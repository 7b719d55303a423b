// Keeps the configuration that is in force: the file's, or with the settings in it that carried
// traffic last. Each turn has this order, so that neither a kill nor a power cut has anybody
// refused twice:
//   1. decided   #trials, in connection/trial/     3. in force  #isBack and #config, by #follow
//   2. written   #kept, with a deadline            4. told      `switched`, and a reload follows
// Between 1 and 3 #isChanging holds: what happens then is of settings that are on their way out.
import { changedSettings } from '../config/changes.ts';
import type { ReadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { type Settings, settingsText, withSettings } from '../config/settings.ts';
import type { Connection } from '../connection/connection.ts';
import type { ConnectionEvent } from '../connection/events/event.ts';
import {
  afterLoading,
  afterTrialEvent,
  isBack,
  isRunning,
  noTrials,
  type TrialEvent,
  type Trials,
} from '../connection/trial/trial.ts';
import { couldPass, subjectOf, trialEventOf } from '../connection/trial/trial-events.ts';
import { fingerprintOf, type Kept, keptFor } from '../state/proven.ts';
import type { Status } from '../status/schema.ts';
import { childSignal } from '../system/child-signal.ts';
import type { Opened } from './proven-settings.ts';
import { ProvenWriter } from './proven-writer.ts';
import { TrialTeller, type TrialTellerPorts } from './trial-teller.ts';
import type { Told } from './trial-words.ts';
import { TurnTime } from './turn-time.ts';

/** Time is counted this often while a trial runs; a warning that stands is told by the day. */
const LOOK_MS = 5_000;
const REST_MS = 3_600_000;

/** When settings that go on carrying traffic are written down again: the date is for people. */
const PROVEN_AGAIN_MS = 24 * 3_600_000;

export interface ConfigInForcePorts extends TrialTellerPorts {
  readonly connection: () => Connection;
  /** Other settings are in force from now on. `keepsHolds`: nobody was refused. */
  readonly switched: (before: Config, keepsHolds: boolean) => void;
}

export class ConfigInForce {
  readonly #ports: ConfigInForcePorts;
  readonly #writer: ProvenWriter;
  readonly #teller: TrialTeller;
  readonly #time: TurnTime;
  readonly #settingsOf: Opened['settingsOf'];
  #read: ReadConfig;
  #kept: Kept;
  #proven: Settings | undefined;
  #trials: Trials;
  /** Whether the proven settings are in force; follows #trials once that is written down. */
  #isBack = false;
  /** The file was read again, and what follows from it is being written down. */
  #isReading = false;
  #config: Config;
  #wake: () => void = () => {};

  /** @param sim Salted hash of the SIM seen last. */
  constructor(ports: ConfigInForcePorts, opened: Opened, sim: string | undefined) {
    const { read, kept, proven, store } = opened;
    this.#ports = ports;
    this.#writer = new ProvenWriter(store, ports.clock, ports.warnings);
    this.#teller = new TrialTeller(ports, () => this.#told());
    this.#time = new TurnTime(ports.clock);
    this.#settingsOf = opened.settingsOf;
    this.#read = read;
    this.#kept = kept;
    this.#proven = proven;
    this.#trials = (kept.trials as Trials | undefined) ?? noTrials;
    this.#load(read, sim, true);
    this.#isBack = isBack(this.#trials);
    if (isRunning(this.#trials)) void this.#save();
    this.#config = this.#inForce();
  }

  /** The configuration in force. */
  get config(): Config {
    return this.#config;
  }

  /** What is kept besides the settings: changed by `keep`. */
  get kept(): Kept {
    return this.#kept;
  }

  /** The configuration as the file has it. */
  get file(): ReadConfig {
    return this.#read;
  }

  get limitMs(): number {
    return this.#read.config.recovery.trial;
  }

  /** Begins to write a PIN down that a SIM took. What is wrong with the disk is told. */
  keepPin(pin: NonNullable<Kept['pin']>): void {
    this.#kept = { ...this.#kept, pin };
    void this.#save();
  }

  /**
   * The file was read again, or another SIM has another profile of it. The configuration that was
   * in force is returned. @param sim Salted hash of the SIM, where it is another than the memory's.
   */
  async put(read: ReadConfig, { memory, proof }: Connection, sim = memory.sim): Promise<Config> {
    const before = this.#config;
    const { proven } = this.#kept;
    if (proven !== undefined && proof !== undefined && (this.#isBack || this.#trials.standing.kind === 'settled'))
      this.#kept = { ...this.#kept, proven: { ...proven, wallMs: Math.max(proven.wallMs, proof.at.wallMs) } };
    this.#isReading = true;
    if (read.profile !== this.#read.profile) {
      this.#kept = keptFor({ ...this.#kept, trials: this.#trials as NonNullable<Kept['trials']> }, read.profile);
      this.#trials = (this.#kept.trials as Trials | undefined) ?? noTrials;
      this.#proven = this.#kept.proven && (await this.#settingsOf(this.#kept.proven.written));
    }
    this.#load(read, sim, false);
    await this.#save();
    this.#isReading = false;
    this.#time.begin();
    this.#follow();
    return before;
  }

  /** A person ends the trial, or has what was refused tried once more. */
  accept(): void {
    const { standing } = this.#trials;
    if (standing.kind === 'trying' || standing.kind === 'comparing') this.#prove();
    if (standing.kind === 'settled') this.#ports.log.info('there is no change on trial to accept');
    else this.#happened({ kind: 'accepted' }, 'accepted by hand');
  }

  /** To be told of each change of the connection. */
  observe(from: Connection, to: Connection, because: ConnectionEvent): void {
    const event = trialEventOf(from, to, because);
    if (event !== undefined && !this.#isChanging) {
      if (event.kind === 'passed' && !this.#isBack) this.#prove();
      this.#happened(event, event.kind === 'passed' ? 'traffic passes' : '');
    }
    this.#count(to);
  }

  /** What happens meanwhile is of settings that are on their way out. */
  get #isChanging(): boolean {
    return this.#isReading || isBack(this.#trials) !== this.#isBack;
  }

  /** Counts the time of a trial until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, connection } = this.#ports;
    this.#tell(noTrials, '');
    while (!signal.aborted) {
      const nap = childSignal(signal);
      this.#wake = () => nap.end();
      await clock.sleep(isRunning(this.#trials) ? LOOK_MS : REST_MS, nap.signal).catch(() => {});
      nap.end();
      if (signal.aborted) break;
      this.#count(connection());
      this.#teller.warn();
    }
  }

  /** Resolves when what was to be written down is, or cannot be in time. Never rejects. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  /** What the status tells. */
  get status(): Status['trial'] {
    return this.#teller.status;
  }

  #load(read: ReadConfig, sim: string | undefined, isStart: boolean): void {
    const before = this.#trials;
    this.#read = read;
    const fingerprint = fingerprintOf(this.#kept, settingsText(read.written));
    const loaded = { fingerprint, differs: this.#changed().length > 0, sim };
    this.#trials = afterLoading(before, loaded, { limitMs: this.limitMs, isStart });
    if (!isStart) this.#tell(before, '');
  }

  #changed(): readonly (readonly string[])[] {
    return this.#proven === undefined ? [] : changedSettings(this.#proven, this.#read.config);
  }

  #told(): Told | undefined {
    const { proven } = this.#kept;
    if (this.#proven === undefined || proven === undefined) return undefined;
    const { config: file, placeOf } = this.#read;
    const rest = { changed: this.#changed(), placeOf, limitMs: this.limitMs, provenWallMs: proven.wallMs };
    return { trials: this.#trials, file, proven: this.#proven, ...rest };
  }

  #inForce(): Config {
    const { config } = this.#read;
    return this.#isBack && this.#proven !== undefined ? withSettings(config, this.#proven) : config;
  }

  /** What carries traffic now is what is gone back to. */
  #prove(): void {
    const { proven } = this.#kept;
    const { wallMs } = this.#ports.clock.now();
    const isOld = proven === undefined || Math.abs(wallMs - proven.wallMs) > PROVEN_AGAIN_MS;
    if (!isOld && this.#changed().length === 0 && this.#trials.standing.kind === 'settled') return;
    this.#proven = this.#read.config;
    this.#kept = { ...this.#kept, proven: { written: this.#read.written, wallMs: Math.max(0, wallMs) } };
    if (this.#trials.standing.kind === 'settled') void this.#save();
  }

  #count(connection: Connection): void {
    const ms = this.#time.look();
    const isCounted = ms > 0 && !this.#isChanging;
    this.#time.counts =
      isRunning(this.#trials) && couldPass(connection, this.#time.sinceMs, subjectOf(this.#changed()));
    if (isCounted) this.#happened({ kind: 'spent', ms }, '');
  }

  #happened(event: TrialEvent, why: string): void {
    const before = this.#trials;
    this.#trials = afterTrialEvent(before, event, this.limitMs);
    if (this.#trials === before) return;
    const { standing } = this.#trials;
    const spentMs = 'spentMs' in standing ? standing.spentMs : 0;
    if (standing.kind === before.standing.kind && !this.#time.isDue(spentMs)) return;
    this.#tell(before, why);
    void this.#save().then(() => {
      const config = this.#config;
      if (this.#follow()) this.#ports.switched(config, event.kind === 'spent');
    });
  }

  /** Puts into force what was decided. Whether other settings are in force now than before. */
  #follow(): boolean {
    const wasBack = this.#isBack;
    this.#isBack = isBack(this.#trials);
    this.#config = this.#inForce();
    if (wasBack === this.#isBack) return false;
    this.#time.begin();
    return true;
  }

  #tell(before: Trials, why: string): void {
    this.#teller.tell(before.standing, this.#trials, this.limitMs, why);
    this.#wake();
  }

  /** Writes down again what somebody removed from the disk; nothing where nothing was proven. */
  async keepFile(): Promise<void> {
    const { proven, pin } = this.#kept;
    if (proven !== undefined || pin !== undefined) await this.#writer.restore(this.#kept);
  }

  #save(): Promise<void> {
    this.#kept = { ...this.#kept, trials: this.#trials as NonNullable<Kept['trials']> };
    return this.#writer.save(this.#kept);
  }
}

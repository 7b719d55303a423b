// What puts another configuration into force: a SIGHUP, a SIM with another profile, and a file that
// can be read at last. One after the other, for each writes down what is on trial.
import { changesOf } from '../config/changes.ts';
import { inProfile, type ReadConfig, readConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Connection, Facts } from '../connection/connection.ts';
import { takeAcceptance } from '../status/accept.ts';
import type { Clock } from '../system/clock.ts';
import type { OpenLog } from '../system/log.ts';
import type { SdNotify } from '../system/sd-notify.ts';
import type { ChosenModem } from './chosen-modem.ts';
import type { ConfigInForce } from './config-in-force.ts';
import { readAgain, reload } from './sighup.ts';
import { profileOf, simHashOf } from './sim-profile.ts';
import { reloadWhenReadable } from './unusable-config.ts';
import type { Warnings } from './warnings.ts';

export interface ReloadsPorts {
  readonly configPath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: OpenLog;
  readonly warnings: Pick<Warnings, 'set'>;
  readonly systemd: Pick<SdNotify, 'send'>;
  readonly inForce: ConfigInForce;
  readonly facts: Pick<ChosenModem, 'chosen'>;
  readonly connection: () => Connection;
  /** Another configuration is in force than this one. */
  readonly apply: (before: Config) => void;
  /** The profile of the SIM is in force: what is known of it can be told. */
  readonly settled: () => void;
  readonly fault: (error: unknown) => void;
}

export class Reloads {
  readonly #ports: ReloadsPorts;
  #work: Promise<void> = Promise.resolve();
  #isChangingProfile = false;

  constructor(ports: ReloadsPorts) {
    this.#ports = ports;
  }

  /** The file is to be read again. */
  reload(): void {
    const { configPath, env, log, warnings, systemd, inForce, facts } = this.#ports;
    this.#inTurn(async () => {
      // While it starts, systemd would take the READY=1 after a reload for the one of the start.
      const isInCharge = facts.chosen.kind !== 'unknown';
      if (isInCharge) systemd.send({ RELOADING: true });
      await reload({
        takeAcceptance: () =>
          takeAcceptance(env, (error) => log.log.warn({ err: error }, 'whether a trial was accepted cannot be told')),
        read: () => readAgain(configPath, env, { log: log.log, warnings }),
        put: (next) => this.#put(next, 'configuration reloaded'),
        accept: () => inForce.accept(),
      });
      if (isInCharge) systemd.send({ READY: true });
    });
  }

  /** Resolves when the file is none that could not be read at the start, or `signal` aborts. */
  async whenReadable(clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<void> {
    const { configPath, env, inForce } = this.#ports;
    const inPlaceOf = () => inForce.file.inPlaceOf;
    const read = () => readConfig(configPath, env);
    await reloadWhenReadable({ clock, inPlaceOf, read, reload: () => this.reload() }, signal);
  }

  /**
   * Whether the runner may hear of `facts`. With another SIM it may not until that one's profile is
   * in force, which this begins: nothing is asked for with the settings of another SIM.
   */
  admits(facts: Facts): boolean {
    const { file } = this.#ports.inForce;
    if (this.#isChangingProfile) return false;
    if (profileOf(file, facts) === file.profile) return true;
    this.#isChangingProfile = true;
    this.#inTurn(async () => {
      await this.#put(this.#ports.inForce.file, 'another SIM: its settings are used from now on');
      this.#isChangingProfile = false;
      this.#ports.settled();
    });
    return false;
  }

  #inTurn(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => this.#ports.fault(error));
  }

  /** Puts `read` into force, in the profile of the SIM in use. */
  async #put(read: ReadConfig, told: string): Promise<void> {
    const { inForce, log, apply } = this.#ports;
    const connection = this.#ports.connection();
    const facts = this.#ports.facts.chosen;
    const next = inProfile(read, profileOf(read, facts, inForce.file.profile));
    const changed = changesOf(inForce.file.config, next.config);
    const before = await inForce.put(next, connection, simHashOf(connection, facts));
    log.setLevel(next.config.log.level);
    const profile = next.profile !== '' && { profile: next.profile };
    log.log.info({ changed: [...changed].join(',') || 'nothing', ...profile }, told);
    apply(before);
  }
}

// ModemManager, a modem, its SIM and the carrier, as far as the connection's decisions depend on
// them; each can be broken. Calls are modem-calls.ts's.
import type { Facts } from '../../../../src/connection/connection.ts';
import type { FailureClass } from '../../../../src/modem/errors/failure.ts';
import type { Bearer, Modem, ModemState } from '../../../../src/modem/objects.ts';
import { modem as modemLiteral } from '../../modem/builders.ts';
import type { Timeline } from './timeline.ts';

export interface Sim {
  readonly iccid: string;
  readonly pin: string | undefined;
  retries: number;
  unlocked: boolean;
}

/** States of a modem that may have a bearer. */
export const SIM_IN_USE: ReadonlySet<ModemState> = new Set([
  'enabled',
  'searching',
  'registered',
  'connecting',
  'connected',
]);

export class FaultyModem {
  mm: 'up' | 'down' | 'hung' = 'up';
  /** ModemManager does not come back by itself or when asked. */
  mmBroken = false;
  plugged = true;
  state: ModemState = 'disabled';
  failedReason: Modem['stateFailedReason'] = 'none';
  /** Calls run into their deadline until the modem is restarted. */
  wedged = false;
  /** A disconnect does not work, and ModemManager says connected again a minute later. */
  lying = false;
  coverage = true;
  /** How the carrier answers a connect. */
  carrier: 'accepts' | 'silent' | FailureClass = 'accepts';
  /** The bearer is connected and nothing passes. */
  zombie = false;
  sim: Sim | undefined = { iccid: '1', pin: undefined, retries: 3, unlocked: true };
  bearer: Bearer | undefined;
  signal = 60;
  protected generation = 0;
  protected bearers = 0;
  connectsInFlight = 0;
  protected cancelConnect: (() => void) | undefined;
  /** What must never happen to a SIM, and did. */
  readonly violations: string[] = [];
  protected readonly refusedPins = new Set<string>();
  /** SIMs remember their tries, also in a drawer. */
  readonly #sims = new Map<string, Sim>();
  protected readonly time: Timeline;
  protected readonly chance: () => number;
  protected readonly changed: () => void;

  constructor(time: Timeline, chance: () => number, changed: () => void) {
    this.time = time;
    this.chance = chance;
    this.changed = changed;
  }

  facts(): Facts {
    if (this.mm === 'down') return { kind: 'no-modemmanager' };
    if (!this.plugged) return { kind: 'no-modem' };
    const { sim } = this;
    const modem = modemLiteral({
      path: `/Modem/${this.generation}`,
      state: this.state,
      stateFailedReason: this.failedReason,
      signalPercent: this.signal,
      unlockRequired: this.state !== 'locked' ? 'none' : (sim?.retries ?? 0) > 0 ? 'sim-pin' : 'sim-puk',
      unlockRetries: sim?.pin === undefined ? {} : { 'sim-pin': sim.retries },
      bearers: this.bearer === undefined ? [] : [this.bearer],
      ...(sim && {
        sim: {
          path: `/SIM/${this.generation}`,
          identifier: sim.iccid,
          imsi: '',
          operatorIdentifier: '',
          operatorName: '',
        },
      }),
    });
    return { kind: 'modem', modem };
  }

  /** Whether traffic passes over `path`'s bearer, whether or not ModemManager is there to know. */
  passes(path: string): boolean {
    return this.plugged && this.bearer?.path === path && this.bearer.connected && !this.zombie && this.coverage;
  }

  protected set(state: ModemState): void {
    this.state = state;
    if (!SIM_IN_USE.has(state) && state !== 'disconnecting') this.bearer = undefined;
    this.changed();
  }

  /** After `ms`, unless the modem or ModemManager was replaced before. */
  protected later(ms: number, run: () => void): void {
    const generation = this.generation;
    this.time.after(ms * (0.5 + this.chance()), () => {
      if (generation === this.generation && this.mm !== 'down' && this.plugged) run();
    });
  }

  /** The modem is probed anew: after plugging in, a reset, or a start of ModemManager. */
  appear(): void {
    this.generation += 1;
    this.cancelConnect?.();
    this.bearer = undefined;
    this.wedged = false;
    this.failedReason = 'none';
    if (this.sim !== undefined) this.sim.unlocked = this.sim.pin === undefined;
    this.set('initializing');
    this.later(4_000, () => this.#initialised());
  }

  #initialised(): void {
    if (this.sim === undefined) {
      this.failedReason = 'sim-missing';
      this.set('failed');
    } else this.set(this.sim.unlocked ? 'disabled' : 'locked');
  }

  unplug(): void {
    this.plugged = false;
    this.generation += 1;
    this.cancelConnect?.();
    this.bearer = undefined;
    this.changed();
  }

  plug(): void {
    this.plugged = true;
    if (this.mm !== 'down') this.appear();
  }

  mmStops(): void {
    this.mm = 'down';
    this.generation += 1;
    this.cancelConnect?.();
    this.changed();
  }

  /** Started, by whoever; the modem's session lives until it is enabled again. */
  mmStarts(): void {
    if (this.mm !== 'down' || this.mmBroken) return;
    this.mm = 'up';
    const { plugged } = this;
    this.plugged = false;
    this.changed();
    this.plugged = plugged;
    if (plugged) this.appear();
  }

  setCoverage(coverage: boolean): void {
    this.coverage = coverage;
    if (!coverage && (this.state === 'registered' || this.state === 'connected')) {
      this.bearer = undefined;
      this.set('searching');
    } else if (coverage && this.state === 'searching') this.search();
  }

  protected search(): void {
    this.later(2_000, () => {
      if (this.state === 'searching' && this.coverage) this.set('registered');
    });
  }

  fail(reason: Modem['stateFailedReason']): void {
    if (this.mm === 'down' || !this.plugged) return;
    this.failedReason = reason;
    this.generation += 1;
    this.cancelConnect?.();
    this.set('failed');
  }

  /** Nobody can start it, once it is gone. */
  breakModemManager(broken: boolean): void {
    this.mmBroken = broken;
  }

  hang(): void {
    if (this.mm === 'up') this.mm = 'hung';
  }

  changeSignal(): void {
    this.signal = Math.floor(this.chance() * 100);
    this.changed();
  }

  /** Another SIM, or none: the modem is initialised anew, as with hot-swap. */
  insert(sim: Sim | undefined): void {
    this.sim = sim && (this.#sims.get(sim.iccid) ?? sim);
    if (this.sim !== undefined) this.#sims.set(this.sim.iccid, this.sim);
    if (this.mm !== 'down' && this.plugged) this.appear();
  }

  dropBearer(): void {
    if (this.state !== 'connected') return;
    this.bearer = this.bearer && { ...this.bearer, connected: false };
    this.set('disconnecting');
    this.later(100, () => {
      this.bearer = undefined;
      this.set('registered');
    });
  }
}

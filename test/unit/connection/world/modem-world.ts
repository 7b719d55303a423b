// ModemManager, a modem, its SIM and the carrier, as far as the connection's decisions depend on them; each can be broken.
import type { Facts } from '../../../../src/connection/connection.ts';
import type { FailureClass } from '../../../../src/modem/failure.ts';
import type { Bearer, Modem, ModemState } from '../../../../src/modem/objects.ts';
import { modem as modemLiteral } from '../../modem/builders.ts';
import { bearer as bearerLiteral } from '../builders.ts';
import type { Timeline } from './timeline.ts';

export interface Sim {
  readonly iccid: string;
  readonly pin: string | undefined;
  retries: number;
  unlocked: boolean;
}

/** What a call to ModemManager comes to. */
export type Answer = { readonly ok: true } | { readonly ok: false; readonly failure: FailureClass };
type Reply = (answer: Answer) => void;

const OK: Answer = { ok: true };
const failing = (failure: FailureClass): Answer => ({ ok: false, failure });

const SIM_IN_USE: ReadonlySet<ModemState> = new Set(['enabled', 'searching', 'registered', 'connecting', 'connected']);

export class ModemWorld {
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
  #generation = 0;
  #bearers = 0;
  connectsInFlight = 0;
  #cancelConnect: (() => void) | undefined;
  /** What must never happen to a SIM, and did. */
  readonly violations: string[] = [];
  readonly #refusedPins = new Set<string>();
  /** SIMs remember their tries, also in a drawer. */
  readonly #sims = new Map<string, Sim>();
  readonly #time: Timeline;
  readonly #chance: () => number;
  readonly #changed: () => void;

  constructor(time: Timeline, chance: () => number, changed: () => void) {
    this.#time = time;
    this.#chance = chance;
    this.#changed = changed;
  }

  facts(): Facts {
    if (this.mm === 'down') return { kind: 'no-modemmanager' };
    if (!this.plugged) return { kind: 'no-modem' };
    const { sim } = this;
    const modem = modemLiteral({
      path: `/Modem/${this.#generation}`,
      state: this.state,
      stateFailedReason: this.failedReason,
      signalPercent: this.signal,
      unlockRequired: this.state !== 'locked' ? 'none' : (sim?.retries ?? 0) > 0 ? 'sim-pin' : 'sim-puk',
      unlockRetries: sim?.pin === undefined ? {} : { 'sim-pin': sim.retries },
      bearers: this.bearer === undefined ? [] : [this.bearer],
      ...(sim && {
        sim: {
          path: `/SIM/${this.#generation}`,
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

  #set(state: ModemState): void {
    this.state = state;
    if (!SIM_IN_USE.has(state) && state !== 'disconnecting') this.bearer = undefined;
    this.#changed();
  }

  /** After `ms`, unless the modem or ModemManager was replaced before. */
  #later(ms: number, run: () => void): void {
    const generation = this.#generation;
    this.#time.after(ms * (0.5 + this.#chance()), () => {
      if (generation === this.#generation && this.mm !== 'down' && this.plugged) run();
    });
  }

  /** The modem is probed anew: after plugging in, a reset, or a start of ModemManager. */
  appear(): void {
    this.#generation += 1;
    this.#cancelConnect?.();
    this.bearer = undefined;
    this.wedged = false;
    this.failedReason = 'none';
    if (this.sim !== undefined) this.sim.unlocked = this.sim.pin === undefined;
    this.#set('initializing');
    this.#later(4_000, () => this.#initialised());
  }

  #initialised(): void {
    if (this.sim === undefined) {
      this.failedReason = 'sim-missing';
      this.#set('failed');
    } else this.#set(this.sim.unlocked ? 'disabled' : 'locked');
  }

  unplug(): void {
    this.plugged = false;
    this.#generation += 1;
    this.#cancelConnect?.();
    this.bearer = undefined;
    this.#changed();
  }

  plug(): void {
    this.plugged = true;
    if (this.mm !== 'down') this.appear();
  }

  mmStops(): void {
    this.mm = 'down';
    this.#generation += 1;
    this.#cancelConnect?.();
    this.#changed();
  }

  /** Started, by whoever; the modem's session lives until it is enabled again. */
  mmStarts(): void {
    if (this.mm !== 'down' || this.mmBroken) return;
    this.mm = 'up';
    const { plugged } = this;
    this.plugged = false;
    this.#changed();
    this.plugged = plugged;
    if (plugged) this.appear();
  }

  setCoverage(coverage: boolean): void {
    this.coverage = coverage;
    if (!coverage && (this.state === 'registered' || this.state === 'connected')) {
      this.bearer = undefined;
      this.#set('searching');
    } else if (coverage && this.state === 'searching') this.#search();
  }

  #search(): void {
    this.#later(2_000, () => {
      if (this.state === 'searching' && this.coverage) this.#set('registered');
    });
  }

  fail(reason: Modem['stateFailedReason']): void {
    if (this.mm === 'down' || !this.plugged) return;
    this.failedReason = reason;
    this.#generation += 1;
    this.#cancelConnect?.();
    this.#set('failed');
  }

  hang(): void {
    if (this.mm === 'up') this.mm = 'hung';
  }

  changeSignal(): void {
    this.signal = Math.floor(this.#chance() * 100);
    this.#changed();
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
    this.#set('disconnecting');
    this.#later(100, () => {
      this.bearer = undefined;
      this.#set('registered');
    });
  }

  /** A method call: gone, deadline, or `work` after a while. */
  #call(deadlineMs: number, reply: Reply, latencyMs: number, work: () => void): void {
    if (this.mm === 'down' || !this.plugged) this.#time.after(10, () => reply(failing('gone')));
    else if (this.mm === 'hung') this.#time.after(deadlineMs, () => reply(failing('timeout')));
    else if (this.wedged) this.#time.after(30_000, () => reply(failing('timeout')));
    else {
      const generation = this.#generation;
      this.#time.after(latencyMs * (0.5 + this.#chance()), () => {
        if (generation === this.#generation && this.mm !== 'down' && this.plugged) work();
        else reply(failing('gone'));
      });
    }
  }

  /** The answer comes some milliseconds after what it is about, before or after the signals that tell of it. */
  #answer(reply: Reply, answer: Answer): void {
    this.#time.after(this.#chance() * 40, () => reply(answer));
  }

  sendPin(path: string, pin: string, reply: Reply): void {
    // A SIM that is exchanged is another object.
    if (path !== `/SIM/${this.#generation}`) {
      this.#answer(reply, failing('gone'));
      return;
    }
    this.#call(10_000, reply, 500, () => {
      const { sim } = this;
      if (sim === undefined || sim.retries === 0) {
        this.#answer(reply, failing('puk'));
        return;
      }
      if (sim.pin === pin || sim.pin === undefined) {
        sim.retries = 3;
        sim.unlocked = true;
        this.#later(300, () => this.#set('disabled'));
        this.#answer(reply, OK);
        return;
      }
      const key = `${sim.iccid} ${pin}`;
      if (this.#refusedPins.has(key)) this.violations.push('a refused PIN reached the SIM again');
      if (sim.retries < 2) this.violations.push('the last try was spent');
      this.#refusedPins.add(key);
      sim.retries -= 1;
      this.#changed();
      this.#answer(reply, failing(sim.retries === 0 ? 'puk' : this.#chance() < 0.7 ? 'auth' : 'other'));
    });
  }

  enable(reply: Reply): void {
    this.#call(120_000, reply, 300, () => {
      if (this.state !== 'disabled') {
        this.#answer(reply, failing('busy'));
        return;
      }
      this.#set('enabling');
      this.#later(1_000, () => {
        this.#set('enabled');
        this.#answer(reply, OK);
        this.#later(200, () => {
          this.#set('searching');
          if (this.coverage) this.#search();
        });
      });
    });
  }

  connect(apn: string, reply: Reply): void {
    this.#call(200_000, reply, 50, () => {
      if (this.connectsInFlight > 0) {
        this.#answer(reply, failing('busy'));
        return;
      }
      if (this.state === 'connected') {
        this.#answer(reply, failing('busy'));
        return;
      }
      if (this.state !== 'registered') {
        this.#later(60_000, () => this.#answer(reply, failing('timeout')));
        return;
      }
      this.connectsInFlight += 1;
      let open = true;
      const end = (answer: Answer) => {
        if (!open) return;
        open = false;
        this.connectsInFlight -= 1;
        this.#cancelConnect = undefined;
        this.#answer(reply, answer);
      };
      this.#cancelConnect = () => end(failing('gone'));
      this.#set('connecting');
      this.#later(this.carrier === 'silent' ? 60_000 : 800, () => {
        if (!open) return;
        if (this.carrier === 'accepts') {
          this.#bearers += 1;
          this.zombie = false;
          this.bearer = bearerLiteral({
            path: `/Bearer/${this.#bearers}`,
            properties: { apn, ipType: 'ipv4' },
            ip4Config: { method: 'static', address: `10.0.${this.#bearers % 250}.2`, prefix: 30, dns: [] },
          });
          this.#set('connected');
          end(OK);
        } else {
          this.#set('registered');
          end(failing(this.carrier === 'silent' ? 'timeout' : this.carrier));
        }
      });
    });
  }

  disconnect(reply: Reply): void {
    this.#call(90_000, reply, 300, () => {
      this.#cancelConnect?.();
      if (this.lying && this.state === 'connected') {
        this.#set('disconnecting');
        this.#later(60_000, () => {
          if (this.state === 'disconnecting') this.#set('connected');
        });
        this.#time.after(90_000, () => reply(failing('timeout')));
        return;
      }
      this.bearer = undefined;
      if (SIM_IN_USE.has(this.state) || this.state === 'disconnecting')
        this.#set(this.coverage ? 'registered' : 'searching');
      this.#answer(reply, OK);
    });
  }

  cycleRadio(reply: Reply): void {
    this.#call(120_000, reply, 3_000, () => {
      this.lying = false;
      this.#cancelConnect?.();
      if (SIM_IN_USE.has(this.state)) this.#set('disabled');
      this.#answer(reply, OK);
    });
  }

  reset(reply: Reply): void {
    this.#call(90_000, reply, 1_000, () => this.#goAndComeBack(reply));
  }

  /** Needs nobody's help but the kernel's. */
  reauthorise(reply: Reply): void {
    if (!this.plugged) this.#time.after(100, () => reply(failing('other')));
    else this.#goAndComeBack(reply);
  }

  #goAndComeBack(reply: Reply): void {
    this.lying = false;
    this.unplug();
    this.#time.after(50, () => reply(OK));
    this.#time.after(12_000, () => this.plug());
  }

  restartModemManager(reply: Reply): void {
    this.mmStops();
    this.#time.after(2_000, () => this.mmStarts());
    this.#time.after(500, () => reply(OK));
  }
}

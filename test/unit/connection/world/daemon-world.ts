// The daemon over the simulated world: the real decide(), with the runner's rules and activities
// that take virtual time. It is killed, restarted from its file and rebooted with clocks that jump.
import {
  type Connection,
  type ConnectionEvent,
  freshConnection,
  type Phase,
} from '../../../../src/connection/connection.ts';
import { PHASE_DEADLINES_MS } from '../../../../src/connection/deadlines.ts';
import { decide } from '../../../../src/connection/decide.ts';
import type { Policy } from '../../../../src/connection/policy.ts';
import { emptyMemory, Memory, type Rung, rebase } from '../../../../src/state/memory.ts';
import type { Moment } from '../../../../src/system/clock.ts';
import { failureOf, type Happening, policy, WALL_MS } from '../builders.ts';
import { type Answer, ModemWorld } from './modem-calls.ts';
import { type Cancellable, Timeline } from './timeline.ts';
import { type Stamp, Watch } from './watch.ts';

export class DaemonWorld {
  readonly time = new Timeline();
  readonly modem: ModemWorld;
  readonly watch = new Watch();
  policy: Policy = policy({ attemptsPerHour: 12 });
  connection: Connection | undefined;
  boot = 1;
  powered = true;
  #bootedAtMs = 0;
  /** The wall clock jumps with it. */
  wallOffsetMs = WALL_MS;
  #era = 1;
  #file: { readonly text: string; readonly realMs: number; readonly wallMs: number } | undefined;
  #activity: Cancellable = { cancelled: false };
  #keeper: Cancellable = { cancelled: false };
  #life = 0;
  #connectOfLife = -1;
  #deciding = false;
  readonly #queue: Happening[] = [];
  readonly #chance: () => number;

  constructor(chance: () => number) {
    this.#chance = chance;
    this.modem = new ModemWorld(this.time, chance, () => this.#tellFacts());
    this.#heartbeat();
  }

  now(): Moment {
    return { monotonicMs: this.time.nowMs - this.#bootedAtMs + 1, wallMs: this.time.nowMs + this.wallOffsetMs };
  }

  start(): void {
    if (this.connection !== undefined || !this.powered) return;
    this.#life += 1;
    this.connection = freshConnection(this.#load(), this.now());
    this.#tellFacts();
  }

  /** SIGKILL: nothing is said to anybody. What ModemManager was asked for goes on. */
  kill(): void {
    this.connection = undefined;
    this.#activity.cancelled = true;
    this.#keeper.cancelled = true;
    this.#queue.length = 0;
  }

  /** Power off for `offMs`; the wall clock of the next boot is wrong by `jumpMs`. */
  reboot(offMs: number, jumpMs: number): void {
    if (!this.powered) return;
    this.powered = false;
    this.kill();
    this.modem.mmStops();
    this.modem.unplug();
    this.time.after(offMs, () => {
      this.powered = true;
      this.wallOffsetMs += jumpMs;
      this.boot += 1;
      this.#bootedAtMs = this.time.nowMs;
      this.modem.plug();
      this.time.after(8_000, () => this.modem.mmStarts());
      this.time.after(6_000, () => this.start());
    });
  }

  /** SIGHUP. */
  reload(changes: Partial<Policy>, relevant: 'nothing' | 'link' | 'session'): void {
    this.policy = { ...this.policy, ...changes };
    this.happened({ kind: 'reconfigured', relevant });
  }

  #load(): Memory {
    const at = this.now();
    if (this.#file === undefined) return emptyMemory(`boot-${this.boot}`, 'salt', at);
    const elapsedWall = at.wallMs - this.#file.wallMs;
    if (elapsedWall > this.time.nowMs - this.#file.realMs + 1) this.#era += 1;
    return rebase(Memory.parse(JSON.parse(this.#file.text)), `boot-${this.boot}`, at);
  }

  #save(memory: Memory): void {
    const { monotonicMs, wallMs } = this.now();
    const text = JSON.stringify({ ...memory, savedMonotonicMs: monotonicMs, savedWallMs: wallMs });
    this.#file = { text, realMs: this.time.nowMs, wallMs };
  }

  #heartbeat(): void {
    this.time.after(90_000, () => {
      if (this.modem.mm === 'hung') this.happened({ kind: 'modemManagerHung' });
      this.#heartbeat();
    });
  }

  /** ModemManager's signals: a snapshot, some milliseconds later. */
  #tellFacts(): void {
    if (this.modem.mm === 'hung') return;
    const life = this.#life;
    const facts = this.modem.facts();
    this.time.after(20, () => {
      if (life === this.#life && this.modem.mm !== 'hung') this.happened({ kind: 'factsChanged', facts });
    });
  }

  happened(what: Happening): void {
    this.#queue.push(what);
    if (this.#deciding) return;
    this.#deciding = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next);
    this.#deciding = false;
  }

  #step(what: Happening): void {
    const from = this.connection;
    if (from === undefined) return;
    const event = { ...what, at: this.now(), chance: this.#chance() } as ConnectionEvent;
    const to = decide(from, event, this.policy);
    this.watch.decided(from, to, event, this.policy, this.#stamp());
    this.connection = to;
    if (to.memory !== from.memory) this.#save(to.memory);
    if (to.link !== from.link) this.#keep(to.link);
    if (to.phase !== from.phase) this.#startPhase(to.phase);
  }

  #stamp(): Stamp {
    return { boot: this.boot, monotonicMs: this.now().monotonicMs, realMs: this.time.nowMs, era: this.#era };
  }

  #keep(link: Connection['link']): void {
    this.#keeper.cancelled = true;
    if (link === undefined) return;
    const keeper = { cancelled: false };
    this.#keeper = keeper;
    const tell = (ms: number, what: () => void) =>
      this.time.after(ms, () => {
        if (!keeper.cancelled) what();
      });
    const watch = (ms: number) =>
      tell(ms, () => {
        if (this.modem.passes(link.bearer.path)) {
          this.happened({ kind: 'linkProven', proof: { by: 'dns', roundTripMs: 20, at: this.now() } });
          if (!keeper.cancelled) watch(60_000);
        } else
          tell(9_000, () => {
            this.happened({ kind: 'linkDead', reason: 'nothing answers' });
            if (!keeper.cancelled) watch(10_000);
          });
      });
    tell(15, () => {
      this.happened({ kind: 'linkApplied' });
      if (!keeper.cancelled) watch(100);
    });
  }

  #startPhase(phase: Phase): void {
    this.#activity.cancelled = true;
    const activity = { cancelled: false };
    this.#activity = activity;
    const tell = (what: Happening) => {
      if (!activity.cancelled) this.happened(what);
    };
    const elapse = (ms: number) => this.time.after(ms, () => tell({ kind: 'phaseTimedOut' }));
    const answered = (what: Happening) => (answer: Answer) =>
      tell(answer.ok ? what : { kind: 'failed', failure: failureOf(answer.failure) });
    switch (phase.kind) {
      case 'absent':
      case 'riding':
        if (phase.kind === 'riding' || phase.missing === 'modemmanager') this.#callFor(activity);
        elapse(PHASE_DEADLINES_MS[phase.kind]);
        return;
      case 'settling':
      case 'registering':
      case 'configuring':
        elapse(PHASE_DEADLINES_MS[phase.kind]);
        return;
      case 'blocked':
        if (phase.untilMs !== undefined) elapse(phase.untilMs - this.now().monotonicMs);
        return;
      case 'unlocking':
        this.#sendPin(phase, answered({ kind: 'unlocked' }));
        return;
      case 'enabling':
        this.modem.enable(answered({ kind: 'enabled' }));
        return;
      case 'waiting':
        elapse(phase.untilMs - this.now().monotonicMs);
        return;
      case 'connecting':
        this.#connect(phase, tell);
        return;
      case 'online':
      case 'roaming-forbidden':
      case 'stopping':
        return;
      case 'recovering':
        this.#climb(phase.rung, answered({ kind: 'climbed' }));
    }
  }

  /** The activity asks the bus to start ModemManager every ten seconds, for as long as it lasts. */
  #callFor(activity: Cancellable, leftMs = 120_000): void {
    if (leftMs <= 0) return;
    this.time.after(10_000, () => {
      if (activity.cancelled) return;
      this.modem.mmStarts();
      if (this.modem.mm === 'down') this.#callFor(activity, leftMs - 10_000);
    });
  }

  #sendPin(phase: Extract<Phase, { kind: 'unlocking' }>, reply: (answer: Answer) => void): void {
    const pin = this.policy.pin?.reveal();
    if (pin === undefined || phase.modem.sim === undefined) return;
    this.modem.sendPin(phase.modem.sim.path, pin, reply);
  }

  #connect(phase: Extract<Phase, { kind: 'connecting' }>, tell: (what: Happening) => void): void {
    this.watch.attempted(this.#stamp(), this.policy.attemptsPerHour);
    if (this.modem.connectsInFlight > 0 && this.#connectOfLife === this.#life)
      this.watch.violations.push('two connects in flight');
    this.#connectOfLife = this.#life;
    const { apn } = phase.settings;
    this.modem.connect(apn, (answer) => {
      const { bearer } = this.modem;
      // It never left ModemManager.
      if (!answer.ok && answer.failure === 'busy') this.watch.attempts.pop();
      if (answer.ok && bearer !== undefined) tell({ kind: 'bearerConnected', bearer, apn });
      else tell({ kind: 'failed', failure: failureOf(answer.ok ? 'gone' : answer.failure) });
    });
  }

  #climb(rung: Rung, reply: (answer: Answer) => void): void {
    const { modem } = this;
    const perform: Readonly<Record<Rung, () => void>> = {
      reconnect: () => modem.disconnect(reply),
      'delete-bearers': () => modem.disconnect(reply),
      'cycle-radio': () => modem.cycleRadio(reply),
      'reset-modem': () => modem.reset(reply),
      'reauthorise-usb': () => modem.reauthorise(reply),
      'restart-modemmanager': () => modem.restartModemManager(reply),
      reboot: () => this.time.after(1_000, () => this.reboot(20_000, 0)),
    };
    perform[rung]();
  }
}

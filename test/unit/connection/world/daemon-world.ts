// The daemon over the simulated world: the real runner and the real decide(), in virtual time. It is
// killed, restarted from its file and rebooted with clocks that jump.
import { type Connection, freshConnection, type Link } from '../../../../src/connection/connection.ts';
import type { Phase } from '../../../../src/connection/phase/phase.ts';
import type { Policy } from '../../../../src/connection/policy.ts';
import type { FailureClass } from '../../../../src/modem/errors/failure.ts';
import { type Evidence, judgeReach } from '../../../../src/network/reachability/reach/judge-reach.ts';
import { type ActivityPorts, activitiesOf } from '../../../../src/runner/phases/activities.ts';
import { type Activities, type Happening, Runner } from '../../../../src/runner/runner.ts';
import { emptyMemory, Memory, type Rung } from '../../../../src/state/memory.ts';
import { rebase } from '../../../../src/state/rebase.ts';
import type { Clock, Moment } from '../../../../src/system/clock.ts';
import { silentLog } from '../../silent-log.ts';
import { failureOf, policy, WALL_MS } from '../builders.ts';
import { type Answer, ModemWorld } from './modem-calls.ts';
import { Timeline } from './timeline.ts';
import { type Stamp, Watch } from './watch.ts';

const OPEN: Evidence = {
  destinations: [],
  lie: undefined,
  isAlive: true,
  beyond: { outcome: 'connected', by: 'tcp', tookMs: 20 },
};
const SHUT: Evidence = { ...OPEN, beyond: { outcome: 'silent' } };

/** A call to ModemManager that came to nothing. */
class Refused extends Error {
  constructor(readonly failure: FailureClass) {
    super(failure);
  }
}

/** A call as the daemon sees it: it ends with the answer, or with the signal. @throws Refused */
function answered(signal: AbortSignal, call: (reply: (answer: Answer) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    call((answer) => {
      signal.removeEventListener('abort', abort);
      return answer.ok ? resolve() : reject(new Refused(answer.failure));
    });
  });
}

export class DaemonWorld {
  readonly time = new Timeline();
  readonly modem: ModemWorld;
  readonly watch = new Watch();
  policy: Policy = policy({ attemptsPerHour: 12 });
  #runner: Runner | undefined;
  boot = 1;
  powered = true;
  /** The carrier answers, and nothing beyond it does. */
  garden = false;
  /** The data plan of whatever SIM is used up. */
  #isUsedUp = false;
  #bootedAtMs = 0;
  /** The wall clock jumps with it. */
  wallOffsetMs = WALL_MS;
  #era = 1;
  #file: { readonly text: string; readonly realMs: number; readonly wallMs: number } | undefined;
  #life = 0;
  #connectOfLife = -1;
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
    if (this.#runner !== undefined || !this.powered) return;
    this.#life += 1;
    this.#runner = this.#newRunner();
    this.#judgePlan();
    this.#tellFacts();
  }

  /** SIGKILL: nothing is said to anybody. What ModemManager was asked for goes on. */
  kill(): void {
    void this.#runner?.close();
    this.#runner = undefined;
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

  /** The data plan is used up, or there is data again. */
  usePlanUp(isUsedUp: boolean): void {
    this.#isUsedUp = isUsedUp;
    this.#judgePlan();
  }

  #judgePlan(): void {
    const sim = this.connection?.memory.sim ?? '';
    const usedUp = this.#isUsedUp ? { sim, reason: 'data plan used up', remedy: '' } : undefined;
    this.happened({ kind: 'planJudged', usedUp });
  }

  /** SIGHUP. */
  reload(changes: Partial<Policy>, relevant: 'nothing' | 'link' | 'session', leavesModem = false): void {
    this.policy = { ...this.policy, ...changes };
    if (this.#runner !== undefined) this.#runner.policy = this.policy;
    this.happened({ kind: 'reconfigured', relevant, leavesModem });
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
    this.#runner?.happened(what);
  }

  get connection(): Connection | undefined {
    return this.#runner?.connection;
  }

  #newRunner(): Runner {
    const clock: Clock = { now: () => this.now(), sleep: (ms, signal) => this.time.sleep(ms, signal) };
    const runner = new Runner(freshConnection(this.#load(), this.now()), this.policy, {
      clock,
      chance: this.#chance,
      activities: this.#activities(clock),
      keepLink: (link, happened, signal) => this.#keepLink(link, happened, signal),
      failureOf: (error) => {
        if (!(error instanceof Refused)) throw error;
        return failureOf(error.failure);
      },
      onChange: (from, to, because) => {
        this.watch.decided(from, to, because, this.policy, this.#stamp());
        if (to.memory !== from.memory) this.#save(to.memory);
        if (to.memory.sim !== from.memory.sim) this.#judgePlan();
      },
    });
    runner.ended.catch((error: unknown) => this.watch.violations.push(`a fault of the program: ${String(error)}`));
    return runner;
  }

  #stamp(): Stamp {
    return { boot: this.boot, monotonicMs: this.now().monotonicMs, realMs: this.time.nowMs, era: this.#era };
  }

  /** A keeper that puts the link in place in 15 ms and probes it every minute. */
  async #keepLink(link: Link | undefined, happened: (what: Happening) => void, signal: AbortSignal): Promise<void> {
    const sleep = (ms: number) => this.time.sleep(ms, signal).catch(() => {});
    if (link === undefined) return;
    await sleep(15);
    happened({ kind: 'linkApplied' });
    for (let pauseMs = 100; !signal.aborted; ) {
      await sleep(pauseMs);
      if (this.modem.passes(link.bearer.path)) {
        happened({ kind: 'linkProven', proof: { by: 'dns', roundTripMs: 20, at: this.now() } });
        happened({ kind: 'reachJudged', judged: judgeReach('', this.garden ? SHUT : OPEN) });
        pauseMs = 60_000;
      } else {
        await sleep(9_000);
        happened({ kind: 'linkDead', reason: 'nothing answers' });
        pauseMs = 10_000;
      }
    }
  }

  /** The daemon's own, but for those that need more of ModemManager than this world has. */
  #activities(clock: Clock): Activities {
    const { modem } = this;
    const calls = {
      sendPin: (path: string, pin: string, signal: AbortSignal) =>
        answered(signal, (reply) => modem.sendPin(path, pin, reply)),
      enable: (_path: string, _on: boolean, signal: AbortSignal) => answered(signal, (reply) => modem.enable(reply)),
      simpleDisconnect: (_path: string, _bearer: undefined, signal: AbortSignal) =>
        answered(signal, (reply) => modem.disconnect(reply)),
      startService: async () => modem.mmStarts(),
    };
    const ports = { calls, clock, recorded: async () => {}, log: silentLog } as unknown as ActivityPorts;
    return {
      ...activitiesOf(ports),
      connecting: (phase, signal) => this.#connect(phase, signal),
      recovering: async ({ rung }, signal) => {
        await answered(signal, (reply) => this.#climb(rung, reply));
        return { kind: 'climbed' };
      },
    };
  }

  async #connect(phase: Extract<Phase, { kind: 'connecting' }>, signal: AbortSignal): Promise<Happening> {
    this.watch.attempted(this.#stamp(), this.policy.attemptsPerHour);
    if (this.#isUsedUp) this.watch.violations.push('a connect past a data plan that is used up');
    if (this.modem.connectsInFlight > 0 && this.#connectOfLife === this.#life)
      this.watch.violations.push('two connects in flight');
    this.#connectOfLife = this.#life;
    const { apn } = phase.settings;
    await answered(signal, (reply) =>
      this.modem.connect(apn, (answer) => {
        // It never left ModemManager.
        if (!answer.ok && answer.failure === 'busy') this.watch.attempts.pop();
        reply(answer);
      }),
    );
    const { bearer } = this.modem;
    if (bearer === undefined) throw new Refused('gone');
    return { kind: 'bearerConnected', bearer, apn };
  }

  #climb(rung: Rung, reply: (answer: Answer) => void): void {
    const { modem } = this;
    const perform: Readonly<Record<Rung, () => void>> = {
      'probe-modem': () => modem.probeAnew(reply),
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

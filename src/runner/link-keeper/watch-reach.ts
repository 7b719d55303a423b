// Asks how far traffic gets over a link that is alive: after each connect, then rarely, and when
// there is doubt. Within the day's budget of probing.

import type { Link, Reach } from '../../connection/connection.ts';
import type { readCounters } from '../../network/reachability/counters.ts';
import type { ProbeTarget } from '../../network/reachability/probe/attempt.ts';
import { type Destination, nameOf } from '../../network/reachability/reach/ask-destination.ts';
import type { checkReach } from '../../network/reachability/reach/check-reach.ts';
import { type Evidence, type Judged, judgeReach, restAfter } from '../../network/reachability/reach/judge-reach.ts';
import { type Clock, untilBeat } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';
import type { Logger } from '../../system/log.ts';
import type { Happening } from '../runner.ts';
import type { DailyBudget } from './daily-budget.ts';

export interface ReachSettings {
  readonly destinations: readonly Destination[];
  readonly targets: readonly ProbeTarget[];
  readonly dnsName: string;
  /** Whether a link may be asked while it is idle. A destination is asked all the same. */
  readonly mayAskIdle: boolean;
}

export interface WatchReachPorts {
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: () => ReachSettings;
  readonly counters: typeof readCounters;
  readonly budget: DailyBudget;
  /** Whether nothing may be asked, since the data plan is used up. */
  readonly isQuiet: () => boolean;
  /** Asks once. */
  readonly check: typeof checkReach;
  /** The last verdict, and when the session at hand began; undefined where there is none. */
  readonly known: () => { readonly reach: Reach | undefined; readonly sessionMs: number | undefined };
}

/** Whether a check is due is looked at this often. */
const LOOK_MS = 5_000;

/**
 * `doubt`: the carrier answers, and what this host sends to others gets no answer, or the carrier's
 * name server lies. `hope`: much comes in.
 */
export type Hint = 'doubt' | 'hope';

/** The verdict that a hint is against. */
const AGAINST = { doubt: 'through', hope: 'not-through' } as const satisfies Record<Hint, Judged['verdict']>;

/**
 * No check follows another of the same session sooner. A hint waits twice as long with each check
 * that has refuted it, since some programs send what nobody answers.
 */
const LEAST_REST_MS = 15_000;
const LONGEST_HINT_REST_MS = 3_600_000;

/** What comes in so soon after a check may be its own answers, and is no hint. */
const ECHO_MS = 10_000;

/** What is seen by not asking. */
const UNASKED: Evidence = { destinations: [], lie: undefined, isAlive: false, beyond: { outcome: 'not-asked' } };

/** One that told nothing, as on a link that died meanwhile, is not made again before this. */
const UNTOLD_REST_MS = 60_000;

/** Checks that must agree before traffic is said not to get through, and the time between them. */
const ROUNDS = 3;
const ROUND_REST_MS = 3_000;

/** A check without a destination: DNS, TCP and ping, each asked once (prober.ts). */
const CHECK_BYTES = 600;

export class ReachWatch {
  readonly #ports: WatchReachPorts;
  /** When the last check was over, and of which session it was. */
  #last: { readonly atMs: number; readonly sessionMs: number | undefined } | undefined;
  readonly #hintedMs: Record<Hint, number> = { doubt: Number.NEGATIVE_INFINITY, hope: Number.NEGATIVE_INFINITY };
  #hintRestMs = LEAST_REST_MS;
  #isAsking = false;

  constructor(ports: WatchReachPorts) {
    this.#ports = ports;
  }

  /** Something was seen that may have changed the verdict: it is asked soon. */
  hint(what: Hint): void {
    const now = this.#ports.clock.now().monotonicMs;
    if (!this.#isAsking && now - (this.#last?.atMs ?? Number.NEGATIVE_INFINITY) >= ECHO_MS) this.#hintedMs[what] = now;
  }

  /** Asks whenever it is due, until `signal` aborts. Rejects only with the signal's reason. */
  async watch(link: Link, emit: (what: Happening) => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    while (!signal.aborted) {
      if (this.#isDue(link)) {
        const wasHinted = this.#isHinted && this.#ports.known().reach?.verdict;
        this.#isAsking = true;
        const judged = await this.#judge(link, signal).finally(() => {
          this.#isAsking = false;
        });
        const rest = wasHinted === judged.verdict ? 2 * this.#hintRestMs : LEAST_REST_MS;
        this.#hintRestMs = Math.min(rest, LONGEST_HINT_REST_MS);
        this.#last = { atMs: clock.now().monotonicMs, sessionMs: this.#ports.known().sessionMs };
        emit({ kind: 'reachJudged', judged });
      }
      await clock.sleep(untilBeat(clock.now(), LOOK_MS), signal).catch(() => {}); // aborted: the loop ends
    }
  }

  get #destination(): string {
    return this.#ports.settings().destinations.map(nameOf).join(', ');
  }

  /** Whether there was a hint against the last verdict since. */
  get #isHinted(): boolean {
    const { reach } = this.#ports.known();
    const hints: readonly Hint[] = ['doubt', 'hope'];
    return hints.some((hint) => AGAINST[hint] === reach?.verdict && this.#hintedMs[hint] > reach.at.monotonicMs);
  }

  #isDue({ apn }: Link): boolean {
    const { clock, known } = this.#ports;
    const { reach, sessionMs } = known();
    const now = clock.now().monotonicMs;
    if (sessionMs === undefined) return false;
    const isOfNow = reach?.session === sessionMs && reach.destination === this.#destination && reach.apn === apn;
    const restedMs = this.#last?.sessionMs === sessionMs ? now - this.#last.atMs : Number.POSITIVE_INFINITY;
    if (!isOfNow) return restedMs >= (reach?.session === sessionMs ? LEAST_REST_MS : UNTOLD_REST_MS);
    if (this.#isHinted && restedMs >= this.#hintRestMs) return true;
    const { destinations, mayAskIdle } = this.#ports.settings();
    if (reach.verdict === 'through' && destinations.length === 0 && !mayAskIdle) return false;
    return now - reach.at.monotonicMs >= restAfter(reach.verdict, reach.destination, reach.checks);
  }

  /** One bad answer may be bad luck; what was not through before needs no second to stay so. */
  async #judge(link: Link, signal: AbortSignal): Promise<Judged> {
    const { budget, clock, log, known } = this.#ports;
    const most = known().reach?.verdict === 'not-through' ? 1 : ROUNDS;
    for (let round = 1; ; round += 1) {
      const judged = await this.#ask(link, signal);
      const { verdict, reason } = judged;
      if (verdict !== 'not-through' || round >= most || !budget.admits(CHECK_BYTES)) return judged;
      log.debug({ round, of: most, reason }, 'traffic does not get through');
      await clock.sleep(ROUND_REST_MS, signal);
    }
  }

  async #ask(link: Link, signal: AbortSignal): Promise<Judged> {
    const { budget, check, clock, commands, counters, isQuiet, settings } = this.#ports;
    const { destinations, targets, dnsName } = settings();
    const destination = destinations.map(nameOf).join(', ');
    if (isQuiet() || !budget.admits(CHECK_BYTES)) return judgeReach(destination, UNASKED);
    const { interface: name, addresses } = link.wanted;
    const { evidence, bytes } = await check({
      commands,
      clock,
      interface: name,
      addresses,
      dnsServers: link.carrierDns.length > 0 ? link.carrierDns : link.dns,
      destinations,
      targets,
      dnsName,
      counters: () => counters(name),
      admits: (more) => budget.admits(more),
      signal,
    });
    budget.spend(bytes);
    return judgeReach(destination, evidence);
  }
}

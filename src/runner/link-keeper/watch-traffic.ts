// Proves that traffic passes over the link, and notices when it stops and when it comes back:
// counters first, probes only when they tell too little.

import { type Found, found } from '../../codes/codes.ts';
import type { Link, Proof } from '../../connection/connection.ts';
import type { readCounters } from '../../network/reachability/counters.ts';
import { neverArrived, wasDropped } from '../../network/reachability/probe/judge.ts';
import {
  followTraffic,
  LEAST_SENDINGS,
  READING_MS,
  SUSPICIOUS_AFTER_MS,
  type Traffic,
} from '../../network/reachability/traffic.ts';
import { type Clock, untilBeat } from '../../system/clock.ts';
import type { Logger } from '../../system/log.ts';
import type { Happening } from '../runner.ts';
import type { Prober } from './prober.ts';
import type { Hint } from './watch-reach.ts';

export interface WatchTrafficPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: typeof readCounters;
  readonly prober: Pick<Prober, 'round' | 'mayProbeIdle' | 'hasAnswered'>;
  /** Idle time before a probe is sent; 0: an idle link is never probed. */
  readonly idleMs: () => number;
  /** Whether nothing may be asked, since the data plan is used up: only what comes in tells. */
  readonly isQuiet: () => boolean;
  /** Told what may have changed how far traffic gets (watch-reach.ts). */
  readonly hint: (what: Hint) => void;
  /** Told what keeps probes from telling anything, for as long as it does. */
  readonly obstacles: (found: readonly Found[]) => void;
}

/**
 * Rounds that must fail before a link is called dead. A silent round takes 3 s, so that with this
 * between them they begin 4 s apart; with 10 s of silence before, a link that died under traffic is
 * called dead within 25 s.
 */
const ROUNDS = 3;
const ROUND_INTERVAL_MS = 1_000;

/** Name servers, which walled gardens leave open, do not say as much between two readings. */
const MUCH_BYTES = 1_500;

/** Received bytes prove a link over and over; once a minute is enough to know. */
const PROOF_INTERVAL_MS = 60_000;

/**
 * Where an idle link is never probed, a link on which something stays unanswered is still asked
 * this often.
 */
const LONGEST_REST_MS = 15 * 60_000;

/**
 * Watches until `signal` aborts. A link that is dead is told once, and watched on: it may come back
 * by itself.
 */
export async function watchTraffic(
  ports: WatchTrafficPorts,
  link: Link,
  emit: (what: Happening) => void,
  signal: AbortSignal,
): Promise<void> {
  await new TrafficWatch(ports, link, emit, signal).run();
}

type Rounds =
  | { readonly verdict: 'alive'; readonly proof: Proof; readonly obstacle: Found | undefined }
  | { readonly verdict: 'silent'; readonly reason: string }
  | { readonly verdict: 'unclear'; readonly isDeaf: boolean };

class TrafficWatch {
  readonly #ports: WatchTrafficPorts;
  readonly #link: Link;
  readonly #emit: (what: Happening) => void;
  readonly #signal: AbortSignal;
  #traffic: Traffic | undefined;
  #lastProofMs = Number.NEGATIVE_INFINITY;
  #lastRoundMs: number | undefined;
  #isDead = false;
  /** The last round has shown that this host takes nothing of what comes in. */
  #isDeaf = false;
  /** Since the last reading it took nothing; the next round tells whether that is so. */
  #seemsDeaf = false;
  /**
   * How long something must stay unanswered before it is probed. Doubles with each probe that shows
   * no fault, since some programs send what nobody answers; bytes that come in by themselves reset
   * it.
   */
  #patienceMs = SUSPICIOUS_AFTER_MS;

  constructor(ports: WatchTrafficPorts, link: Link, emit: (what: Happening) => void, signal: AbortSignal) {
    this.#ports = ports;
    this.#link = link;
    this.#emit = emit;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { clock } = this.#ports;
    while (!this.#signal.aborted) {
      await this.#look();
      await clock.sleep(this.#restMs(), this.#signal).catch(() => {}); // aborted: the loop ends
    }
  }

  /** While nothing waits for an answer, the link is looked at when others wake up too. */
  #restMs(): number {
    const isWaiting = this.#isDead || this.#traffic?.isWaiting === true;
    return isWaiting ? READING_MS.waiting : untilBeat(this.#ports.clock.now(), READING_MS.quiet);
  }

  async #look(): Promise<void> {
    const { clock, counters } = this.#ports;
    const reading = await counters(this.#link.wanted.interface);
    const { monotonicMs: now } = clock.now();
    const previous = this.#traffic?.counters;
    const traffic = followTraffic(this.#traffic, reading, now, this.#patienceMs);
    this.#traffic = traffic;
    if (previous !== undefined && (reading?.rxBytes ?? 0) - previous.rxBytes >= MUCH_BYTES) this.#ports.hint('hope');
    const moved = { before: previous, after: reading };
    this.#seemsDeaf = wasDropped(moved) || neverArrived(moved);
    const isQuiet = this.#ports.isQuiet();
    // Of a modem that answers ARP itself a probe would tell more, where one may be sent.
    if (traffic.verdict === 'alive' && (reading?.hasArp === false || isQuiet) && !this.#isDeaf) {
      this.#patienceMs = SUSPICIOUS_AFTER_MS;
      // Where no probe can work, received bytes are the first proof too; but only after a round has
      // shown that, or none is made.
      const isDue = this.#isDead || now - this.#lastProofMs >= PROOF_INTERVAL_MS;
      if (isDue && (this.#lastRoundMs !== undefined || isQuiet))
        this.#prove({ by: 'received traffic', roundTripMs: undefined, at: clock.now() });
    }
    if (this.#isRoundDue(traffic, now)) await this.#probe(traffic, now);
  }

  /**
   * A round is due at once on a new link, on suspicion, and after a time without proof or traffic.
   */
  #isRoundDue({ verdict, idleMs, counters }: Traffic, now: number): boolean {
    if (this.#ports.isQuiet()) return false;
    if (this.#lastRoundMs === undefined) return true;
    const restedMs = now - this.#lastRoundMs;
    if (this.#isDead || this.#isDeaf) return restedMs >= this.#patienceMs;
    if (verdict === 'suspicious') return true;
    const interval = this.#ports.idleMs();
    if (this.#seemsDeaf && restedMs >= (interval || LONGEST_REST_MS)) return true;
    if (interval === 0 || restedMs < interval || !this.#ports.prober.mayProbeIdle) return false;
    // What the modem itself sends keeps such a link from looking idle.
    return counters?.hasArp === true ? now - this.#lastProofMs >= interval : verdict === 'idle' && idleMs >= interval;
  }

  async #probe(traffic: Traffic, now: number): Promise<void> {
    const { clock } = this.#ports;
    const result = await this.#rounds(this.#isDead ? 1 : ROUNDS);
    if (this.#signal.aborted) return;
    // The carrier answers, and what this host sends gets no answer.
    if (result.verdict === 'alive' && traffic.sendings >= LEAST_SENDINGS) this.#ports.hint('doubt');
    this.#lastRoundMs = clock.now().monotonicMs;
    // Late answers to our own questions are not counted as traffic.
    this.#traffic = undefined;
    this.#isDeaf = result.verdict === 'unclear' && result.isDeaf;
    if (traffic.verdict === 'suspicious' || this.#isDead || this.#isDeaf) this.#wait();
    if (result.verdict === 'alive') this.#prove(result.proof, result.obstacle);
    else if (result.verdict === 'silent' && !this.#isDead) {
      this.#isDead = true;
      this.#patienceMs = SUSPICIOUS_AFTER_MS;
      const silentMs = this.#lastRoundMs - (traffic.unansweredSinceMs ?? now);
      this.#emit({ kind: 'linkDead', reason: result.reason, silentMs });
    }
  }

  #wait(): void {
    const longest = this.#ports.idleMs() || LONGEST_REST_MS;
    this.#patienceMs = Math.min(this.#patienceMs * 2, Math.max(longest, SUSPICIOUS_AFTER_MS));
  }

  #prove(proof: Proof, obstacle?: Found): void {
    if (this.#isDead) this.#patienceMs = SUSPICIOUS_AFTER_MS;
    this.#isDead = false;
    this.#lastProofMs = proof.at.monotonicMs;
    this.#ports.obstacles(obstacle === undefined ? [] : [obstacle]);
    this.#emit({ kind: 'linkProven', proof });
  }

  /** Up to `most` rounds: until one proves the link, or shows that nothing can be said. */
  async #rounds(most: number): Promise<Rounds> {
    const { clock, log, obstacles, prober } = this.#ports;
    let guesses = 0;
    for (let round = 1; ; round += 1) {
      const result = await prober.round(this.#link, this.#signal);
      if (result.verdict === 'alive' && result.lie !== undefined) this.#ports.hint('doubt');
      if (result.verdict === 'alive')
        return {
          verdict: 'alive',
          proof: { by: result.by, roundTripMs: result.roundTripMs, at: clock.now() },
          obstacle: result.obstacle,
        };
      const tried = result.tried.map(({ by }) => by).join(', ');
      const isLast = round >= most || this.#signal.aborted;
      const isGuess = result.verdict === 'unclear' && result.isGuess === true;
      if (isGuess) guesses += 1;
      // A counter was read at an unlucky moment, or the link has just died: later rounds tell.
      if (isLast && guesses > 0 && guesses < round) return { verdict: 'unclear', isDeaf: false };
      if (result.verdict === 'unclear' && (isLast || !isGuess)) {
        obstacles(result.obstacle === undefined ? [] : [result.obstacle]);
        return { verdict: 'unclear', isDeaf: result.isDeaf === true };
      }
      if (result.verdict === 'silent') {
        obstacles(prober.hasAnswered(this.#link) ? [] : [found('probe-unanswered', { apn: this.#link.apn })]);
        if (isLast) return { verdict: 'silent', reason: `nothing answers: ${tried}` };
      }
      log.debug({ round, of: most, tried }, 'no answer');
      await clock.sleep(ROUND_INTERVAL_MS, this.#signal).catch(() => {}); // aborted: the next round rejects
    }
  }
}

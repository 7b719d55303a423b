// Proves that traffic passes over the link, and notices when it stops: counters first, probes only when they tell too little.

import type { Link, Proof } from '../../connection/connection.ts';
import { readCounters } from '../../network/reachability/counters.ts';
import type { ProbeResult } from '../../network/reachability/probe/probe.ts';
import { followTraffic, type Traffic } from '../../network/reachability/traffic.ts';
import type { Clock } from '../../system/clock.ts';
import type { Logger } from '../../system/log.ts';
import type { Happening } from '../runner.ts';
import type { Prober } from './prober.ts';

export interface WatchTrafficPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly prober: Pick<Prober, 'round' | 'mayProbeIdle'>;
  /** Idle time before a probe is sent; 0: an idle link is never probed. */
  readonly idleMs: () => number;
}

/** Counters are read this often: two file reads, and a third of the 10 s of silence that make a link suspicious. */
const COUNTERS_INTERVAL_MS = 2_000;

/**
 * Rounds that must fail before a link is called dead (DESIGN.md §3, "Zombie link"). A silent round takes 3.5 s, so that with this between them they
 * begin 4.5 s apart; with 10 s of silence before, a link that died under traffic is called dead within 25 s.
 */
const ROUNDS = 3;
const ROUND_INTERVAL_MS = 1_000;

/** Received bytes prove a link over and over; once a minute is enough to know. */
const PROOF_INTERVAL_MS = 60_000;

/** Watches until `signal` aborts, or the link is dead, which is told once. */
export async function watchTraffic(
  ports: WatchTrafficPorts,
  link: Link,
  happened: (what: Happening) => void,
  signal: AbortSignal,
): Promise<void> {
  let traffic: Traffic | undefined;
  let lastProofMs = Number.NEGATIVE_INFINITY;
  let lastRoundMs = Number.NEGATIVE_INFINITY;
  const prove = (proof: Proof) => {
    lastProofMs = proof.at.monotonicMs;
    happened({ kind: 'linkProven', proof });
  };
  while (!signal.aborted) {
    const counters = await readCounters(link.wanted.interface);
    const { monotonicMs: now } = ports.clock.now();
    traffic = followTraffic(traffic, counters, now);
    // Where no probe can work, received bytes are the first proof too; but only after a round has shown that.
    const probed = lastRoundMs > Number.NEGATIVE_INFINITY;
    if (traffic.verdict === 'alive' && probed && now - lastProofMs >= PROOF_INTERVAL_MS) {
      prove({ by: 'received traffic', roundTripMs: undefined, at: ports.clock.now() });
    }
    if (roundIsDue(ports, traffic, lastRoundMs, now)) {
      const outcome = await rounds(ports, link, signal);
      lastRoundMs = ports.clock.now().monotonicMs;
      if (typeof outcome === 'string') {
        const silentMs = lastRoundMs - (traffic.unansweredSinceMs ?? now);
        happened({ kind: 'linkDead', reason: outcome, silentMs });
        return;
      }
      if (outcome !== undefined) prove(outcome);
      traffic = undefined;
    }
    await ports.clock.sleep(COUNTERS_INTERVAL_MS, signal).catch(() => {});
  }
}

/** A round is due at once on a new link, then on suspicion, and after a time of silence in both directions. */
function roundIsDue(ports: WatchTrafficPorts, traffic: Traffic, lastRoundMs: number, now: number): boolean {
  if (lastRoundMs === Number.NEGATIVE_INFINITY || traffic.verdict === 'suspicious') return true;
  const idleMs = ports.idleMs();
  const isIdle = traffic.verdict === 'idle' && idleMs > 0 && traffic.idleMs >= idleMs && now - lastRoundMs >= idleMs;
  return isIdle && ports.prober.mayProbeIdle;
}

/** Up to ROUNDS rounds: a proof, the reason to call the link dead, or undefined where nothing could be said. */
async function rounds(ports: WatchTrafficPorts, link: Link, signal: AbortSignal): Promise<Proof | string | undefined> {
  let last: ProbeResult | undefined;
  for (let round = 1; round <= ROUNDS && !signal.aborted; round += 1) {
    last = await ports.prober.round(link, signal);
    if (last.alive) return { by: last.by, roundTripMs: last.roundTripMs, at: ports.clock.now() };
    if (!last.decisive) return undefined;
    ports.log.debug({ round, of: ROUNDS, tried: last.tried.map((attempt) => attempt.by).join(', ') }, 'no answer');
    if (round < ROUNDS) await ports.clock.sleep(ROUND_INTERVAL_MS, signal).catch(() => {});
  }
  if (signal.aborted || last === undefined || last.alive) return undefined;
  return `nothing answers: ${last.tried.map((attempt) => attempt.by).join(', ')}`;
}

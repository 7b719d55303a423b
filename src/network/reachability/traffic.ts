// What successive readings of the counters say about a link: is it alive, suspicious or idle? Pure;
// costs no traffic.
import type { Counters } from './counters.ts';

/**
 * `alive`: bytes came in since the last reading. `suspicious`: this host goes on sending and
 * nothing comes back. `idle`: neither.
 */
export type Verdict = 'alive' | 'suspicious' | 'idle';

export interface Traffic {
  readonly verdict: Verdict;
  readonly counters: Counters | undefined;
  /** When these were read, ms on the monotonic clock. */
  readonly readMs: number;
  /** Since when nothing has come in, ms on the monotonic clock. */
  readonly silentSinceMs: number;
  /**
   * When this host first sent something that nothing has come in after; undefined when there is no
   * such thing.
   */
  readonly unansweredSinceMs: number | undefined;
  /** In how many readings this host had sent something since then. */
  readonly sendings: number;
  /**
   * Whether the next reading may show that something is amiss. A lone datagram that nobody answers
   * is none of that for long.
   */
  readonly isWaiting: boolean;
  /** How long nothing has come in. */
  readonly idleMs: number;
}

/** Sent growing and received still for this long is suspicious. */
export const SUSPICIOUS_AFTER_MS = 10_000;

/** The rest between two readings while something waits for an answer, and while nothing does. */
export const READING_MS = { waiting: 2_000, quiet: 5_000 } as const;

/**
 * One datagram alone (multicast, a log line) is often never answered; a host that tries again
 * misses something.
 */
export const LEAST_SENDINGS = 2;

/** An ARP answer on Ethernet, padded (60), and its frame check where a driver counts that. */
const SMALL_PACKET_BYTES = 64;

/**
 * Whether something came in between two readings that the link's far end may have sent. Where the
 * modem answers ARP itself, a growth by small packets is no sign of it.
 */
export function cameIn(before: Counters, after: Counters): boolean {
  const bytes = after.rxBytes - before.rxBytes;
  if (!after.hasArp) return bytes > 0;
  return bytes > SMALL_PACKET_BYTES * (after.rxPackets - before.rxPackets);
}

/**
 * The traffic after one more reading. `previous` undefined, a vanished interface and counters that
 * went back (another interface of the same name) start afresh: idle since now.
 */
export function followTraffic(
  previous: Traffic | undefined,
  counters: Counters | undefined,
  nowMs: number,
  suspiciousAfterMs = SUSPICIOUS_AFTER_MS,
): Traffic {
  const last = previous?.counters;
  const isNew =
    last === undefined || counters === undefined || counters.rxBytes < last.rxBytes || counters.txBytes < last.txBytes;
  if (previous === undefined || isNew) return fresh('idle', counters, nowMs);
  if (cameIn(last, counters)) return fresh('alive', counters, nowMs);
  const sent = counters.txBytes > last.txBytes;
  // After a long rest it may have been sent long ago: as late as a short rest would have told it.
  const sentMs = Math.min(nowMs, previous.readMs + READING_MS.waiting);
  const unansweredSinceMs = previous.unansweredSinceMs ?? (sent ? sentMs : undefined);
  const sendings = previous.sendings + (sent ? 1 : 0);
  const isQuiet = unansweredSinceMs !== undefined && nowMs - unansweredSinceMs >= suspiciousAfterMs;
  return {
    verdict: isQuiet && sendings >= LEAST_SENDINGS ? 'suspicious' : 'idle',
    counters,
    readMs: nowMs,
    silentSinceMs: previous.silentSinceMs,
    unansweredSinceMs,
    sendings,
    isWaiting: sent || sendings >= LEAST_SENDINGS,
    idleMs: nowMs - previous.silentSinceMs,
  };
}

function fresh(verdict: Verdict, counters: Counters | undefined, nowMs: number): Traffic {
  return {
    verdict,
    counters,
    readMs: nowMs,
    silentSinceMs: nowMs,
    unansweredSinceMs: undefined,
    sendings: 0,
    isWaiting: false,
    idleMs: 0,
  };
}

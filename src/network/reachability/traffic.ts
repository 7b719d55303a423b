// What successive readings of the counters say about a link: is it alive, suspicious or idle? Pure; costs no byte of traffic.
import type { Counters } from './counters.ts';

/** `alive`: bytes came in since the last reading. `suspicious`: this host goes on sending and nothing comes back. `idle`: neither. */
export type Verdict = 'alive' | 'suspicious' | 'idle';

export interface Traffic {
  readonly verdict: Verdict;
  readonly counters: Counters | undefined;
  /** Since when nothing has come in, ms on the monotonic clock. */
  readonly silentSinceMs: number;
  /** When this host first sent something that nothing has come in after; undefined when there is no such thing. */
  readonly unansweredSinceMs: number | undefined;
  /** In how many readings this host had sent something since then. */
  readonly sendings: number;
  /** How long nothing has come in. */
  readonly idleMs: number;
  /** How long what was sent has been without an answer; 0 when nothing was sent. */
  readonly quietMs: number;
}

/** Sent growing and received still for this long is suspicious (DESIGN.md §3, "Zombie link"). */
export const SUSPICIOUS_AFTER_MS = 10_000;

/** One datagram alone (multicast, a log line) is often never answered; only a host that tries again says that something is missing. */
const LEAST_SENDINGS = 2;

/**
 * The traffic after one more reading. `previous` undefined, a vanished interface and counters that went back (another interface of the
 * same name) start afresh: idle since now.
 */
export function followTraffic(previous: Traffic | undefined, counters: Counters | undefined, nowMs: number): Traffic {
  const last = previous?.counters;
  const isNew =
    last === undefined || counters === undefined || counters.rxBytes < last.rxBytes || counters.txBytes < last.txBytes;
  if (previous === undefined || isNew) return fresh('idle', counters, nowMs);
  if (counters.rxBytes > last.rxBytes) return fresh('alive', counters, nowMs);
  const sent = counters.txBytes > last.txBytes;
  const unansweredSinceMs = previous.unansweredSinceMs ?? (sent ? nowMs : undefined);
  const sendings = previous.sendings + (sent ? 1 : 0);
  const quietMs = unansweredSinceMs === undefined ? 0 : nowMs - unansweredSinceMs;
  const suspicious = sendings >= LEAST_SENDINGS && quietMs >= SUSPICIOUS_AFTER_MS;
  return {
    verdict: suspicious ? 'suspicious' : 'idle',
    counters,
    silentSinceMs: previous.silentSinceMs,
    unansweredSinceMs,
    sendings,
    idleMs: nowMs - previous.silentSinceMs,
    quietMs,
  };
}

function fresh(verdict: Verdict, counters: Counters | undefined, nowMs: number): Traffic {
  return { verdict, counters, silentSinceMs: nowMs, unansweredSinceMs: undefined, sendings: 0, idleMs: 0, quietMs: 0 };
}

// The peers' policies as what a board does next, modelled from their sources (numbers and files
// below).
import type { Outcome, Scenario } from './scenario.ts';

/** What a board does now: attach, sleep until a moment, or nothing more since it is online. */
export type Next =
  | { readonly kind: 'attach' }
  | { readonly kind: 'sleep'; readonly untilMs: number }
  | { readonly kind: 'online' };

/** A policy over the whole fleet. */
export interface FleetPolicy {
  readonly name: string;
  /** The bearer is lost, or the modem has registered after a boot. */
  begin(board: number, nowMs: number): Next;
  /** The attach that was asked for ended. */
  answered(board: number, outcome: Outcome, nowMs: number): Next;
  /** The sleep is over. */
  wake(board: number, nowMs: number): Next;
}

const ATTACH: Next = { kind: 'attach' };
const ONLINE: Next = { kind: 'online' };

/**
 * NetworkManager: src/core/nm-config-data.c (autoconnect-retries-default 4), src/core/nm-manager.c
 * (AUTOCONNECT_RESET_RETRIES_TIMER 300 s).
 */
const NM_TRIES = 4;
const NM_REST_MS = 300_000;

export function networkManager(boards: number): FleetPolicy {
  const tried = new Uint8Array(boards);
  return {
    name: 'NetworkManager',
    begin(board) {
      tried[board] = 0;
      return ATTACH;
    },
    answered(board, outcome, nowMs) {
      if (outcome === 'accepted') return ONLINE;
      const tries = (tried[board] ?? 0) + 1;
      tried[board] = tries % NM_TRIES;
      return tries < NM_TRIES ? ATTACH : { kind: 'sleep', untilMs: nowMs + NM_REST_MS };
    },
    wake: () => ATTACH,
  };
}

/**
 * systemd-networkd: src/network/networkd-wwan-bus.c, RECONNECT_TIMEOUT 30 s after whatever went
 * wrong; a modem that appears is connected at once.
 */
const NETWORKD_REST_MS = 30_000;

export function networkd(scenario: Scenario): FleetPolicy {
  const rest = (nowMs: number): Next => ({ kind: 'sleep', untilMs: nowMs + NETWORKD_REST_MS });
  return {
    name: 'systemd-networkd',
    begin: (_board, nowMs) => (scenario.begins === 'dropped' ? rest(nowMs) : ATTACH),
    answered: (_board, outcome, nowMs) => (outcome === 'accepted' ? ONLINE : rest(nowMs)),
    wake: () => ATTACH,
  };
}

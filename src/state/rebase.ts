// Carries what is remembered from one boot into the next: stamps are of the boot that made them.
// Pure.
import { type Incident, type Memory, STAMP_LIMIT_MS } from './memory.ts';

const mapValues = (record: Readonly<Record<string, number>>, change: (value: number) => number) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** The longest hold there is: the six hours' rest and its jitter. */
const LONGEST_HOLD_MS = 8 * 3_600_000;

/**
 * The memory without stamps that cannot be true: made after they were saved, or a hold beyond the
 * longest. However a file came by them, they would otherwise keep the board offline for as long as
 * they say.
 */
function plausible(memory: Memory): Memory {
  const past = (stamps: readonly number[]) =>
    stamps.map((stamp) => Math.min(stamp, memory.savedMonotonicMs)).sort((one, other) => one - other);
  const { holdUntil } = memory;
  return {
    ...memory,
    attempts: past(memory.attempts),
    climbs: Object.fromEntries(Object.entries(memory.climbs).map(([rung, stamps]) => [rung, past(stamps)])),
    ...(holdUntil !== undefined && { holdUntil: Math.min(holdUntil, memory.savedMonotonicMs + LONGEST_HOLD_MS) }),
    ...(memory.reachReconnectAt !== undefined && {
      reachReconnectAt: Math.min(memory.reachReconnectAt, memory.savedMonotonicMs),
    }),
    ...(memory.operatorHolds !== undefined && {
      operatorHolds: mapValues(memory.operatorHolds, (until) =>
        Math.min(until, memory.savedMonotonicMs + LONGEST_HOLD_MS),
      ),
    }),
  };
}

/**
 * Carries a memory that was read from its file into this boot by moving its stamps. Within one boot
 * they stay as they are, so the limits hold exactly, whatever the wall clock does. From another
 * boot, the time between is taken from the wall clock where that moved forward, and is at least
 * this boot's uptime; a clock that went back counts as no time at all beyond the uptime, so that
 * such a jump can only make us more patient, by the time the board was off. A clock that leapt
 * forward between the last save and this start is taken for time that passed: it may forget what
 * was counted before, once for each boot.
 */
export function rebase(saved: Memory, bootId: string, at: { monotonicMs: number; wallMs: number }): Memory {
  const memory = plausible(saved);
  if (memory.bootId === bootId && memory.savedMonotonicMs <= at.monotonicMs) return memory;
  const between = Math.max(at.monotonicMs, at.wallMs - memory.savedWallMs, 0);
  // A clock that leapt by half a century moves a stamp no further than the next load takes it from:
  // with its stamp a PIN in flight would be dropped.
  const move = (stamp: number) =>
    Math.max(-STAMP_LIMIT_MS, at.monotonicMs - between + (stamp - memory.savedMonotonicMs));
  const { holdUntil, holdReason, device: _, attachAsked: __, takenOver: ___, pinInFlight, incidents, ...rest } = memory;
  const climbs = Object.fromEntries(Object.entries(memory.climbs).map(([rung, stamps]) => [rung, stamps.map(move)]));
  const heldForMs = holdUntil === undefined ? 0 : holdUntil - memory.savedMonotonicMs - between;
  return {
    ...rest,
    bootId,
    savedMonotonicMs: at.monotonicMs,
    savedWallMs: at.wallMs,
    attempts: memory.attempts.map(move),
    climbs,
    incidents: incidents.map(({ beganMs, ...incident }) => incident),
    ...(pinInFlight !== undefined && { pinInFlight: { ...pinInFlight, sentAt: move(pinInFlight.sentAt) } }),
    ...(memory.reachReconnectAt !== undefined && { reachReconnectAt: move(memory.reachReconnectAt) }),
    ...(memory.operatorHolds !== undefined && { operatorHolds: mapValues(memory.operatorHolds, move) }),
    ...(heldForMs > 0 && { holdUntil: at.monotonicMs + heldForMs, holdReason }),
  };
}

/** When an incident began, by the wall clock as it goes now. */
export function incidentBeganWallMs({ beganMs, beganWallMs }: Incident, at: { monotonicMs: number; wallMs: number }) {
  return beganMs === undefined ? beganWallMs : Math.max(0, Math.round(at.wallMs - (at.monotonicMs - beganMs)));
}

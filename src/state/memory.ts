// What the daemon remembers across restarts and reboots, because neither ModemManager nor the kernel does. Types and pure conversions only;
// reading and writing it is store.ts.
import * as z from 'zod';

/** Rungs of the recovery ladder, mildest first (DESIGN.md, "Ladder"). */
export const rungs = [
  'reconnect',
  'delete-bearers',
  'cycle-radio',
  'reset-modem',
  'reauthorise-usb',
  'restart-modemmanager',
  'reboot',
] as const;
export type Rung = (typeof rungs)[number];

const Stamp = z.number();

/** One outage, from the loss of the link to its return. Times are wall-clock milliseconds, for people. */
const Incident = z.object({
  beganWallMs: z.number(),
  seconds: z.number(),
  cause: z.string(),
  endedBy: z.string(),
});
export type Incident = z.infer<typeof Incident>;

/**
 * The file's content. Stamps are milliseconds on CLOCK_MONOTONIC of the boot named by `bootId`, so that a wall clock that jumps by years
 * (boards have no battery clock) neither grants nor withholds attempts; `savedWallMs` is used once, to carry them into another boot.
 */
export const Memory = z.object({
  version: z.literal(1),
  bootId: z.string(),
  savedMonotonicMs: Stamp,
  savedWallMs: z.number(),
  /** When connects were sent to the carrier, within the last hour, oldest first. */
  attempts: z.array(Stamp).max(1000),
  /** Attempts that failed since the last session that lasted. */
  failures: z.number().int().min(0),
  /** No attempt before this stamp, after a refusal that repeating will not mend. */
  holdUntil: Stamp.optional(),
  /** Completed rounds of refusals by the carrier (APN, authentication): 15 min, 1 h, 6 h. */
  refusedRounds: z.number().int().min(0),
  /** When each rung was last climbed, within the last day, oldest first. */
  climbs: z.partialRecord(z.enum(rungs), z.array(Stamp).max(100)),
  /** Random, made once; goes into the hashes of refused PINs. */
  salt: z.string(),
  /** Salted hashes of ICCID and PIN that a SIM refused. */
  refusedPins: z.array(z.string()).max(100),
  lastGoodApn: z.string().optional(),
  /** The last outages, oldest first. */
  incidents: z.array(Incident).max(50),
});
export type Memory = Readonly<z.infer<typeof Memory>>;

/** An empty memory. `salt` is any unguessable text. */
export function emptyMemory(bootId: string, salt: string, at: { monotonicMs: number; wallMs: number }): Memory {
  return {
    version: 1,
    bootId,
    savedMonotonicMs: at.monotonicMs,
    savedWallMs: at.wallMs,
    attempts: [],
    failures: 0,
    refusedRounds: 0,
    climbs: {},
    salt,
    refusedPins: [],
    incidents: [],
  };
}

/**
 * Carries a memory written under another boot (or none) into this one by moving its stamps.
 * The time between is taken from the wall clock where that moved forward, and is at least this boot's uptime; a clock that went back
 * counts as no time at all beyond the uptime, so that a jump can only make us more patient by as long as the daemon has been up.
 */
export function rebase(memory: Memory, bootId: string, at: { monotonicMs: number; wallMs: number }): Memory {
  if (memory.bootId === bootId && memory.savedMonotonicMs <= at.monotonicMs) return memory;
  const between = Math.max(at.monotonicMs, at.wallMs - memory.savedWallMs, 0);
  const move = (stamp: number) => at.monotonicMs - between + Math.min(0, stamp - memory.savedMonotonicMs);
  const { holdUntil, ...rest } = memory;
  const climbs = Object.fromEntries(Object.entries(memory.climbs).map(([rung, stamps]) => [rung, stamps?.map(move)]));
  const heldForMs = holdUntil === undefined ? 0 : holdUntil - memory.savedMonotonicMs - between;
  return {
    ...rest,
    bootId,
    savedMonotonicMs: at.monotonicMs,
    savedWallMs: at.wallMs,
    attempts: memory.attempts.map(move),
    climbs,
    ...(heldForMs > 0 && { holdUntil: at.monotonicMs + heldForMs }),
  };
}

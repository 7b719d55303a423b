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
  attempts: z.array(Stamp).max(10_000),
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
  /** The PIN that is being sent, when, and how many tries the SIM had left before: its outcome can be told even when its answer is never heard. */
  pinInFlight: z.object({ fingerprint: z.string(), retries: z.number(), sentAt: Stamp }).optional(),
  /** Salted hash of the ICCID that `failures`, `holdUntil` and `refusedRounds` were earned with; they do not bind another SIM. */
  sim: z.string().optional(),
  lastGoodApn: z.string().optional(),
  /** How large a packet the path of this APN carries, where the link asked for `asked`; both bytes. */
  pathMtu: z.object({ apn: z.string(), asked: z.number(), mtu: z.number(), wallMs: z.number() }).optional(),
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

/** The longest hold there is: the six hours' rest and its jitter. */
const LONGEST_HOLD_MS = 8 * 3_600_000;

/**
 * The memory without stamps that cannot be true: made after they were saved, or a hold beyond the longest. However a file came by them,
 * they would otherwise keep the board offline for as long as they say.
 */
function plausible(memory: Memory): Memory {
  const past = (stamps: readonly number[]) =>
    stamps.map((stamp) => Math.min(stamp, memory.savedMonotonicMs)).sort((one, other) => one - other);
  const { holdUntil } = memory;
  return {
    ...memory,
    attempts: past(memory.attempts),
    climbs: Object.fromEntries(Object.entries(memory.climbs).map(([rung, stamps]) => [rung, past(stamps ?? [])])),
    ...(holdUntil !== undefined && { holdUntil: Math.min(holdUntil, memory.savedMonotonicMs + LONGEST_HOLD_MS) }),
  };
}

/**
 * Carries a memory that was read from its file into this boot by moving its stamps.
 * Within one boot they stay as they are, so the limits hold exactly, whatever the wall clock does.
 * From another boot, the time between is taken from the wall clock where that moved forward, and is at least this boot's uptime; a clock
 * that went back counts as no time at all beyond the uptime, so that such a jump can only make us more patient, by the time the board was
 * off. A clock that leapt forward between the last save and this start is taken for time that passed: it may forget what was counted
 * before, once for each boot.
 */
export function rebase(saved: Memory, bootId: string, at: { monotonicMs: number; wallMs: number }): Memory {
  const memory = plausible(saved);
  if (memory.bootId === bootId && memory.savedMonotonicMs <= at.monotonicMs) return memory;
  const between = Math.max(at.monotonicMs, at.wallMs - memory.savedWallMs, 0);
  const move = (stamp: number) => at.monotonicMs - between + (stamp - memory.savedMonotonicMs);
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

// What the daemon remembers across restarts and reboots, because neither ModemManager nor the
// kernel does. Types alone: rebase.ts carries it from boot to boot, store.ts reads and writes it.
import * as z from 'zod/mini';
import { TakenOver } from './taken-over.ts';

/**
 * Rungs of the recovery ladder, mildest first. The first stands before the ladder: no failed
 * attempt leads to it.
 */
export const rungs = [
  'probe-modem',
  'reconnect',
  'delete-bearers',
  'cycle-radio',
  'reset-modem',
  'reauthorise-usb',
  'restart-modemmanager',
  'reboot',
] as const;
export type Rung = (typeof rungs)[number];

/** Within thirty years of a boot: what is beyond cannot have been measured. */
export const STAMP_LIMIT_MS = 1e12;
const Stamp = z.number().check(z.gte(-STAMP_LIMIT_MS), z.lte(STAMP_LIMIT_MS));

/** Until the year 9999, so that it can be written as a date. */
const WallMs = z.number().check(z.gte(0), z.lte(253_402_300_799_999));

/** How a link was lost. */
const Loss = z.object({
  /** One word out of a few, for programs: connection/words/loss.ts. */
  cause: z.string(),
  /** As ModemManager had it before the loss. */
  signalPercent: z.optional(z.number().check(z.gte(0), z.lte(100))),
  /** dBm, where it was measured then. */
  rsrp: z.optional(z.number().check(z.gte(-200), z.lte(100))),
});
export type Loss = z.infer<typeof Loss>;

/** One outage, from the loss of the link, or a start without one, to its return. */
const Incident = z.object({
  /** Memories of before 0.2 have none. */
  loss: z.catch(z.optional(Loss), undefined),
  /**
   * For people, and as good as the wall clock was when the memory was saved last in the boot that
   * saw it.
   */
  beganWallMs: WallMs,
  /** The same as a stamp, while that boot lasts: right whatever the wall clock does. */
  beganMs: z.optional(Stamp),
  seconds: z.number().check(z.gte(0), z.lte(1e9)),
  reason: z.string(),
  endedBy: z.string(),
});
export type Incident = z.infer<typeof Incident>;

/** Why the network, or we, decided on a rest: a Failure in plain values. */
const HoldReason = z.object({
  class: z.string(),
  name: z.string(),
  text: z.string(),
  networkCause: z.optional(z.int()),
  reason: z.string(),
  remedy: z.string(),
});
export type HoldReason = z.infer<typeof HoldReason>;

/**
 * What is remembered. Stamps are milliseconds on CLOCK_MONOTONIC of the boot named by `bootId`, so
 * that a wall clock that jumps by years (boards have no battery clock) neither grants nor withholds
 * attempts; `savedWallMs` is used once, to carry them into another boot. A key that a version does
 * not know is kept for the version that does (store.ts).
 */
export const Memory = z.object({
  bootId: z.string(),
  savedMonotonicMs: Stamp,
  savedWallMs: WallMs,
  /** When connects were sent to the carrier, within the last hour, oldest first. */
  attempts: z.array(Stamp),
  /** Attempts that failed since the last session that lasted. */
  failures: z.int().check(z.gte(0), z.lte(1e9)),
  /** No attempt before this stamp, after a refusal that repeating will not mend. */
  holdUntil: z.optional(Stamp),
  /** The failure that `holdUntil` was earned with. */
  holdReason: z.optional(HoldReason),
  /** Completed rounds of refusals by the carrier (APN, authentication): 15 min, 1 h, 6 h. */
  refusedRounds: z.int().check(z.gte(0), z.lte(1e9)),
  /**
   * When each rung that has a cap was climbed, oldest first, for as long as the cap looks back
   * (schedule/ladder.ts) from its last climb; also rungs of other versions.
   */
  climbs: z.record(z.string(), z.array(Stamp)),
  /** Random, made once; goes into the hashes of refused PINs. */
  salt: z.string(),
  /** Salted hashes of ICCID and PIN that a SIM refused. */
  refusedPins: z.array(z.string()),
  /**
   * The PIN that is being sent, when, and how many tries the SIM had left before: its outcome can
   * be told even when its answer is never heard.
   */
  pinInFlight: z.optional(
    z.object({ fingerprint: z.string(), retries: z.number(), sentAt: Stamp, sim: z.optional(z.string()) }),
  ),
  /**
   * Salted hash of the ICCID that `failures`, `holdUntil` and `refusedRounds` were earned with;
   * they do not bind another SIM.
   */
  sim: z.optional(z.string()),
  /** Salted hash of the IMSI beside `sim`: a SIM may carry several subscriptions. */
  imsi: z.optional(z.string()),
  /**
   * Salted hash of the connect settings that they were earned with; they do not bind other
   * settings.
   */
  settings: z.optional(z.string()),
  /**
   * No attempt before the stamp in the network of this operator code, which refused the SIM for
   * itself alone.
   */
  operatorHolds: z.optional(z.record(z.string(), Stamp)),
  /**
   * Salted hash of the modem, what it attaches to LTE with, and what it was asked to attach with:
   * ModemManager may say that a modem has not taken what it has, so it is asked once in a boot.
   */
  attachAsked: z.optional(z.string()),
  /** How long the last connects took that succeeded, in milliseconds. */
  connectMs: z.optional(z.array(z.number().check(z.gte(0), z.lte(1e9)))),
  /** Salted hash of the IMEI (or else the device) of the modem that was online last. */
  modem: z.optional(z.string()),
  /**
   * sysfs path of the modem last seen in this boot: its USB port may have been left switched off.
   */
  device: z.optional(z.string()),
  /** Of the last session: name servers may have been left on it. */
  interface: z.optional(z.string().check(z.regex(/^\w[\w.-]{0,14}$/))),
  lastGoodApn: z.optional(z.string()),
  /**
   * The APN over which traffic passed last with each subscription, which is a salted hash of its
   * IMSI or ICCID; the newest last.
   */
  goodApns: z.optional(z.array(z.object({ subscription: z.string(), apn: z.string() }))),
  /**
   * APNs over which a probe was once answered: silence there is a fault, elsewhere it may be a
   * private network.
   */
  answeredApns: z.optional(z.array(z.string())),
  /**
   * What was once got through to over which APN ('' without a destination of the configuration):
   * where that ends it is a fault, elsewhere it may be a private network.
   */
  reached: z.optional(z.array(z.object({ apn: z.string(), destination: z.string() }))),
  /** When a session was last ended because nothing beyond the carrier answered over it. */
  reachReconnectAt: z.optional(Stamp),
  /**
   * How large a packet the path of this APN carries, where the link asked for `asked`; both bytes.
   */
  pathMtu: z.optional(
    z.object({
      apn: z.string(),
      asked: z.int().check(z.gte(576), z.lte(65_535)),
      mtu: z.int().check(z.gte(576), z.lte(65_535)),
      wallMs: WallMs,
    }),
  ),
  /** The uplinks that LTE goes before, at most one a family; they end with the boot. */
  takenOver: z.optional(z.array(TakenOver)),
  /** The last outages, oldest first. */
  incidents: z.array(Incident),
});
export type Memory = Readonly<z.infer<typeof Memory>>;

/** An empty memory. `salt` is any unguessable text. */
export function emptyMemory(bootId: string, salt: string, at: { monotonicMs: number; wallMs: number }): Memory {
  return {
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

// How long a phase may last before it is left, and what is rested for besides the schedule of
// attempts (schedule/attempts.ts), holds after a refusal (schedule/holds.ts) and a ModemManager
// that keeps ending (schedule/manager-ends.ts). In milliseconds, but for SIM_RESETS. Data.

/** How long each phase may last that would otherwise only end by what ModemManager says. */
export const PHASE_DEADLINES_MS = {
  /**
   * Without the modem or ModemManager for this long, also while a link is kept meanwhile
   * (`riding`), the ladder is climbed: EVE's number.
   */
  absent: 120_000,
  /** A transitional state may last two MBIM timeouts of 60 s (mm-bearer-mbim.c); 30 s margin. */
  settling: 150_000,
  /**
   * Registration is told by an event, and an event may be missed: one try is made all the same.
   * Like the others it begins anew with each phase object: also at a reload of connect, sim or
   * modem and after a restart of ModemManager, so that what keeps doing that keeps the try away.
   */
  registering: 15 * 60_000,
  /** Applying a link takes milliseconds; this is a hung `ip` twice over. */
  configuring: 30_000,
} as const;

/** A host that refuses the link is no reason for another session, but for one in this long. */
export const HOST_FAULT_REST_MS = 15 * 60_000;

/** A PIN without an answer is left alone this long: ModemManager gives the SIM up after less. */
export const UNLOCK_REST_MS = 60_000;

/** ModemManager does not look again at a modem that it calls failed; the ladder makes it look. */
export const FAILED_MODEM_REST_MS = 60_000;

/**
 * ModemManager calls a SIM missing that is slow, not activated or failing too, and never looks at
 * it again; some modems do not tell of one that is put in. It is made to look by probing the modem
 * anew, which takes it half a second, asks nothing of the modem and disturbs nobody: after this
 * long, then each time after twice as long, so that a SIM is found in less time than it was missed.
 */
const FIRST_SIM_LOOK_MS = 30_000;
const LONGEST_SIM_LOOK_MS = 60 * 60_000;

/** The rest before the look that follows `looks` in vain. */
export const simLookRest = (looks: number): number => Math.min(FIRST_SIM_LOOK_MS * 2 ** looks, LONGEST_SIM_LOOK_MS);

/**
 * Some modems see a SIM only after a restart: with this look, a quarter of an hour after the first,
 * and then about three times a day, the modem is reset instead, or its USB port cycled.
 */
export const SIM_RESETS = { first: 4, every: 8 } as const;

/**
 * A failure that is coverage although the modem calls itself registered: no attempt before this,
 * or the wait would be a loop.
 */
export const COVERAGE_FLOOR_MS = 10_000;

/** A connect may fail for the SIM by a glitch; no event comes then to end the wait. */
export const SIM_REST_MS = 15 * 60_000;

/**
 * For this long after a connect, ModemManager's signals may lag behind its answer. They take
 * milliseconds, and seconds under load.
 */
export const UNSEEN_BEARER_MS = 10_000;

// How long a phase may last before it is left, and how long a failure is rested for. All in
// milliseconds; each number says where it comes from. Data.

/** Without the modem or ModemManager for this long, the ladder is climbed: EVE's number. */
const ABSENCE_MS = 120_000;

/** How long each phase may last that would otherwise only end by what ModemManager says. */
export const PHASE_DEADLINES_MS = {
  absent: ABSENCE_MS,
  riding: ABSENCE_MS,
  /** A transitional state may last two MBIM timeouts of 60 s (mm-bearer-mbim.c); 30 s margin. */
  settling: 150_000,
  /** Registration is told by an event, and an event may be missed: one try is made all the same. */
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
 * it again. It is made to look after this long, sooner where a SIM was known; the last one repeats.
 */
export const SIM_LOOKS_MS = [5 * 60_000, 15 * 60_000, 60 * 60_000, 6 * 60 * 60_000] as const;
export const KNOWN_SIM_LOOK_MS = 90_000;

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

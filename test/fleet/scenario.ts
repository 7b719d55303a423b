// What happens to the fleet: when boards lose their bearers or boot, and how the carrier answers an
// attach. The same for every policy.

/** How an attach ends, told by the carrier's answer. */
export type Outcome = 'accepted' | 'refused' | 'silent' | 'congestion';

export interface Scenario {
  readonly name: string;
  readonly says: string;
  /** Boards are online and lose their bearers, or are without power and boot. */
  readonly begins: 'dropped' | 'booting';
  /** When the scenario can have everybody back at the earliest; times are counted from here. */
  readonly healthyFromMs: number;
  readonly untilMs: number;
  /** How many attaches a second are admitted once healthy. */
  readonly admittedPerSecond: number;
  /** The answer before. */
  readonly before: 'refused' | 'silent' | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const scenarios: readonly Scenario[] = [
  {
    name: 'a1',
    says: 'carrier outage of 30 minutes, attaches refused; then 500 a second admitted',
    begins: 'dropped',
    healthyFromMs: 30 * MINUTE_MS,
    untilMs: 6 * HOUR_MS,
    admittedPerSecond: 500,
    before: 'refused',
  },
  {
    name: 'a2',
    says: 'carrier outage of 30 minutes, attaches not answered; then 500 a second admitted',
    begins: 'dropped',
    healthyFromMs: 30 * MINUTE_MS,
    untilMs: 6 * HOUR_MS,
    admittedPerSecond: 500,
    before: 'silent',
  },
  {
    name: 'b',
    says: 'power cut, all boards boot at once; 500 attaches a second admitted',
    begins: 'booting',
    healthyFromMs: 0,
    untilMs: 6 * HOUR_MS,
    admittedPerSecond: 500,
    before: undefined,
  },
  {
    name: 'c',
    says: 'a cell that admits 50 attaches a second has dropped everybody',
    begins: 'dropped',
    healthyFromMs: 0,
    untilMs: 12 * HOUR_MS,
    admittedPerSecond: 50,
    before: undefined,
  },
];

/**
 * The network drops a fleet's bearers over this long: a message for each board, paced by its own
 * processing.
 */
const DROPS_MS = 2_000;

/**
 * Power to the modem known by ModemManager and registered: equal boards boot alike, and take their
 * time to find a cell.
 */
const BOOT_MS = { least: 35_000, spread: 15_000 } as const;

/**
 * An answer takes a round trip through the core; none is waited for as long as the modem does (TS
 * 24.301 §10.3: T3482, 8 s, five times).
 */
const ANSWER_MS = { least: 200, spread: 1_000 } as const;
const NO_ANSWER_MS = 40_000;

/**
 * When a board's turn in the scenario comes; bell-shaped over the whole, as sums of many small
 * delays are.
 */
export function beginsAtMs(scenario: Scenario, chance: () => number): number {
  const bell = (chance() + chance() + chance()) / 3;
  return scenario.begins === 'dropped' ? bell * DROPS_MS : BOOT_MS.least + bell * BOOT_MS.spread;
}

/** How long until the outcome is known. */
export function answerMs(outcome: Outcome, chance: number): number {
  return outcome === 'silent' ? NO_ANSWER_MS : ANSWER_MS.least + chance * ANSWER_MS.spread;
}

/**
 * Attempts are counted by tenths of a second, so that a peak does not depend on where a second
 * happens to begin.
 */
export const BINS_PER_SECOND = 10;

/** The carrier: counts attempts and admits as many as it can. */
export class Carrier {
  readonly bins: Uint32Array;
  total = 0;
  #second = -1;
  #admitted = 0;
  readonly #scenario: Scenario;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.bins = new Uint32Array((Math.ceil(scenario.untilMs / 1000) + 1) * BINS_PER_SECOND);
  }

  attach(nowMs: number): Outcome {
    const second = Math.floor(nowMs / 1000);
    const bin = Math.floor((nowMs * BINS_PER_SECOND) / 1000);
    this.bins[bin] = (this.bins[bin] ?? 0) + 1;
    this.total += 1;
    if (nowMs < this.#scenario.healthyFromMs && this.#scenario.before !== undefined) return this.#scenario.before;
    if (second !== this.#second) {
      this.#second = second;
      this.#admitted = 0;
    }
    if (this.#admitted >= this.#scenario.admittedPerSecond) return 'congestion';
    this.#admitted += 1;
    return 'accepted';
  }
}

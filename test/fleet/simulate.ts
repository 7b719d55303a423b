// One fleet under one policy through one scenario, event by event on a virtual clock.
import type { FleetPolicy, Next } from './policies.ts';
import { Queue, seeded } from './queue.ts';
import { answerMs, BINS_PER_SECOND, beginsAtMs, Carrier, type Outcome, type Scenario } from './scenario.ts';

export interface Run {
  readonly policy: string;
  readonly boards: number;
  /** By the second. */
  readonly attempts: Uint32Array;
  readonly totalAttempts: number;
  /** The most in any second, wherever it begins. */
  readonly peakPerSecond: number;
  /**
   * When each board was back, ascending, milliseconds since healthyFromMs; shorter than the fleet
   * where some are not.
   */
  readonly backMs: Float64Array;
  readonly events: number;
}

const OUTCOMES: readonly Outcome[] = ['accepted', 'refused', 'silent', 'congestion'];

/** What a board's entry in the queue is. */
const BEGIN = 0;
const WAKE = 1;
const ANSWER = 2;

export function simulate(policy: FleetPolicy, scenario: Scenario, boards: number, seed: number): Run {
  const chance = seeded(seed);
  const carrier = new Carrier(scenario);
  const queue = new Queue(boards);
  const waitsFor = new Uint8Array(boards);
  const backMs: number[] = [];
  let events = 0;
  const act = (board: number, next: Next, nowMs: number) => {
    if (next.kind === 'online') backMs.push(Math.max(0, nowMs - scenario.healthyFromMs));
    else if (next.kind === 'sleep') {
      waitsFor[board] = WAKE;
      queue.push(Math.max(nowMs, next.untilMs), board);
    } else {
      const outcome = carrier.attach(nowMs);
      waitsFor[board] = ANSWER + OUTCOMES.indexOf(outcome);
      queue.push(nowMs + answerMs(outcome, chance()), board);
    }
  };
  for (let board = 0; board < boards; board += 1) queue.push(beginsAtMs(scenario, chance), board);
  while (queue.size > 0 && queue.nextMs < scenario.untilMs) {
    const nowMs = queue.nextMs;
    const board = queue.pop();
    const waited = waitsFor[board] ?? BEGIN;
    events += 1;
    if (waited === BEGIN) act(board, policy.begin(board, nowMs), nowMs);
    else if (waited === WAKE) act(board, policy.wake(board, nowMs), nowMs);
    else act(board, policy.answered(board, OUTCOMES[waited - ANSWER] ?? 'silent', nowMs), nowMs);
  }
  return {
    policy: policy.name,
    boards,
    attempts: bySecond(carrier.bins),
    totalAttempts: carrier.total,
    peakPerSecond: peak(carrier.bins),
    backMs: Float64Array.from(backMs).sort(),
    events,
  };
}

/** Sums of tenths of a second, by the second. */
export function bySecond(bins: Uint32Array): Uint32Array {
  const seconds = new Uint32Array(bins.length / BINS_PER_SECOND);
  for (const [bin, count] of bins.entries()) {
    const second = Math.floor(bin / BINS_PER_SECOND);
    seconds[second] = (seconds[second] ?? 0) + count;
  }
  return seconds;
}

/** The most in any second of tenths of a second, wherever it begins. */
export function peak(bins: Uint32Array): number {
  let inWindow = 0;
  let most = 0;
  for (const [bin, count] of bins.entries()) {
    inWindow += count - (bins[bin - BINS_PER_SECOND] ?? 0);
    most = Math.max(most, inWindow);
  }
  return most;
}

/** When this share of the fleet was back, in seconds; undefined when that was not seen. */
export function backAfter(run: Run, share: number): number | undefined {
  const ms = run.backMs[Math.ceil(run.boards * share) - 1];
  return ms === undefined ? undefined : ms / 1000;
}

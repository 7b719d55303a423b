// The bytes that all probing together may cost in a day. It lives as long as the process.
import { admits, NOTHING_SPENT, type ProbeBudget, spend } from '../../network/reachability/probe/budget.ts';
import type { Clock } from '../../system/clock.ts';

export class DailyBudget {
  readonly #clock: Clock;
  readonly #dailyBytes: () => number;
  readonly #onSpent: (bytes: number) => void;
  #spent: ProbeBudget = NOTHING_SPENT;

  /** `dailyBytes`: what the configuration allows now. `onSpent`: told of each spending. */
  constructor(clock: Clock, dailyBytes: () => number, onSpent: (bytes: number) => void = () => {}) {
    this.#clock = clock;
    this.#dailyBytes = dailyBytes;
    this.#onSpent = onSpent;
  }

  /** Whether `bytes` more may be spent. */
  admits(bytes: number): boolean {
    return admits(this.#spent, this.#dailyBytes(), bytes, this.#clock.now().monotonicMs);
  }

  spend(bytes: number): void {
    this.#spent = spend(this.#spent, bytes, this.#clock.now().monotonicMs);
    this.#onSpent(bytes);
  }
}

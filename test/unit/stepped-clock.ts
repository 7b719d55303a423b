// A clock that stands until a test steps it, and the promises that depend on it.

import type { Clock, Moment } from '../../src/system/clock.ts';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Resolves when everything that is ready has run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class SteppedClock implements Clock {
  #ms: number;
  readonly #wallAheadMs: number;
  readonly #sleepers: Sleeper[] = [];

  /** Both clocks in milliseconds; the wall clock stays as far ahead as it is now. */
  constructor(monotonicMs = 0, wallMs = monotonicMs) {
    this.#ms = monotonicMs;
    this.#wallAheadMs = wallMs - monotonicMs;
  }

  now(): Moment {
    return { monotonicMs: this.#ms, wallMs: this.#ms + this.#wallAheadMs };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        reject(signal?.reason);
      };
      const sleeper = {
        atMs: this.#ms + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      const later = this.#sleepers.findIndex(({ atMs }) => atMs > sleeper.atMs);
      this.#sleepers.splice(later < 0 ? this.#sleepers.length : later, 0, sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /**
   * Lets `ms` pass: sleepers wake at their moments, in order, and what they wake has run before
   * time goes on.
   */
  async step(ms: number): Promise<void> {
    const end = this.#ms + ms;
    await settled();
    for (let next = this.#sleepers[0]; next !== undefined && next.atMs <= end; next = this.#sleepers[0]) {
      this.#sleepers.shift();
      this.#ms = Math.max(this.#ms, next.atMs);
      next.wake();
      await settled();
    }
    this.#ms = end;
    await settled();
  }
}

// That another program keeps changing the link: a standing warning for as long as it does.
import { found } from '../../codes/codes.ts';
import { type ChildSignal, childSignal } from '../../system/child-signal.ts';
import type { Clock } from '../../system/clock.ts';
import type { RemoveLinkPorts } from './remove-link.ts';

/** So long after a rest without another correction, the other program has stopped. */
const CALM_MS = 30_000;

export interface ContestPorts {
  readonly clock: Clock;
  readonly warn: RemoveLinkPorts['warn'];
}

export class Contest {
  readonly #ports: ContestPorts;
  readonly #signal: AbortSignal;
  #calm: ChildSignal | undefined;

  /** `signal` ends with the link, and the warning with it. */
  constructor(ports: ContestPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  /** The link on `name` was put right; `restMs` above 0: once too often. */
  corrected(name: string, restMs: number): void {
    if (this.#signal.aborted || (restMs === 0 && this.#calm === undefined)) return;
    const { clock, warn } = this.#ports;
    this.#calm?.end();
    const calm = childSignal(this.#signal);
    this.#calm = calm;
    warn('contest', [found('link-contested', { interface: name })]);
    void clock
      .sleep(restMs + CALM_MS, calm.signal)
      .catch(() => {}) // another correction, or the link ended
      .then(() => {
        if (this.#calm !== calm) return;
        calm.end();
        this.#calm = undefined;
        warn('contest', []);
      });
  }
}

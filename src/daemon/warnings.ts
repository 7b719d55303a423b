// What should be put right and stops nothing: each warning is said once in the log, and stays in
// the status for as long as it stands. codes/ has their words, and when they are shown.
import { causeOf, type Found, visibleAfterMs } from '../codes/codes.ts';
import type { Clock, Moment } from '../system/clock.ts';
import type { Logger } from '../system/log.ts';

export interface Warning extends Found {
  /** When it was found first. */
  readonly since: Moment;
}

export interface WarningsPorts {
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  /** Called whenever `all` has changed. */
  readonly changed: () => void;
  /** Ends the waits for what is not visible yet. */
  readonly signal: AbortSignal;
}

export class Warnings {
  readonly #ports: WarningsPorts;
  readonly #byTopic = new Map<string, readonly Warning[]>();
  /** What is shown, and what has been said in the log and stands. */
  #shown: readonly Warning[] = [];
  #said: readonly Warning[] = [];

  constructor(ports: WarningsPorts) {
    this.#ports = ports;
  }

  /** What is shown: for long enough, and not because of something else that is. */
  get all(): readonly Warning[] {
    return this.#shown;
  }

  /** `found` is what there is to say of `topic` from now on; nothing when all is well again. */
  set(topic: string, found: readonly Found[]): void {
    const { clock, signal } = this.#ports;
    const before = this.#byTopic.get(topic) ?? [];
    const at = clock.now();
    const now = found.map((one): Warning => {
      const known = before.find((other) => isSame(other, one)) ?? before.find(({ code }) => code === one.code);
      if (known === undefined && visibleAfterMs(one.code) > 0)
        void clock.sleep(visibleAfterMs(one.code), signal).then(
          () => this.#update(),
          () => {}, // aborted: nobody is told any more
        );
      return { ...one, since: known?.since ?? at };
    });
    this.#byTopic.set(topic, now);
    this.#update();
  }

  #update(): void {
    const { clock, log, changed } = this.#ports;
    const { monotonicMs } = clock.now();
    // Two may find the same.
    const all = [...this.#byTopic.values()].flat();
    const standing = all.filter((one, index) => !isAmong(all.slice(0, index), one));
    const visible = standing.filter(({ code, since }) => since.monotonicMs + visibleAfterMs(code) <= monotonicMs);
    const codes = new Set(visible.map(({ code }) => code));
    const shown = visible.filter(({ code }) => causeOf(code, codes) === undefined);
    for (const one of shown) {
      if (isAmong(this.#said, one)) continue;
      const { code, text, remedy } = one;
      log.warn({ code, ...(remedy !== undefined && { remedy }) }, text);
    }
    for (const { code, text } of this.#said.filter((one) => !isAmong(standing, one)))
      log.info({ code, before: text }, 'nothing to warn of any more');
    this.#said = standing.filter((one) => isAmong(this.#said, one) || isAmong(shown, one));
    const isAsBefore = shown.length === this.#shown.length && shown.every((one) => isAmong(this.#shown, one));
    this.#shown = shown;
    if (!isAsBefore) changed();
  }
}

const isSame = (one: Found, other: Found) =>
  one.code === other.code && one.text === other.text && one.remedy === other.remedy;

const isAmong = (list: readonly Found[], one: Found) => list.some((other) => isSame(other, one));

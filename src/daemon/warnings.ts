// What should be put right and stops nothing: each warning is said once in the log, and stays in
// the status for as long as it holds.
import type { Logger } from '../system/log.ts';

export class Warnings {
  readonly #log: Logger;
  readonly #changed: () => void;
  readonly #byTopic = new Map<string, readonly string[]>();

  /** `changed` is called whenever `all` has. */
  constructor(log: Logger, changed: () => void) {
    this.#log = log;
    this.#changed = changed;
  }

  get all(): readonly string[] {
    return [...this.#byTopic.values()].flat();
  }

  /**
   * `texts` are what there is to say of `topic` from now on, each a sentence with its remedy; none
   * when all is well again.
   */
  set(topic: string, texts: readonly string[]): void {
    const before = this.#byTopic.get(topic) ?? [];
    this.#byTopic.set(topic, texts);
    for (const text of texts) if (!before.includes(text)) this.#log.warn(text);
    const ended = before.filter((text) => !texts.includes(text));
    for (const text of ended) this.#log.info({ before: text }, `${topic}: nothing to warn of any more`);
    if (ended.length > 0 || texts.length !== before.length) this.#changed();
  }
}

// What ModemManager said last, reduced to the modem that the config chooses, and waits for it to
// say something.
import type { Facts } from '../connection/connection.ts';
import { chooseModem, type ModemMatch } from '../modem/choose.ts';
import type { ModemManagerFacts } from '../modem/objects.ts';
import { type Clock, within } from '../system/clock.ts';

export class FactsBoard {
  #all: ModemManagerFacts = { onBus: false, version: '', modems: [] };
  #chosen: Facts = { kind: 'unknown' };
  readonly #waiting = new Set<() => void>();
  readonly #match: () => ModemMatch;

  constructor(match: () => ModemMatch) {
    this.#match = match;
  }

  get all(): ModemManagerFacts {
    return this.#all;
  }

  get chosen(): Facts {
    return this.#chosen;
  }

  /** The network interface among the modem's ports; known while the modem is not connected too. */
  get interface(): string | undefined {
    return this.#chosen.kind === 'modem'
      ? this.#chosen.modem.ports.find(({ type }) => type === 'net')?.name
      : undefined;
  }

  /** Names of the modem's ports, such as cdc-wdm0. */
  get ports(): readonly string[] {
    return this.#chosen.kind === 'modem' ? this.#chosen.modem.ports.map(({ name }) => name) : [];
  }

  /**
   * Puts up new facts, or the same ones under a changed config, and wakes who waits. Returns the
   * chosen ones.
   */
  put(all: ModemManagerFacts): Facts {
    this.#all = all;
    this.#chosen = this.#choose();
    for (const wake of this.#waiting) wake();
    return this.#chosen;
  }

  #choose(): Facts {
    if (!this.#all.onBus) return { kind: 'no-modemmanager' };
    const choice = chooseModem(this.#all.modems, this.#match());
    switch (choice.kind) {
      case 'none':
        return { kind: 'no-modem' };
      case 'ambiguous':
        return this.#stillFits() ?? { kind: 'ambiguous', candidates: choice.candidates };
      case 'one':
        return { kind: 'modem', modem: choice.modem };
    }
  }

  /**
   * The modem in use, while it fits: a second one that is plugged in beside it must not cost the
   * link that works.
   */
  #stillFits(): Facts | undefined {
    const before = this.#chosen;
    if (before.kind !== 'modem') return undefined;
    const same = this.#all.modems.filter(({ path }) => path === before.modem.path);
    const choice = chooseModem(same, this.#match());
    return choice.kind === 'one' ? { kind: 'modem', modem: choice.modem } : undefined;
  }

  /**
   * Resolves with the first facts that fit, at once where they do already; with undefined after
   * `ms`. @throws the signal's reason
   */
  async until(
    clock: Clock,
    fits: (facts: Facts) => boolean,
    ms: number,
    signal: AbortSignal,
  ): Promise<Facts | undefined> {
    let wake = () => {};
    const wait = () =>
      new Promise<Facts>((resolve) => {
        wake = () => {
          if (fits(this.#chosen)) resolve(this.#chosen);
        };
        this.#waiting.add(wake);
        wake();
      });
    try {
      return await within(clock, ms, 'waiting for ModemManager', signal, wait);
    } catch {
      signal.throwIfAborted();
      return undefined;
    } finally {
      this.#waiting.delete(wake);
    }
  }
}

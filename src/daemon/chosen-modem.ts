// What ModemManager said last, reduced to the modem that the config chooses, and waits for it to
// say something.
import type { Facts } from '../connection/connection.ts';
import { chooseModem, isNamed, type ModemMatch } from '../modem/choose.ts';
import type { Modem, ModemManagerFacts } from '../modem/objects.ts';
import { type Clock, within } from '../system/clock.ts';

/**
 * A modem that nothing names is taken for the only one once no other has appeared for this long,
 * and one that is not the modem of last time much later: some take half a minute to be probed. A
 * PIN must not go to the wrong SIM.
 */
const SETTLE_MS = 5_000;
const OTHER_MODEM_MS = 30_000;

/** States in which the next step may be the PIN. */
const BEFORE_PIN: ReadonlySet<Modem['state']> = new Set(['unknown', 'initializing', 'locked']);

export interface ChosenModemPorts {
  readonly match: () => ModemMatch;
  readonly clock: Clock;
  /** Ends what is waited for. */
  readonly signal: AbortSignal;
  /** Called when a choice that was put off is to be made: time to put the same facts up again. */
  readonly onSettled: () => void;
  /** Whether it is the modem that was online last; undefined where none is remembered. */
  readonly wasUsed: (modem: Modem) => boolean | undefined;
}

export class ChosenModem {
  #all: ModemManagerFacts = { onBus: false, version: '', modems: [] };
  #chosen: Facts = { kind: 'unknown' };
  readonly #waiting = new Set<() => void>();
  readonly #ports: ChosenModemPorts;
  /** The modems that are there, and since when exactly these. */
  #set = { paths: '', sinceMs: 0 };
  #isSettling = false;

  constructor(ports: ChosenModemPorts) {
    this.#ports = ports;
  }

  /** Chooses again under a changed config. Returns whether the modem in use is left for another. */
  rechoose(): boolean {
    const before = this.#chosen;
    const after = this.put(this.#all);
    return before.kind === 'modem' && !(after.kind === 'modem' && after.modem.path === before.modem.path);
  }

  get all(): ModemManagerFacts {
    return this.#all;
  }

  get chosen(): Facts {
    return this.#chosen;
  }

  /**
   * The network interfaces of the modem: its ports, known while it is not connected too, and those
   * of its bearers, which are others where calls are multiplexed (qmapmux0.0 over wwan0).
   */
  get interfaces(): readonly string[] {
    if (this.#chosen.kind !== 'modem') return [];
    const { ports, bearers } = this.#chosen.modem;
    const ofPorts = ports.filter(({ type }) => type === 'net').map(({ name }) => name);
    return [...ofPorts, ...bearers.flatMap((bearer) => bearer.interface ?? [])];
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
    const paths = all.modems.map(({ path }) => path).join(' ');
    if (paths !== this.#set.paths) this.#set = { paths, sinceMs: this.#ports.clock.now().monotonicMs };
    this.#chosen = this.#choose();
    for (const wake of this.#waiting) wake();
    return this.#chosen;
  }

  #choose(): Facts {
    if (!this.#all.onBus) return { kind: 'no-modemmanager' };
    const choice = chooseModem(this.#all.modems, this.#ports.match());
    switch (choice.kind) {
      case 'none':
        return { kind: 'no-modem' };
      case 'ambiguous':
        return this.#stillFits() ?? this.#lastUsed() ?? { kind: 'ambiguous', candidates: choice.candidates };
      case 'one':
        return this.#only(choice.modem);
    }
  }

  /** The one that fits, as soon as it is certain that no other one is about to. */
  #only(modem: Modem): Facts {
    const { match, wasUsed, clock } = this.#ports;
    const used = wasUsed(modem);
    const inUse = this.#chosen.kind === 'modem' && this.#chosen.modem.path === modem.path;
    if (used === true || inUse || isNamed(match())) return { kind: 'modem', modem };
    const restMs = used === false ? OTHER_MODEM_MS : BEFORE_PIN.has(modem.state) ? SETTLE_MS : 0;
    const leftMs = this.#set.sinceMs + restMs - clock.now().monotonicMs;
    if (leftMs <= 0) return { kind: 'modem', modem };
    this.#settle(leftMs);
    return { kind: 'no-modem' };
  }

  #settle(ms: number): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    const { clock, signal, onSettled } = this.#ports;
    const settled = () => {
      this.#isSettling = false;
      onSettled();
    };
    // It rejects when the daemon ends.
    void clock.sleep(ms, signal).then(settled, () => {});
  }

  /** Among several, the one that was online last. */
  #lastUsed(): Facts | undefined {
    const used = this.#all.modems.filter((modem) => this.#ports.wasUsed(modem) === true);
    const choice = chooseModem(used, this.#ports.match());
    return choice.kind === 'one' ? { kind: 'modem', modem: choice.modem } : undefined;
  }

  /**
   * The modem in use, while it fits: a second one that is plugged in beside it must not cost the
   * link that works.
   */
  #stillFits(): Facts | undefined {
    const before = this.#chosen;
    if (before.kind !== 'modem') return undefined;
    const same = this.#all.modems.filter(({ path }) => path === before.modem.path);
    const choice = chooseModem(same, this.#ports.match());
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

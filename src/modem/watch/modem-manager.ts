// Watches ModemManager: whether it is on the bus, its modems, their bearers and SIMs, and tells
// each change as one set of facts. Follows signals, so that a lost bearer is known within a
// millisecond, and reads only what signals do not carry. Decides nothing.
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Bus, BusSignal } from '../../dbus/bus.ts';
import { type Clock, DeadlineError } from '../../system/clock.ts';
import { DEADLINES } from '../calls.ts';
import { describeFeatures } from '../features.ts';
import type { ModemManagerFacts } from '../objects.ts';
import { isRaw } from '../wire/raw.ts';
import { INTERFACES, MODEM_MANAGER, MODEM_MANAGER_PATH } from '../wire/vocabulary.ts';
import type { Place } from './mirror.ts';
import { Owner, type Reading } from './owner.ts';

export interface WatchOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Called first when the first reading is complete, then once per batch of changes, and only when
   * the facts differ.
   */
  readonly onFacts: (facts: ModemManagerFacts) => void;
  readonly signal: AbortSignal;
}

/**
 * Watches until `signal` aborts, then resolves. @throws BusLostError when the bus goes, and
 * whatever `onFacts` throws: both are fatal. A ModemManager that is absent, hangs, restarts or
 * answers nonsense is not an error: it shows in the facts and in the log.
 */
export async function watchModemManager(options: WatchOptions): Promise<void> {
  await new ModemManagerWatch(options).run();
}

/** Signals that may wait for a reading. After more of them it is read again instead. */
const MOST_BACKLOG = 1_000;

/** A modem that connects changes a dozen times within a tenth of a second. */
const [FLOOD_MS, MOST_TURNS] = [100, 20];

const keyOf = ({ path, interfaceName }: Place): string => `${path} ${interfaceName}`;

class ModemManagerWatch {
  readonly #options: WatchOptions;
  readonly #stopped = new AbortController();
  #finish: (error?: unknown) => void = () => {};
  /** Who has ModemManager's name; undefined: nobody, or not known yet, and then nothing is told. */
  #owner: Owner | undefined;
  #emitting = false;
  #turns = { sinceMs: 0, count: 0 };
  #told: ModemManagerFacts | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { bus, signal } = this.#options;
    const stop = () => this.#finish();
    const lose = () => this.#finish(bus.lost.reason);
    const ended = new Promise<void>((resolve, reject) => {
      this.#finish = (error) => (error === undefined ? resolve() : reject(error));
    });
    signal.addEventListener('abort', stop, { once: true });
    bus.lost.addEventListener('abort', lose, { once: true });
    if (signal.aborted) stop();
    if (bus.lost.aborted) lose();
    try {
      this.#background(this.#start());
      await ended;
    } finally {
      signal.removeEventListener('abort', stop);
      bus.lost.removeEventListener('abort', lose);
      this.#stopped.abort();
      this.#owner?.over.abort();
    }
  }

  /** The owner and the rules first, then the objects: nothing can happen unseen in between. */
  async #start(): Promise<void> {
    const { bus } = this.#options;
    const options = { timeoutMs: DEADLINES.read, signal: this.#stopped.signal };
    let ready = false;
    const changed = (next: string) => {
      name = next;
      if (ready && !this.#stopped.signal.aborted) this.#ownedBy(name);
    };
    let name = '';
    name = await bus.follow(MODEM_MANAGER, changed, options);
    await bus.subscribe({ sender: MODEM_MANAGER, pathNamespace: MODEM_MANAGER_PATH }, (s) => this.#heard(s), options);
    ready = true;
    this.#ownedBy(name);
  }

  #ownedBy(name: string): void {
    if (this.#owner !== undefined) {
      // What the old owner said is void at once, not when the new one has answered.
      this.#owner.over.abort();
      this.#tell({ onBus: false, version: '', modems: [] });
    }
    this.#owner = name === '' ? undefined : new Owner(name, this.#options);
    if (this.#owner === undefined) this.#changed();
    else this.#background(this.#readAll(this.#owner));
  }

  async #readAll(owner: Owner): Promise<void> {
    do {
      owner.backlog = [];
      // A ModemManager that hangs is on the bus nevertheless, and whoever watches must come to know
      // that.
      await owner.readAll((error) => {
        if (error instanceof DeadlineError) this.#tell({ onBus: true, version: '', modems: [] });
      });
    } while (owner.backlog.length > MOST_BACKLOG);
    const { backlog } = owner;
    owner.backlog = undefined;
    for (const signal of backlog) this.#follow(owner, signal);
    this.#changed();
  }

  #heard(signal: BusSignal): void {
    const owner = this.#owner;
    if (this.#stopped.signal.aborted || owner === undefined || signal.sender !== owner.name) return;
    if (owner.backlog === undefined) {
      if (this.#follow(owner, signal)) this.#changed();
    } else if (owner.backlog.length <= MOST_BACKLOG) owner.backlog.push(signal);
  }

  /** Takes a signal in. Whether the facts may have changed. */
  #follow(owner: Owner, { path, interface: from, member, body }: BusSignal): boolean {
    switch (`${from}.${member}`) {
      case `${INTERFACES.objectManager}.InterfacesAdded`:
        owner.mirror.add(body[0], body[1]);
        return true;
      case `${INTERFACES.objectManager}.InterfacesRemoved`:
        owner.mirror.remove(body[0], body[1]);
        return true;
      case `${INTERFACES.properties}.PropertiesChanged`:
        return this.#propertiesChanged(owner, path, body);
    }
    return false;
  }

  #propertiesChanged(owner: Owner, path: string, [interfaceName, changed, invalidated]: readonly unknown[]): boolean {
    if (typeof interfaceName !== 'string' || !isRaw(changed)) return false;
    const place = { path, interfaceName };
    owner.reading.get(keyOf(place))?.changes.push(changed);
    if (Array.isArray(invalidated) && invalidated.length > 0 && owner.mirror.has(place)) this.#read(owner, place);
    return owner.mirror.merge(place, changed);
  }

  /**
   * Reads one interface of an object that GetManagedObjects does not tell of, or whose properties
   * were invalidated.
   */
  #read(owner: Owner, place: Place): void {
    const key = keyOf(place);
    if (owner.reading.has(key)) return;
    const reading: Reading = { changes: [], first: true };
    owner.reading.set(key, reading);
    const failed = () => {
      reading.first = false;
      this.#changed();
    };
    const read = async () => {
      const raw = await owner.readPlace(place, reading, failed);
      owner.reading.delete(key);
      if (raw) owner.mirror.put(place, raw);
      this.#changed();
    };
    this.#background(read());
  }

  /**
   * Starts the reads that are still needed; when none is, tells the facts once all signals that
   * have already arrived are taken in.
   */
  #changed(): void {
    const owner = this.#owner;
    if (owner?.backlog) return;
    for (const place of owner?.mirror.missing() ?? []) if (owner !== undefined) this.#read(owner, place);
    if (this.#emitting || [...(owner?.reading.values() ?? [])].some(({ first }) => first)) return;
    this.#emitting = true;
    // At the soonest when all is taken in that one read from the socket brought.
    const emit = this.#turn().then(() => {
      this.#emitting = false;
      this.#emit();
    });
    this.#background(emit);
  }

  /**
   * Resolves at once, and in a flood of changes once each FLOOD_MS: what they change is parsed as a
   * whole each time.
   */
  async #turn(): Promise<void> {
    const { clock } = this.#options;
    const now = clock.now().monotonicMs;
    if (now - this.#turns.sinceMs >= FLOOD_MS) this.#turns = { sinceMs: now, count: 0 };
    this.#turns.count += 1;
    if (this.#turns.count > MOST_TURNS) await clock.sleep(this.#turns.sinceMs + FLOOD_MS - now, this.#stopped.signal);
  }

  #emit(): void {
    const owner = this.#owner;
    if (this.#stopped.signal.aborted || owner?.backlog) return;
    const modems = owner?.mirror.modems() ?? [];
    const facts = { onBus: owner !== undefined, version: owner?.version ?? '', modems };
    if (owner) this.#tellFeatures(owner);
    this.#tell(facts);
  }

  #tell(facts: ModemManagerFacts): void {
    if (isDeepStrictEqual(facts, this.#told)) return;
    this.#told = facts;
    this.#options.onFacts(facts);
  }

  #tellFeatures(owner: Owner): void {
    const interfaces = owner.mirror.firstModem();
    if (owner.featuresTold || interfaces === undefined) return;
    owner.featuresTold = true;
    this.#options.logger.info(describeFeatures(owner.version, interfaces));
  }

  /**
   * Work that nobody waits for: its failure ends the watch, unless it only says that what it was
   * for is over.
   */
  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.#stopped.signal.aborted && !isAbort(error)) this.#finish(error);
    });
  }
}

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

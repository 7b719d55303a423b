// The last known properties of one running ModemManager's objects, as raw dictionaries, and what
// follows from them: which bearers and SIMs must still be read, and the modems as plain values. No
// bus and no waiting in here: modem-manager.ts feeds it.
import type { Bearer, Modem, Sim } from '../objects.ts';
import { isRaw, type Raw, type Report } from '../wire/raw.ts';
import { type ModemReferences, parseBearer, parseModem, parseReferences, parseSim } from '../wire/schema.ts';
import { DBusShapeError } from '../wire/shape-error.ts';
import { isObjectPath } from '../wire/text.ts';
import { INTERFACES } from '../wire/vocabulary.ts';

/** One interface of one object. */
export interface Place {
  readonly path: string;
  readonly interfaceName: string;
}

/**
 * Interfaces whose properties are read. Of all others only their presence is kept: Signal, Location
 * and Messaging chatter all day.
 */
const FOLLOWED: ReadonlySet<string> = new Set([
  INTERFACES.modem,
  INTERFACES.modem3gpp,
  INTERFACES.bearer,
  INTERFACES.sim,
]);

/**
 * Counters that tick every 30 s: a change of nothing else is no news (the bytes are read from the
 * kernel).
 */
const UNFOLLOWED_PROPERTIES: ReadonlySet<string> = new Set(['Stats', 'ReloadStatsSupported']);

/** Far more than any board has; keeps a service gone mad from filling the memory. */
const MOST_OBJECTS = 64;

export class Mirror {
  readonly #objects = new Map<string, Map<string, Raw>>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Takes over what GetManagedObjects says, in place of all that was known. */
  takeAll(managed: unknown): void {
    this.#objects.clear();
    const objects = isRaw(managed) ? Object.entries(managed) : [];
    for (const [path, interfaces] of objects.slice(0, MOST_OBJECTS)) this.add(path, interfaces);
  }

  /** InterfacesAdded, or one entry of GetManagedObjects. */
  add(path: unknown, interfaces: unknown): void {
    if (typeof path !== 'string' || !isObjectPath(path) || !isRaw(interfaces)) {
      this.#report('', INTERFACES.objectManager, 'GetManagedObjects', 'an entry is no object of ModemManager');
      return;
    }
    for (const [interfaceName, raw] of Object.entries(interfaces)) {
      this.put({ path, interfaceName }, FOLLOWED.has(interfaceName) && isRaw(raw) ? raw : {});
    }
  }

  /** InterfacesRemoved. */
  remove(path: unknown, interfaces: unknown): void {
    if (typeof path !== 'string' || !Array.isArray(interfaces)) return;
    const known = this.#objects.get(path);
    for (const name of interfaces) known?.delete(name);
    if (known?.size === 0) this.#objects.delete(path);
  }

  has({ path, interfaceName }: Place): boolean {
    return this.#objects.get(path)?.has(interfaceName) === true;
  }

  /** Replaces all properties of an interface. */
  put({ path, interfaceName }: Place, raw: Raw): void {
    let interfaces = this.#objects.get(path);
    if (interfaces === undefined) {
      if (this.#objects.size >= MOST_OBJECTS) return;
      interfaces = new Map();
      this.#objects.set(path, interfaces);
    }
    interfaces.set(interfaceName, raw);
  }

  /**
   * Lays changed properties over the known ones. Whether anything is known there, and worth
   * telling.
   */
  merge({ path, interfaceName }: Place, changed: Raw): boolean {
    const known = this.#objects.get(path)?.get(interfaceName);
    if (known === undefined || !FOLLOWED.has(interfaceName) || !hasNews(changed)) return false;
    this.#objects.get(path)?.set(interfaceName, { ...known, ...changed });
    return true;
  }

  /**
   * The bearers and SIMs that the modems refer to and that are not known yet; those no longer
   * referred to are forgotten.
   */
  missing(): Place[] {
    const wanted = this.#referredTo();
    for (const [path, interfaces] of this.#objects) {
      const detail = interfaces.has(INTERFACES.bearer) || interfaces.has(INTERFACES.sim);
      if (detail && !wanted.has(path)) this.#objects.delete(path);
    }
    return [...wanted.values()].filter((place) => !this.has(place));
  }

  /** Whether reading this place is still of use. */
  needs(place: Place): boolean {
    return this.has(place) || this.#referredTo().get(place.path)?.interfaceName === place.interfaceName;
  }

  /** The modems as they are known now. One that cannot be understood is reported and left out. */
  modems(): Modem[] {
    const modems: Modem[] = [];
    for (const [path, interfaces] of this.#objects) {
      const modem = interfaces.get(INTERFACES.modem);
      if (modem === undefined) continue;
      const { bearers, sim } = this.#references(path, interfaces);
      const parsed = this.#orReport(() =>
        parseModem(
          path,
          {
            modem,
            modem3gpp: interfaces.get(INTERFACES.modem3gpp),
            sim: sim === undefined ? undefined : this.#sim(sim),
            bearers: bearers.flatMap((bearer) => this.#bearer(bearer) ?? []),
          },
          this.#report,
        ),
      );
      if (parsed) modems.push(parsed);
    }
    return modems;
  }

  /** All interfaces of the first modem, for finding out what this ModemManager can do. */
  firstModem(): ReadonlyMap<string, Raw> | undefined {
    return [...this.#objects.values()].find((interfaces) => interfaces.has(INTERFACES.modem));
  }

  #referredTo(): Map<string, Place> {
    const places = new Map<string, Place>();
    for (const [path, interfaces] of this.#objects) {
      if (!interfaces.has(INTERFACES.modem)) continue;
      const { bearers, sim } = this.#references(path, interfaces);
      for (const bearer of bearers) places.set(bearer, { path: bearer, interfaceName: INTERFACES.bearer });
      if (sim !== undefined) places.set(sim, { path: sim, interfaceName: INTERFACES.sim });
    }
    return places;
  }

  #references(path: string, interfaces: ReadonlyMap<string, Raw>): ModemReferences {
    return parseReferences(path, interfaces.get(INTERFACES.modem) ?? {}, this.#report);
  }

  #bearer(path: string): Bearer | undefined {
    const raw = this.#objects.get(path)?.get(INTERFACES.bearer);
    return raw && this.#orReport(() => parseBearer(path, raw, this.#report));
  }

  #sim(path: string): Sim | undefined {
    const raw = this.#objects.get(path)?.get(INTERFACES.sim);
    return raw && parseSim(path, raw, this.#report);
  }

  #orReport<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof DBusShapeError)) throw error;
      this.#report(error.path, error.interfaceName, error.property, `${error.problem}; the object is left out`);
      return undefined;
    }
  }
}

const hasNews = (changed: Raw): boolean =>
  Object.keys(changed).some((property) => !UNFOLLOWED_PROPERTIES.has(property));

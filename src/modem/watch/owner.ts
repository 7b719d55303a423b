// What is known of one owner of ModemManager's name on the bus, and how it is read: with deadlines,
// again and again, never spinning. Thrown away as a whole when the name changes hands.
import type { Logger } from 'pino';
import type { Bus, BusRequest, BusSignal } from '../../dbus/bus.ts';
import { DBusCallError } from '../../dbus/errors.ts';
import { type Clock, DeadlineError } from '../../system/clock.ts';
import { DEADLINES } from '../calls.ts';
import type { Raw, Report } from '../wire/raw.ts';
import { cleanText } from '../wire/text.ts';
import { INTERFACES, MODEM_MANAGER_PATH } from '../wire/vocabulary.ts';
import { Mirror, type Place } from './mirror.ts';

/** How long to wait before reading again what could not be read; the last one stays. */
const RETRY_DELAYS_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** A read under way. `changes` came in since it was sent: its reply may be older than they are. */
export interface Reading {
  changes: Raw[];
  /** Facts wait for a first attempt; later ones run beside. */
  first: boolean;
}

export class Owner {
  readonly mirror: Mirror;
  /** Aborts when the owner is gone: nothing it still answers is of use. */
  readonly over = new AbortController();
  version = '';
  /**
   * Until the first reading is in, signals wait here: they may be older or newer than the reply.
   * Then undefined.
   */
  backlog: BusSignal[] | undefined = [];
  readonly reading = new Map<string, Reading>();
  featuresTold = false;
  readonly #ports: { readonly bus: Bus; readonly clock: Clock; readonly logger: Logger };

  constructor(
    /** Its own name on the bus, such as `:1.7`. */
    readonly name: string,
    ports: { readonly bus: Bus; readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#ports = ports;
    this.mirror = new Mirror(reportOnce(ports.logger));
  }

  /** Reads everything into the mirror. */
  async readAll(onFailure: (error: Error) => void): Promise<void> {
    const at = { path: MODEM_MANAGER_PATH };
    const attempt = () =>
      Promise.all([
        this.#call({ ...at, interface: INTERFACES.objectManager, member: 'GetManagedObjects' }),
        this.#call({
          ...at,
          interface: INTERFACES.properties,
          member: 'Get',
          signature: 'ss',
          body: [INTERFACES.manager, 'Version'],
        }),
      ]);
    const read = await this.#untilRead('all objects', attempt, onFailure, () => true);
    const [[managed], [version]] = read ?? [[], []];
    this.version = typeof version === 'string' ? cleanText(version, 32) : '';
    this.mirror.takeAll(managed);
  }

  /**
   * Reads all properties of a place, until that succeeds or they are no longer needed. Resolves to
   * undefined then.
   */
  async readPlace(place: Place, reading: Reading, onFailure: () => void): Promise<Raw | undefined> {
    const request = { path: place.path, interface: INTERFACES.properties, member: 'GetAll', signature: 's' };
    const attempt = () => {
      reading.changes = [];
      return this.#call({ ...request, body: [place.interfaceName] });
    };
    const body = await this.#untilRead(place.path, attempt, onFailure, () => this.mirror.needs(place));
    return body && Object.assign({}, body[0], ...reading.changes);
  }

  /** To the owner itself: a reply from its successor would not be mistaken for its own. */
  #call(request: Omit<BusRequest, 'destination'>): Promise<readonly unknown[]> {
    const options = { timeoutMs: DEADLINES.read, signal: this.over.signal };
    return this.#ports.bus.call({ destination: this.name, ...request }, options);
  }

  async #untilRead<T>(
    what: string,
    read: () => Promise<T>,
    onFailure: (error: Error) => void,
    needed: () => boolean,
  ): Promise<T | undefined> {
    const { clock, logger } = this.#ports;
    for (let attempt = 0; needed(); attempt += 1) {
      try {
        return await read();
      } catch (error) {
        const weather = error instanceof DBusCallError || error instanceof DeadlineError;
        if (!weather || this.over.signal.aborted) throw error;
        // An object that went away between its mention and our reading of it is nothing to speak
        // of.
        const level = attempt === 0 && (error instanceof DeadlineError || what === 'all objects') ? 'warn' : 'debug';
        logger[level]({ what, error: cleanText(error.message, 200) }, 'ModemManager could not be read, trying again');
        onFailure(error);
        await clock.sleep(RETRY_DELAYS_MS[attempt] ?? 30_000, this.over.signal);
      }
    }
    return undefined;
  }
}

/** Says each problem once per owner: nonsense tends to come with every signal. */
function reportOnce(logger: Logger): Report {
  const said = new Set<string>();
  const most = 500;
  return (path, interfaceName, property, problem) => {
    const key = [path, interfaceName, property, problem].join(' ');
    if (said.has(key) || said.size >= most) return;
    said.add(key);
    const names = { path: cleanText(path, 255), property: cleanText(`${interfaceName}.${property}`, 255) };
    logger.warn({ ...names, problem }, 'ModemManager gave a bad value');
  };
}

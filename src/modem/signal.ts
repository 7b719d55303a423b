// Asks ModemManager for what it only tells when it is asked: the signal in dBm, which it measures
// while Modem.Signal is set up, and the serving cell. Whoever has to know calls; nothing is
// followed. What is not there, not allowed or not answered is unknown, and no error.
import type { Bus, BusRequest } from '../dbus/bus.ts';
import type { Cell, Signal } from './objects.ts';
import { isRaw } from './wire/raw.ts';
import { parseBands, parseCellInfo, parseLocation, parseSignal } from './wire/signal.ts';
import { INTERFACES, MODEM_MANAGER } from './wire/vocabulary.ts';

/** A modem that is asked itself answers within seconds (ModemManager waits 5 s for each). */
const DEADLINE_MS = 6_000;

/** States of a modem that has a radio to measure. */
const MEASURABLE: ReadonlySet<string> = new Set(['enabled', 'searching', 'registered', 'connecting', 'connected']);

/** Whether a modem in that state, as mmcli prints it, has a radio to measure. */
export const isMeasurable = (state: string): boolean => MEASURABLE.has(state);

type To = Pick<BusRequest, 'interface' | 'member' | 'signature' | 'body'>;

/** The first value of the reply; undefined without one. */
async function asked(bus: Bus, path: string, signal: AbortSignal, to: To): Promise<unknown> {
  const request = { destination: MODEM_MANAGER, path, ...to };
  const reply = await bus.call(request, { timeoutMs: DEADLINE_MS, signal }).catch(() => []);
  return reply[0];
}

/** The signal of one modem at a time, measured every `rateSeconds` while somebody wants to know. */
export class SignalPolling {
  readonly #bus: Bus;
  readonly #rateSeconds: number;
  /** The modem that was read last. */
  #path: string | undefined;
  /** Whether it was us who set it up: somebody else's rate is left alone. */
  #isOurs = false;

  constructor(bus: Bus, rateSeconds: number) {
    this.#bus = bus;
    this.#rateSeconds = rateSeconds;
  }

  get isOurs(): boolean {
    return this.#isOurs;
  }

  /**
   * The last measurement of the modem at `path`, which is measured from now on, and another one no
   * more; undefined before the first, which this asks for where nobody has. Never rejects.
   */
  async read(path: string, signal: AbortSignal): Promise<Signal | undefined> {
    if (this.#path !== path) await this.stop(signal);
    this.#path = path;
    const body = [INTERFACES.signal];
    const to = { interface: INTERFACES.properties, member: 'GetAll', signature: 's', body };
    const raw = await asked(this.#bus, path, signal, to);
    if (!isRaw(raw)) return undefined;
    const { rate, signal: measured } = parseSignal(raw);
    if (rate === 0) this.#isOurs = await this.#setUp(path, this.#rateSeconds, signal);
    return measured;
  }

  /** ModemManager measures no more, if it was us who made it. Never rejects. */
  async stop(signal: AbortSignal): Promise<void> {
    if (this.#isOurs && this.#path !== undefined) await this.#setUp(this.#path, 0, signal);
    this.#path = undefined;
    this.#isOurs = false;
  }

  /** Whether it is allowed, which for others than root polkit says. */
  async #setUp(path: string, rateSeconds: number, signal: AbortSignal): Promise<boolean> {
    const to = { interface: INTERFACES.signal, member: 'Setup', signature: 'u', body: [rateSeconds] };
    const request = { destination: MODEM_MANAGER, path, ...to };
    return await this.#bus.call(request, { timeoutMs: DEADLINE_MS, signal }).then(
      () => true,
      () => false,
    );
  }
}

/** The cell that the modem is in; undefined where nothing is known of it. Never rejects. */
export async function readCell(bus: Bus, modemPath: string, signal: AbortSignal): Promise<Cell | undefined> {
  const [bands, location, cells] = await Promise.all([
    asked(bus, modemPath, signal, {
      interface: INTERFACES.properties,
      member: 'Get',
      signature: 'ss',
      body: [INTERFACES.modem, 'CurrentBands'],
    }),
    asked(bus, modemPath, signal, { interface: INTERFACES.location, member: 'GetLocation' }),
    asked(bus, modemPath, signal, { interface: INTERFACES.modem, member: 'GetCellInfo' }),
  ]);
  const cell = { ...parseBands(bands), ...parseLocation(location), ...parseCellInfo(cells) };
  return Object.keys(cell).length === 0 ? undefined : cell;
}

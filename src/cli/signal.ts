// What the status file does not have, since asking for it costs the modem something: the signal in
// dBm and the cell, for a person who looks. ModemManager is asked, and measures no longer than
// that.
import type { Bus } from '../dbus/bus.ts';
import type { Cell } from '../modem/objects.ts';
import { isMeasurable, readCell, SignalPolling } from '../modem/signal.ts';
import type { Status } from '../status/schema.ts';
import type { CliContext } from './context.ts';

/** A modem measures within a tenth of a second once it is told to. */
const LOOK_AGAIN_MS = 50;
const MOST_LOOKS = 40;

/** Seconds between measurements, where we have to ask for them. */
const RATE = { once: 60, watching: 5 } as const;

/** A cell is left in minutes rather than seconds. */
const CELL_LASTS_MS = 30_000;

/** Looks at the radio of the modem that a status names. */
export class RadioLook {
  readonly #context: CliContext;
  readonly #isWatching: boolean;
  /** null: there is none to be had. */
  #bus: Bus | null | undefined;
  #polling: SignalPolling | undefined;
  #cell: { readonly path: string; readonly known: Cell | undefined; readonly atMs: number } | undefined;

  constructor(context: CliContext, isWatching: boolean) {
    this.#context = context;
    this.#isWatching = isWatching;
  }

  /** The status with what could be learnt; as it is where ModemManager tells nothing. */
  async filled(status: Status): Promise<Status> {
    const { modem } = status;
    if (modem === undefined || !isMeasurable(modem.state)) return status;
    this.#bus ??= await this.#context.openBus().catch(() => null);
    if (this.#bus === null) return status;
    const [signal, cell] = await Promise.all([
      this.#signal(this.#bus, modem.path),
      this.#cellOf(this.#bus, modem.path),
    ]);
    return { ...status, modem: { ...modem, ...(signal && { signal }), ...(cell && { cell }) } };
  }

  /** ModemManager measures no more than before. */
  async close(): Promise<void> {
    await this.#polling?.stop(new AbortController().signal);
    this.#bus?.close();
  }

  async #signal(bus: Bus, path: string) {
    const { clock, signal: stopped } = this.#context;
    this.#polling ??= new SignalPolling(bus, RATE[this.#isWatching ? 'watching' : 'once']);
    const polling = this.#polling;
    let signal = await polling.read(path, stopped);
    for (let looks = 0; signal === undefined && polling.isOurs && looks < MOST_LOOKS && !stopped.aborted; looks += 1) {
      await clock.sleep(LOOK_AGAIN_MS, stopped).catch(() => {});
      signal = await polling.read(path, stopped);
    }
    return signal;
  }

  async #cellOf(bus: Bus, path: string): Promise<Cell | undefined> {
    const now = this.#context.clock.now().monotonicMs;
    if (this.#cell?.path !== path || now - this.#cell.atMs > CELL_LASTS_MS)
      this.#cell = { path, known: await readCell(bus, path, this.#context.signal), atMs: now };
    return this.#cell.known;
  }
}

/** The same for a command that looks once. */
export async function withRadio(context: CliContext, status: Status): Promise<Status> {
  const look = new RadioLook(context, false);
  try {
    return await look.filled(status);
  } finally {
    await look.close();
  }
}

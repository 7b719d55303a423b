// Counts the data of the SIM in use by reading the counters of its link, keeps the count, and says
// when a mark of the plan is passed. What follows for the connection is decided there.
import type { Found } from '../codes/codes.ts';
import type { Connection } from '../connection/connection.ts';
import type { UsedUp } from '../connection/schedule/used-up.ts';
import type { Status } from '../status/schema.ts';
import { atStop, type Clock, untilBeat } from '../system/clock.ts';
import { markOf, type Plan, type PlanSettings, planOf, planWarnings, usedUpWords } from './plan.ts';
import { atMoment, counted, type InterfaceReading, toldOf, type Usage, usedSince, withOwn, withTold } from './usage.ts';
import { isDue, type UsageStore } from './usage-store.ts';

/** Between two readings: together with others that wake up then (keepFresh). */
const LOOK_MS = 10_000;

type Used = Pick<Connection, 'link' | 'memory' | 'sessionSince'>;

export interface DataPlanPorts {
  readonly clock: Clock;
  readonly bootId: string;
  readonly store: Pick<UsageStore, 'load' | 'save' | 'settled'>;
  readonly settings: () => PlanSettings;
  readonly connection: () => Used;
  /** The counters of an interface; undefined where there is none. */
  readonly read: (interfaceName: string) => InterfaceReading | undefined;
  /** Told what stands to be warned of. */
  readonly warn: (found: readonly Found[]) => void;
  /** A mark was passed, and nobody was told of it yet. */
  readonly passed: (percent: number) => void;
  /** Told whenever it changes whether the link is to be down for it. */
  readonly judged: (usedUp: UsedUp | undefined) => void;
}

export class DataPlan {
  readonly #ports: DataPlanPorts;
  #usage: Usage;
  #session: { readonly sinceMs: number | undefined; readonly bytes: number } = { sinceMs: undefined, bytes: 0 };
  #unsavedBytes = 0;
  #isNew = true;
  /** The first look is written: what was there before it must not be forgotten, nor counted. */
  #savedMs = Number.NEGATIVE_INFINITY;
  /** There is another link, session or SIM, of which /run knows nothing yet. */
  #isOther = false;
  #judged = '';

  constructor(ports: DataPlanPorts) {
    this.#ports = ports;
    this.#usage = ports.store.load();
  }

  /** One decision: what came before it belongs to the link and the SIM that were used before. */
  changed(from: Used, to: Used): void {
    const isSame = from.link === to.link && from.memory.sim === to.memory.sim && from.sessionSince === to.sessionSince;
    if (isSame) return;
    this.#count(from);
    const sinceMs = to.sessionSince?.monotonicMs;
    if (sinceMs !== this.#session.sinceMs) this.#session = { sinceMs, bytes: 0 };
    this.#isOther = true;
    this.look();
  }

  /** `bytes` were the daemon's own. */
  spent(bytes: number): void {
    this.#usage = withOwn(this.#usage, simOf(this.#ports.connection()), Math.round(bytes));
  }

  /** What the status says, as of now. */
  get status(): Status['data'] {
    const connection = this.#ports.connection();
    this.#count(connection);
    const hasSession = connection.sessionSince !== undefined;
    return { ...(hasSession && { session: this.#session.bytes }), ...this.#planOf(connection) };
  }

  /** Whether the daemon is to send nothing of its own over the link. */
  get isQuiet(): boolean {
    const plan = this.#planOf(this.#ports.connection());
    return plan.atLimit === 'probes-off' && markOf(plan) === 100;
  }

  /** Reads the counters, and says what follows from them; also after the settings changed. */
  look(): void {
    const { connection, judged, passed, warn } = this.#ports;
    this.#count(connection());
    const sim = simOf(connection());
    const plan = this.#planOf(connection());
    const mark = markOf(plan);
    const told = toldOf(this.#usage, sim);
    this.#usage = withTold(this.#usage, sim, mark);
    this.#save(plan, mark !== told);
    warn(planWarnings(plan));
    if (mark > told) passed(mark);
    const usedUp = mark === 100 && plan.atLimit === 'disconnect' ? { sim, ...usedUpWords(plan) } : undefined;
    if (JSON.stringify([usedUp]) === this.#judged) return;
    this.#judged = JSON.stringify([usedUp]);
    judged(usedUp);
  }

  /** Counts until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    while (!signal.aborted) {
      this.look();
      await clock.sleep(untilBeat(clock.now(), LOOK_MS), signal).catch(() => {}); // aborted: the loop ends
    }
  }

  /** Writes what is counted to the disk, as far as a stop waits for it. Never rejects. */
  async close(): Promise<void> {
    const { clock, connection, store } = this.#ports;
    this.#count(connection());
    store.save(this.#usage, true);
    await atStop(clock, () => store.settled());
  }

  #planOf(connection: Used): Plan {
    return planOf(this.#usage, simOf(connection), this.#ports.settings());
  }

  #count(connection: Used): void {
    const { bootId, clock, read } = this.#ports;
    const name = connection.link?.wanted.interface;
    const reading = name === undefined ? undefined : read(name);
    const sim = simOf(connection);
    const before = atMoment(this.#usage, clock.now(), bootId);
    this.#usage = reading === undefined ? before : counted(before, sim, reading);
    const bytes = usedSince(this.#usage, sim, '').bytes - usedSince(before, sim, '').bytes;
    this.#session = { ...this.#session, bytes: this.#session.bytes + bytes };
    this.#unsavedBytes += bytes;
    this.#isNew ||= bytes > 0;
  }

  #save({ limit }: Plan, isRare: boolean): void {
    const { clock, store } = this.#ports;
    const now = clock.now().monotonicMs;
    const toDisk = isRare || isDue({ bytes: this.#unsavedBytes, ms: now - this.#savedMs }, limit);
    // As long as the interface is there, its counters tell the next process what a kill has lost of
    // the same link, and each writing wakes four threads.
    if (!toDisk && !(this.#isNew && this.#isOther)) return;
    store.save(this.#usage, toDisk);
    this.#isNew = false;
    this.#isOther = false;
    if (!toDisk) return;
    this.#unsavedBytes = 0;
    this.#savedMs = now;
  }
}

const simOf = ({ memory }: Pick<Connection, 'memory'>): string => memory.sim ?? '';

// Follows the host's other ways out, and asks those that come before LTE whether anything answers
// through them. What follows from it is decided in connection/uplinks/.

import type { Connection } from '../../connection/connection.ts';
import { linkInUse } from '../../connection/link/link-for.ts';
import { type BetterWay, frontOf, judgementOf, type WayVerdict } from '../../connection/uplinks/better-ways.ts';
import type { KernelEvents } from '../../network/link/monitor.ts';
import { LinkError } from '../../network/link/wanted-link.ts';
import type { readCounters } from '../../network/reachability/counters.ts';
import { betterThan, readHop, type Uplink } from '../../network/uplinks.ts';
import { childSignal } from '../../system/child-signal.ts';
import type { Clock } from '../../system/clock.ts';
import { CommandError, type CommandRunner } from '../../system/command.ts';
import type { Logger } from '../../system/log.ts';
import type { Happening } from '../runner.ts';
import type { WayAsker } from './ask-way.ts';

export interface WatchUplinksPorts {
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: typeof readCounters;
  readonly asker: Pick<WayAsker, 'ask' | 'linkReaches'>;
  readonly connection: () => Connection;
  /** The modem's, as far as they are known. */
  readonly ownInterfaces: () => readonly string[];
  readonly settings: () => { readonly isOn: boolean; readonly metric: number };
  readonly kernel: Pick<KernelEvents, 'listen' | 'uplinks'>;
  readonly happened: (what: Happening) => void;
  /** A random number from [0, 1). */
  readonly chance: () => number;
}

/**
 * Each way of the front is asked at least this often. With the rounds that must fail, the time to
 * find a death is below 35 s.
 */
export const INTERVAL_MS = 20_000;

/**
 * From one time that a way is asked to the next: up to a quarter less than INTERVAL_MS, so that
 * boards which began together do not stay in step.
 */
export const restBetweenAsks = (chance: number): number => INTERVAL_MS * (1 - chance / 4);

/** Rounds that must fail, and how far apart they begin; none takes longer than that. */
export const ROUNDS = 4;
export const ROUND_EVERY_MS = 3_000;

/**
 * While nothing can be done about a dead way since LTE reaches no more, it is asked ever more
 * rarely: each time costs data.
 */
const LINK_REST_MS = { first: INTERVAL_MS, last: 10 * 60_000 } as const;

/** Watches until `signal` aborts. Rejects only on a fault of the program. */
export async function watchUplinks(ports: WatchUplinksPorts, signal: AbortSignal): Promise<void> {
  await new UplinkWatch(ports, signal).run();
}

class UplinkWatch {
  readonly #ports: WatchUplinksPorts;
  readonly #signal: AbortSignal;
  #wake: () => void = () => {};
  #isChanged = false;
  /** When each way is to be asked again; one that has got other addresses is another. */
  readonly #dueMs = new Map<string, number>();
  #linkRest = { untilMs: Number.NEGATIVE_INFINITY, ms: 0, session: '' };
  /** When the session of LTE began that was there at the last look. */
  #session: number | undefined;
  /** Of ways that the kernel calls down. */
  #down: ReadonlySet<string> = new Set();

  constructor(ports: WatchUplinksPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const changed = () => {
      this.#isChanged = true;
      this.#wake();
    };
    this.#ports.kernel.listen({ kind: 'uplinks' }, changed, this.#signal);
    while (!this.#signal.aborted) {
      this.#isChanged = false;
      await this.#look().catch((error: unknown) => {
        if (this.#signal.aborted) return;
        if (!(error instanceof CommandError || error instanceof LinkError)) throw error;
        this.#ports.log.debug({ err: error }, 'the default routes of the host cannot be read');
      });
      await this.#rest();
    }
  }

  async #look(): Promise<void> {
    const ways = await this.#read();
    this.#ports.happened({ kind: 'uplinksRead', ways, bytes: await this.#bytes() });
    if (!this.#ports.settings().isOn) return;
    const now = this.#ports.clock.now().monotonicMs;
    // With a new session LTE may be able to take over from what is known to be dead.
    const session = this.#ports.connection().sessionSince?.monotonicMs;
    if (session !== this.#session) this.#dueMs.clear();
    this.#session = session;
    for (const key of this.#dueMs.keys()) if (!ways.some((way) => keyOf(way) === key)) this.#dueMs.delete(key);
    const due = this.#toAsk().filter((way) => now >= (this.#dueMs.get(keyOf(way)) ?? now));
    await Promise.all(due.map((way) => this.#judge(way)));
  }

  /** The better ways that there are, each with the address that it is used from. */
  async #read(): Promise<readonly BetterWay[]> {
    const { commands, kernel, settings } = this.#ports;
    const { isOn, metric } = settings();
    if (!isOn) return [];
    const uplinks = await kernel.uplinks(this.#signal);
    const better = betterThan(uplinks, { interfaces: this.#own(), metric });
    this.#down = new Set(better.filter(({ usable }) => !usable).map(wayOf));
    return await Promise.all(
      better.map(async ({ family, interface: name, metric: theirs }) => ({
        family,
        interface: name,
        metric: theirs,
        ...(await readHop(commands, { family, interface: name }, this.#signal)),
      })),
    );
  }

  #name(): string | undefined {
    return this.#ports.connection().link?.wanted.interface;
  }

  #own(): readonly string[] {
    return [...this.#ports.ownInterfaces(), this.#name() ?? ''];
  }

  /**
   * The ways by which the kernel sends, or would without the take-over, where LTE has the family.
   */
  #toAsk(): readonly BetterWay[] {
    const { uplinks, ...connection } = this.#ports.connection();
    const addresses = linkInUse(connection)?.wanted.addresses ?? [];
    const has = (family: number) => addresses.some(({ address }) => address.includes(':') === (family === 6));
    return ([4, 6] as const).flatMap((family) =>
      has(family) || uplinks[family].taken !== undefined ? frontOf(uplinks[family]) : [],
    );
  }

  async #judge(way: BetterWay): Promise<void> {
    const { chance, clock, connection, happened } = this.#ports;
    const beganMs = clock.now().monotonicMs;
    const before = judgementOf(connection().uplinks[way.family], way.interface)?.verdict;
    const verdict = await this.#rounds(way, before === 'silent' ? 1 : ROUNDS);
    this.#dueMs.set(keyOf(way), clock.now().monotonicMs + restBetweenAsks(chance()));
    const linkReaches = verdict === 'silent' && (await this.#linkReaches(way));
    const silentMs = clock.now().monotonicMs - beganMs;
    happened({ kind: 'uplinkAsked', way, verdict, silentMs, linkReaches, bytes: await this.#bytes() });
  }

  /** Up to `most` rounds: until one is not silent. */
  async #rounds(way: BetterWay, most: number): Promise<WayVerdict> {
    const { asker, clock, log } = this.#ports;
    for (let round = 1; ; round += 1) {
      const endsMs = clock.now().monotonicMs + ROUND_EVERY_MS;
      const verdict = this.#down.has(wayOf(way)) ? 'silent' : await asker.ask(way, this.#signal);
      if (verdict !== 'silent' || round >= most) return verdict;
      log.debug({ interface: way.interface, family: way.family, round, of: most }, 'no answer through a better uplink');
      await clock.sleep(Math.max(0, endsMs - clock.now().monotonicMs), this.#signal);
    }
  }

  /** Asked only where LTE might take over, since it costs data. */
  async #linkReaches({ family }: BetterWay): Promise<boolean> {
    const { asker, clock, connection } = this.#ports;
    const { uplinks, sessionSince, ...rest } = connection();
    const link = linkInUse(rest);
    if (link === undefined || sessionSince === undefined || uplinks[family].taken !== undefined) return false;
    const session = `${family} ${sessionSince.monotonicMs}`;
    const now = clock.now().monotonicMs;
    const isSame = session === this.#linkRest.session;
    if (isSame && now < this.#linkRest.untilMs) return false;
    const reaches = await asker.linkReaches(link.wanted, family, this.#signal);
    const doubled = Math.min(Math.max(LINK_REST_MS.first, 2 * this.#linkRest.ms), LINK_REST_MS.last);
    const ms = reaches || !isSame ? 0 : doubled;
    this.#linkRest = { session, ms, untilMs: now + ms };
    return reaches;
  }

  async #bytes(): Promise<number | undefined> {
    const name = this.#name();
    const counters = name === undefined ? undefined : await this.#ports.counters(name);
    return counters && counters.rxBytes + counters.txBytes;
  }

  /** Until a way is due, or the routes have changed. */
  async #rest(): Promise<void> {
    const { clock } = this.#ports;
    if (this.#isChanged || this.#signal.aborted) return;
    const now = clock.now().monotonicMs;
    const next = Math.min(now + INTERVAL_MS, ...this.#dueMs.values());
    const woken = childSignal(this.#signal);
    this.#wake = () => woken.end();
    await clock.sleep(Math.max(0, next - now), woken.signal).catch(() => {}); // woken, or at the end
    woken.end();
  }
}

const wayOf = ({ interface: name, family }: Pick<Uplink, 'interface' | 'family'>): string => `${name} ${family}`;
const keyOf = (way: BetterWay): string => JSON.stringify([wayOf(way), way.metric, way.gateway, way.source]);

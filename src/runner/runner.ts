// The one loop: takes events, lets decide() say what becomes of the connection, and runs what the
// phase and the link ask for. The only place where the current connection is held and replaced.
// Deciding is decide.ts's; doing is that of phases/ and link-keeper/.
//
// INVARIANTS
//   1. Events are decided one after the other, in the order in which they came, also those that
//      onChange brings.
//   2. onChange hears of a change before anything is started for it, so that no attempt goes
//      uncounted.
//   3. A new `phase` object ends the activity of the one before and starts its own; the same
//      object lets it run on.
//      The same holds for `link` and its keeper.
//   4. Of phase and link at most one activity and one keeper run (latest-task.ts), and the link's
//      starts first: a phase may wait for what its link brings.
//   5. What an activity or keeper says after its signal aborted is dropped.
//   6. Before ModemManager has been heard, nothing found on the host is swept; but at the end it
//      is.
//   7. A fault of the program rejects `ended`. `ended` resolves only after the stopping phase and
//      the link's keeper.

import type { Connection, Link } from '../connection/connection.ts';
import { decide } from '../connection/decide.ts';
import type { ConnectionEvent } from '../connection/events/event.ts';
import type { Phase } from '../connection/phase/phase.ts';
import type { Policy } from '../connection/policy.ts';
import type { Failure } from '../modem/errors/failure.ts';
import type { Clock } from '../system/clock.ts';
import { LatestTask } from './latest-task.ts';

/** Distributes over the union, so that each kind of event keeps its own fields. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** An event without the time and the random number, which the runner adds. */
export type Happening = Without<ConnectionEvent, 'at' | 'chance'>;

/**
 * What each phase does. It resolves to what ended the phase, or to undefined where only facts end
 * it. A rejection is the event `failed`.
 */
export type Activities = {
  readonly [K in Phase['kind']]: (
    phase: Extract<Phase, { kind: K }>,
    signal: AbortSignal,
  ) => Promise<Happening | undefined>;
};

export interface RunnerPorts {
  readonly clock: Clock;
  /** A random number from [0, 1). */
  readonly chance: () => number;
  readonly activities: Activities;
  /**
   * Holds the kernel to `link` until `signal` aborts, or removes what is ours for undefined; calls
   * `inUse` when routes and name servers are as they shall be. Rejects only on a bug.
   */
  readonly keepLink: (
    link: Link | undefined,
    happened: (what: Happening) => void,
    signal: AbortSignal,
    inUse: () => void,
  ) => Promise<void>;
  /**
   * What an activity rejected with, in the connection's words. Rethrows what is a fault of the
   * program and not of the world.
   */
  readonly failureOf: (error: unknown) => Failure;
  /**
   * Told of every change before anything is started for it; here the memory is saved, so that no
   * attempt goes uncounted.
   */
  readonly onChange: (from: Connection, to: Connection, because: ConnectionEvent) => void;
}

/** What `ip` and the name servers are given when a link is changed for the last time. */
const LAST_CHANGE_MS = 3_000;

export class Runner {
  #connection: Connection;
  #policy: Policy;
  readonly #ports: RunnerPorts;
  readonly #queue: Happening[] = [];
  #draining = false;
  readonly #phaseTask = new LatestTask();
  readonly #linkTask = new LatestTask();
  /** The link that the link task works on; a fresh daemon has looked at none yet. */
  #keptLink: Link | undefined | 'none-yet' = 'none-yet';
  /** Resolves when the link that is kept is in use. */
  #inUse: Promise<void> = Promise.resolve();
  /** Whether the stop itself has changed the link that is kept. */
  #isLastChange = false;
  readonly #ended: Promise<void>;
  #end: () => void = () => {};
  #fail: (error: unknown) => void = () => {};

  /** Holds `initial`, for which nothing is started before the first event. */
  constructor(initial: Connection, policy: Policy, ports: RunnerPorts) {
    this.#connection = initial;
    this.#policy = policy;
    this.#ports = ports;
    this.#ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
  }

  /**
   * Resolves when the stopping phase is over; rejects on a fault of the program, which must end the
   * process.
   */
  get ended(): Promise<void> {
    return this.#ended;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Whether work that was told to end does not, so that what should follow it cannot start. */
  get stuck(): boolean {
    return this.#phaseTask.stuck || this.#linkTask.stuck;
  }

  /** The policy from the next event on. */
  set policy(policy: Policy) {
    this.#policy = policy;
  }

  /**
   * Decides on `what` and acts on the outcome. May be called from anywhere, also from within
   * onChange.
   */
  happened(what: Happening): void {
    this.#queue.push(what);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#draining = false;
    }
  }

  /** Ends what runs without changing anything further; for the end of the process. */
  async close(): Promise<void> {
    await Promise.all([this.#phaseTask.stop(), this.#linkTask.stop()]);
  }

  #step(what: Happening): void {
    const event: ConnectionEvent = { ...what, at: this.#ports.clock.now(), chance: this.#ports.chance() };
    const from = this.#connection;
    const to = decide(from, event, this.#policy);
    if (to === from) return;
    this.#connection = to;
    this.#ports.onChange(from, to, event);
    if (event.kind === 'stopRequested') this.#isLastChange = to.link !== from.link;
    if (to.link !== this.#keptLink && this.#mayTouchLink(to)) this.#startLink(to.link);
    if (to.phase !== from.phase) this.#startPhase(to.phase);
  }

  /**
   * Before ModemManager has been heard, a link found on the host may be our predecessor's and
   * alive: it is not swept, unless we end and shall leave nothing behind. A modem that is not there
   * has no link.
   */
  #mayTouchLink({ link, facts, phase }: Connection): boolean {
    const heard = facts.kind !== 'unknown' && facts.kind !== 'no-modemmanager';
    const leaving = phase.kind === 'stopping' && phase.disconnect;
    return this.#keptLink !== 'none-yet' || link !== undefined || heard || leaving;
  }

  #startLink(link: Link | undefined): void {
    this.#keptLink = link;
    let inUse = () => {};
    this.#inUse = new Promise((resolve) => {
      inUse = resolve;
    });
    const run = this.#linkTask.start((signal) =>
      this.#ports.keepLink(
        link,
        (what) => {
          if (!signal.aborted) this.happened(what);
        },
        signal,
        inUse,
      ),
    );
    run.catch((error: unknown) => this.#fail(error));
  }

  #startPhase(phase: Phase): void {
    const run = this.#phaseTask.start((signal) => this.#runPhase(phase, signal));
    run.catch((error: unknown) => this.#fail(error));
  }

  async #runPhase(phase: Phase, signal: AbortSignal): Promise<void> {
    const what = await this.#perform(phase, signal);
    if (signal.aborted) return;
    if (phase.kind === 'stopping') {
      // A link that is kept is let go of; its keeper would go on for ever.
      await (this.#connection.link === undefined ? this.#linkTask.idle() : this.#letGo());
      this.#end();
    } else if (what !== undefined) {
      this.happened(what);
    }
  }

  async #letGo(): Promise<void> {
    if (this.#isLastChange) await Promise.race([this.#inUse, this.#ports.clock.sleep(LAST_CHANGE_MS)]);
    await this.#linkTask.stop();
  }

  async #perform(phase: Phase, signal: AbortSignal): Promise<Happening | undefined> {
    const activity: Activities[Phase['kind']] = this.#ports.activities[phase.kind];
    try {
      // The table is keyed by the phase's own kind, which TypeScript cannot follow through a union.
      return await (activity as (phase: Phase, signal: AbortSignal) => Promise<Happening | undefined>)(phase, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      return { kind: 'failed', failure: this.#ports.failureOf(error) };
    }
  }
}

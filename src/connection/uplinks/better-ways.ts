// Which ways out come before LTE, what is known of them, and whether LTE takes over: the state of
// one address family, and what becomes of it when something is seen. Pure.
//
// A way is another interface's default route with a lower metric than ours. The front is what the
// kernel uses when LTE stays behind: the ways with the lowest metric (several where a route has
// several next hops). LTE takes over when all of the front is silent and LTE reaches what the front
// does not; it gives back when the front has answered long enough.
import type { Family } from '../../ip/address.ts';
import type { Moment } from '../../system/clock.ts';

/** A default route of somebody else that comes before ours. */
export interface BetterWay {
  readonly family: Family;
  readonly interface: string;
  readonly metric: number;
  readonly gateway?: string | undefined;
  /** The address of this host that the kernel would send from. */
  readonly source?: string | undefined;
}

/**
 * `answers`: something of the internet answered through it; `silent`: nothing did, many times;
 * `unclear`: nothing could be asked through it.
 */
export type WayVerdict = 'answers' | 'silent' | 'unclear';

/** What was found out about the way over an interface. */
export interface Judgement {
  readonly interface: string;
  readonly metric: number;
  readonly verdict: WayVerdict;
  /** When it began to answer, or to be silent. */
  readonly since: Moment;
  /** When its route went; undefined while it is there. */
  readonly goneSince?: Moment | undefined;
}

/** That our default route stands in front of the better ways. */
export interface TakeOver {
  readonly since: Moment;
  /** The way that is dead, as it is now; ours is kept below its metric. */
  readonly from: BetterWay;
  /** Bytes that our interface carried meanwhile, both directions. */
  readonly bytes: number;
  /** The interface's counters when they were last read; they begin anew with the interface. */
  readonly counted: number;
}

/** One family's ways. */
export interface BetterWays {
  /** Those that are there, best first. */
  readonly ways: readonly BetterWay[];
  readonly judged: readonly Judgement[];
  readonly taken: TakeOver | undefined;
  /** Monotonic milliseconds of the last take-overs, oldest first. */
  readonly takenAt: readonly number[];
}

/** Both families'. */
export type Uplinks = Readonly<Record<Family, BetterWays>>;

/** Whether LTE stands in for a better way, in either family. */
export const isTakenOver = (uplinks: Uplinks): boolean =>
  uplinks[4].taken !== undefined || uplinks[6].taken !== undefined;

export const NO_BETTER_WAYS: BetterWays = { ways: [], judged: [], taken: undefined, takenAt: [] };

/** How our own link is, at the moment of a decision. */
export interface OwnLink {
  /** It has a session in which nothing was found dead. */
  readonly works: boolean;
  /** Something of the internet was just asked over it, and answered. */
  readonly reaches: boolean;
  /** Bytes that its interface has carried; undefined while there is none, or it tells nothing. */
  readonly bytes: number | undefined;
}

/** A better way must have answered for this long before it is given back to. */
const ANSWERS_MS = 2 * 60_000;

/** From one take-over to the next, and from a take-over to giving back. */
export const LEAST_BETWEEN_MOVES_MS = 5 * 60_000;

/** Both waits double with every take-over within FLAPPING_MS, up to this. */
const LONGEST_WAIT_MS = 60 * 60_000;
const FLAPPING_MS = 6 * 60 * 60_000;

/** What a wait of `ms` has grown to after so many take-overs within FLAPPING_MS; milliseconds. */
export function grownWait(ms: number, takeOvers: number): number {
  return Math.min(LONGEST_WAIT_MS, ms * 2 ** Math.max(0, takeOvers - 1));
}

/**
 * What was found out about a way outlives its route for this long: a DHCP client that renews, a
 * cable that flaps.
 */
const REMEMBERED_MS = 2 * 60_000;

/** The ways with the lowest metric. */
export function frontOf({ ways }: Pick<BetterWays, 'ways'>): readonly BetterWay[] {
  const best = ways[0]?.metric;
  return ways.filter(({ metric }) => metric === best);
}

/** What is known of a way that is there. */
export function judgementOf({ judged }: Pick<BetterWays, 'judged'>, name: string): Judgement | undefined {
  return judged.find((one) => one.interface === name);
}

/** The state after the host's default routes were read. The same object where nothing changed. */
export function withWays(now: BetterWays, ways: readonly BetterWay[], own: OwnLink, at: Moment): BetterWays {
  const sorted = [...ways].sort((a, b) => a.metric - b.metric);
  const next = { ...now, ways: sameAs(now.ways, sorted), judged: sameAs(now.judged, aged(now.judged, sorted, at)) };
  return unlessSame(now, settled(next, own, at, undefined));
}

/**
 * The state after a way was asked. `own.reaches` counts where it is silent: LTE never takes over
 * untried.
 */
export function withVerdict(
  now: BetterWays,
  { name, verdict, since }: { readonly name: string; readonly verdict: WayVerdict; readonly since: Moment },
  own: OwnLink,
  at: Moment,
): BetterWays {
  const way = now.ways.find((one) => one.interface === name);
  if (way === undefined) return now;
  const before = judgementOf(now, name);
  const judgement = { interface: name, metric: way.metric, verdict, since };
  const judged = before?.verdict === verdict ? now.judged : [...now.judged.filter((one) => one !== before), judgement];
  return unlessSame(now, settled(counted({ ...now, judged }, own), own, at, verdict === 'silent' ? undefined : name));
}

/**
 * What the front is: it answers when any of it does, and is silent when all of it is. Undefined
 * before all of it was asked.
 */
function verdictOf(now: BetterWays): Pick<Judgement, 'verdict' | 'since'> | undefined {
  const judgements = frontOf(now).flatMap((way) => judgementOf(now, way.interface) ?? []);
  const of = (verdict: WayVerdict) =>
    judgements.filter((one) => one.verdict === verdict).sort((a, b) => a.since.monotonicMs - b.since.monotonicMs)[0];
  if (judgements.length < frontOf(now).length) return of('answers');
  return of('answers') ?? of('unclear') ?? of('silent');
}

/** @param heard The way that was found not to be silent right now, where one was. */
function settled(now: BetterWays, own: OwnLink, at: Moment, heard: string | undefined): BetterWays {
  if (now.taken === undefined) return mayTake(now, own, at) ? takenOver(now, own, at) : now;
  return isOver(now, now.taken, own, at, heard)
    ? { ...now, taken: undefined }
    : { ...now, taken: kept(now, now.taken) };
}

/**
 * The state in which the ways are left alone, where the link outlives this program: nobody gives
 * back later, so that only what is known to be dead stays taken over from.
 */
export function leftAlone(now: BetterWays): BetterWays {
  return now.taken === undefined || verdictOf(now)?.verdict === 'silent' ? now : { ...now, taken: undefined };
}

function mayTake(now: BetterWays, own: OwnLink, at: Moment): boolean {
  const rested = at.monotonicMs - (now.takenAt.at(-1) ?? Number.NEGATIVE_INFINITY) >= LEAST_BETWEEN_MOVES_MS;
  return own.works && own.reaches && rested && verdictOf(now)?.verdict === 'silent';
}

function takenOver(now: BetterWays, own: OwnLink, at: Moment): BetterWays {
  const [from] = frontOf(now);
  if (from === undefined) return now;
  const recent = now.takenAt.filter((stamp) => at.monotonicMs - stamp < FLAPPING_MS);
  const taken: TakeOver = { since: at, from, bytes: 0, counted: own.bytes ?? 0 };
  return { ...now, taken, takenAt: [...recent, at.monotonicMs] };
}

/**
 * Whether the cause is gone. An answer of a while ago is not enough to give back, unless LTE itself
 * does not work: then the first answer of the front is. A dead way that has just vanished may be
 * back in a second, in front of everything: it is waited for.
 */
function isOver(now: BetterWays, { since }: TakeOver, own: OwnLink, at: Moment, heard: string | undefined): boolean {
  const metric = now.ways[0]?.metric ?? Number.POSITIVE_INFINITY;
  const lurks = now.judged.some(
    (one) => one.goneSince !== undefined && one.verdict === 'silent' && one.metric < metric,
  );
  if (now.ways.length === 0) return !lurks;
  const front = verdictOf(now);
  if (front === undefined || front.verdict === 'silent') return false;
  if (!own.works && front.verdict === 'answers') return true;
  if (!frontOf(now).some((way) => way.interface === heard)) return false;
  const hasPassed = (from: Moment, ms: number) =>
    at.monotonicMs - from.monotonicMs >= grownWait(ms, now.takenAt.length);
  return !lurks && hasPassed(front.since, ANSWERS_MS) && hasPassed(since, LEAST_BETWEEN_MOVES_MS);
}

/** The take-over as it goes on: below the front as it is now, or as it was. */
function kept(now: BetterWays, taken: TakeOver): TakeOver {
  const [from = taken.from] = frontOf(now);
  return JSON.stringify(from) === JSON.stringify(taken.from) ? taken : { ...taken, from };
}

/** Adds what our interface has carried since it was read last. */
function counted(now: BetterWays, { bytes }: OwnLink): BetterWays {
  const { taken } = now;
  if (taken === undefined || bytes === undefined || bytes === taken.counted) return now;
  const more = bytes >= taken.counted ? bytes - taken.counted : bytes;
  return { ...now, taken: { ...taken, bytes: taken.bytes + more, counted: bytes } };
}

/** What is known, with the routes that went and came since. */
function aged(judged: readonly Judgement[], ways: readonly BetterWay[], at: Moment): readonly Judgement[] {
  return judged.flatMap((one) => {
    const way = ways.find((each) => each.interface === one.interface);
    if (way !== undefined) {
      const isSame = one.goneSince === undefined && one.metric === way.metric;
      return [isSame ? one : { ...one, metric: way.metric, goneSince: undefined }];
    }
    const goneSince = one.goneSince ?? at;
    if (at.monotonicMs - goneSince.monotonicMs >= REMEMBERED_MS) return [];
    return [one.goneSince === undefined ? { ...one, goneSince } : one];
  });
}

function sameAs<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

function unlessSame(before: BetterWays, after: BetterWays): BetterWays {
  const isSame = (Object.keys(after) as (keyof BetterWays)[]).every((key) => before[key] === after[key]);
  return isSame ? before : after;
}

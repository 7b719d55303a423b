// Is anything reachable *through this link*? Layered questions, cheapest first, from the link's own
// address; any answer that came in over the link proves it. Silence is held against it only where
// the questions went out over it.
import { type Found, found } from '../../../codes/codes.ts';
import { childSignal } from '../../../system/child-signal.ts';
import type { Clock } from '../../../system/clock.ts';
import type { Counters } from '../counters.ts';
import { KNOWN_NAME, lieIn } from '../reach/judge-reach.ts';
import type { Attempt } from './attempt.ts';
import { type Detour, detourOf, masterOf } from './detour.ts';
import { haveLeft, judge, type Moved, neverArrived, showsLife, wasDropped } from './judge.ts';
import { counts, learn, NOTHING_LEARNT, type ProbeMemory } from './memory.ts';
import { refusedBy, unasked } from './obstacle.ts';
import { type AskedOver, type Question, questionsFor } from './questions.ts';

export type ProbeResult = { readonly memory: ProbeMemory; readonly bytes: number } & (
  | {
      readonly verdict: 'alive';
      /** What answered, as in `dns 198.51.100.53`, or `received traffic`. */
      readonly by: string;
      /** Undefined where nobody answered. */
      readonly roundTripMs: number | undefined;
      /** A rule that refuses all but what is bound to the interface, with the remedy. */
      readonly obstacle?: Found | undefined;
      /** What a name server said in place of the address that is known. */
      readonly lie?: string | undefined;
    }
  /** Nothing answers. */
  | { readonly verdict: 'silent'; readonly tried: readonly Attempt[] }
  /**
   * It cannot be told: nothing could be asked, or only what has never worked at this carrier.
   * `obstacle`: what in this host keeps the questions from the link, or the answers from us, with
   * the remedy. `isDeaf`: the answers, so that bytes that come in prove nothing; `isGuess`: that
   * wants to be seen several times in a row.
   */
  | {
      readonly verdict: 'unclear';
      readonly tried: readonly Attempt[];
      readonly obstacle: Found | undefined;
      readonly isDeaf?: boolean;
      readonly isGuess?: boolean;
    }
);

export interface ProbeOptions extends AskedOver {
  readonly clock: Clock;
  /** The name asked for in DNS; `.` asks for the root's NS records. */
  readonly dnsName?: string | undefined;
  /** What earlier rounds at this carrier taught; the result brings the next. */
  readonly memory?: ProbeMemory | undefined;
  /** Reads the interface's counters. */
  readonly counters: () => Promise<Counters | undefined>;
  readonly deadlineMs?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * The longest that a round takes. An idle LTE radio needs 0.05 to 0.3 s for its first round trip.
 */
export const ROUND_MS = 3_000;

/**
 * A question is given this part of the round before the next is asked beside it, and never more
 * than half a second.
 */
const LEAD_MS = 500;
const ALL_ASKED_AFTER = 2 / 3;

/** One round of questions. @throws only the signal's reason, when that aborts. */
export async function proveReachable(options: ProbeOptions): Promise<ProbeResult> {
  const { memory = NOTHING_LEARNT, dnsName = KNOWN_NAME, deadlineMs = ROUND_MS, signal } = options;
  const before = await options.counters();
  const asking = { ...options, dnsName, hasArp: before?.hasArp ?? false, timeoutMs: deadlineMs };
  const questions = questionsFor(asking, memory);
  const { asked, tried } = await askAll(questions, before, options);
  signal.throwIfAborted();
  const bytes = asked.reduce((sum, question) => sum + question.bytes, 0);
  const winner = tried.find(({ outcome }) => outcome === 'answered');
  const silent = tried.filter(({ outcome }) => outcome === 'silent').map(({ by }) => by);
  if (winner !== undefined) {
    const { by, tookMs: roundTripMs, addresses = [] } = winner;
    return {
      verdict: 'alive',
      by,
      roundTripMs,
      obstacle: await refusalOf(asked, tried, options),
      lie: lieIn(dnsName, addresses),
      memory: learn(memory, by, silent),
      bytes,
    };
  }
  const moved: Moved = { before, after: await options.counters() };
  const deafness = silent.length === 0 ? undefined : await deafnessOf(moved, options);
  if (deafness !== undefined) return { verdict: 'unclear', tried, obstacle: deafness, isDeaf: true, memory, bytes };
  if (isCutShort(moved, memory, silent)) {
    const obstacle = found('answers-dropped', { interface: options.interface, isEarly: true });
    return { verdict: 'unclear', tried, obstacle, isDeaf: true, isGuess: true, memory, bytes };
  }
  if (silent.length > 0 && showsLife(moved)) {
    const by = 'received traffic';
    return { verdict: 'alive', by, roundTripMs: undefined, memory: learn(memory, undefined, silent), bytes };
  }
  const lost = asked.filter(({ by }) => !silent.includes(by) || counts(memory, by));
  const detours = await detoursOf(lost, options);
  const sent = lost.filter(({ by }) => silent.includes(by) && !detours.has(by));
  // Beside a detour, a target that has never answered may be filtered as well as dead.
  const telling = detours.size === 0 ? sent : sent.filter(({ by }) => memory.answered.includes(by));
  if (telling.length > 0 && haveLeft(sent.length, moved)) return { verdict: 'silent', tried, memory, bytes };
  const isHindered = detours.size > 0 || sent.length > 0 || tried.some(({ outcome }) => outcome === 'impossible');
  const isThere = moved.before !== undefined && moved.after !== undefined;
  const obstacle = isHindered && isThere ? unasked(tried, [...detours.values()][0], options) : undefined;
  return { verdict: 'unclear', tried, obstacle, memory, bytes };
}

/** What refuses those questions that this host could not ask; undefined where no rule does. */
async function refusalOf(
  asked: readonly Question[],
  tried: readonly Attempt[],
  options: ProbeOptions,
): Promise<Found | undefined> {
  const unable = tried.filter(({ outcome }) => outcome === 'impossible').map(({ by }) => by);
  const detours = await detoursOf(
    asked.filter(({ by }) => unable.includes(by)),
    options,
  );
  const refusal = [...detours.values()].find(({ device }) => device === undefined);
  return refusal && refusedBy(refusal, options);
}

/** What in this host keeps answers from us; undefined where nothing is known to. */
async function deafnessOf(
  moved: Moved,
  { commands, interface: name, signal }: ProbeOptions,
): Promise<Found | undefined> {
  const master = await masterOf(commands, name, signal);
  if (master !== undefined) return found('bridge-port', { interface: name, master });
  return wasDropped(moved) ? found('answers-dropped', { interface: name, isEarly: false }) : undefined;
}

/**
 * Whether answers seem to end before this host's IP layer. What a carrier filters never answered;
 * then a host that forwards may have had traffic that passes that layer by.
 */
function isCutShort(moved: Moved, { answered }: ProbeMemory, silent: readonly string[]): boolean {
  const hadAnswers = silent.some((by) => answered.includes(by));
  return silent.length > 0 && neverArrived(moved) && (hadAnswers || moved.after?.forwards === false);
}

/** The detours of those questions that are not bound to the interface, by the question. */
async function detoursOf(questions: readonly Question[], options: ProbeOptions): Promise<ReadonlyMap<string, Detour>> {
  const { commands, interface: device, signal } = options;
  const detours = new Map<string, Detour>();
  for (const { by, route } of questions) {
    const detour = route && (await detourOf(commands, { ...route, device }, signal));
    if (detour !== undefined) detours.set(by, detour);
  }
  return detours;
}

/**
 * Asks one after the other, the next as soon as one has failed or its lead is over; ends with the
 * first answer that holds, with the last failure, or with the deadline.
 */
async function askAll(questions: readonly Question[], before: Counters | undefined, options: ProbeOptions) {
  const { clock, deadlineMs = ROUND_MS, counters, signal } = options;
  const round = childSignal(signal);
  const leadMs = Math.min(LEAD_MS, (deadlineMs * ALL_ASKED_AFTER) / questions.length);
  const asked: Question[] = [];
  const attempts: Promise<Attempt>[] = [];
  const ask = async (question: Question): Promise<Attempt> => {
    const startedMs = clock.now().monotonicMs;
    const own = await counters();
    const answer = await question.ask(round.signal);
    // What came in before it was asked is no answer to it. An error of routing may be of the round:
    // several questions wait for one neighbour.
    const since = answer.outcome === 'answered' ? own : before;
    const judged = judge(answer, { before: since, after: await counters() });
    if (judged.outcome === 'answered') round.end();
    return { by: question.by, ...judged, tookMs: clock.now().monotonicMs - startedMs };
  };
  const deadline = clock.sleep(deadlineMs, round.signal).catch(() => {}); // answered before
  void deadline.then(() => round.end());
  for (const question of questions) {
    if (round.signal.aborted) break;
    asked.push(question);
    const attempt = ask(question);
    attempts.push(attempt);
    await Promise.race([attempt, clock.sleep(leadMs, round.signal).catch(() => {})]);
  }
  const tried = await Promise.all(attempts);
  round.end();
  return { asked, tried };
}

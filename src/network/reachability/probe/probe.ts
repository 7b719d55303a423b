// Is anything reachable *through this link*? Layered questions, cheapest first, bound to the link's own address; any answer proves the link.
import { childSignal } from '../../../system/child-signal.ts';
import type { Clock } from '../../../system/clock.ts';
import type { CommandRunner } from '../../../system/command.ts';
import type { Answer, Attempt, ProbeTarget } from './attempt.ts';
import { counts, learn, NOTHING_LEARNT, type ProbeMemory } from './memory.ts';
import { type Question, questionsFor } from './questions.ts';

export type ProbeResult =
  | {
      readonly alive: true;
      /** What answered, as in `dns 198.51.100.53`, or `received traffic`. */
      readonly by: string;
      readonly roundTripMs: number;
      readonly memory: ProbeMemory;
      readonly bytes: number;
    }
  | {
      readonly alive: false;
      readonly tried: readonly Attempt[];
      /** False when the silence says nothing: nothing could be asked, or only what has never worked at this carrier. */
      readonly decisive: boolean;
      readonly memory: ProbeMemory;
      readonly bytes: number;
    };

export interface ProbeOptions {
  readonly runner: CommandRunner;
  readonly clock: Clock;
  /** The link's own addresses. The rule `from ADDRESS` sends what is bound to them out of the link, whatever the default route is. */
  readonly addresses: readonly string[];
  /** The carrier's name servers, asked by the target `dns`. */
  readonly dnsServers: readonly string[];
  readonly targets: readonly ProbeTarget[];
  /** The name asked for in DNS; `.` asks for the root's NS records. */
  readonly dnsName?: string | undefined;
  /** What earlier rounds at this carrier taught; the result brings the next. */
  readonly memory?: ProbeMemory | undefined;
  /** Bytes that the link has received so far: growth during a silent round is life too, and tells targets that are filtered. */
  readonly receivedBytes?: (() => Promise<number | undefined>) | undefined;
  readonly deadlineMs?: number | undefined;
  readonly overlapMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** The default name: its answer is 52 bytes, never changes, and is in every resolver's cache. */
export const DNS_NAME = 'a.root-servers.net';

/** One round. Three of them with 3 s between, after 10 s of silence and two readings of the counters (4 s), stay below 30 s. */
export const ROUND_MS = 3_000;

/** A question is given this long before the next is asked beside it. An idle LTE radio needs 0.05–0.3 s for its first round trip. */
const OVERLAP_MS = 500;

/** The least time a question gets, also when it is asked late in a round. */
const LEAST_MS = 1_000;

/** One round of questions. @throws only the signal's reason, when that aborts. */
export async function proveReachable(options: ProbeOptions): Promise<ProbeResult> {
  const memory = options.memory ?? NOTHING_LEARNT;
  const questions = questionsFor({ ...options, dnsName: options.dnsName ?? DNS_NAME }, memory);
  const receivedBefore = await options.receivedBytes?.();
  const { asked, tried } = await askAll(questions, options);
  options.signal.throwIfAborted();
  const bytes = questions.slice(0, asked).reduce((sum, question) => sum + question.bytes, 0);
  const winner = tried.find(({ outcome }) => outcome === 'answered');
  const unheard = questions.slice(0, asked).filter(({ by }) => by !== winner?.by && isUnheard(by, tried));
  const quiet = unheard.map(({ by }) => by);
  if (winner !== undefined) {
    return { alive: true, by: winner.by, roundTripMs: winner.tookMs, memory: learn(memory, winner.by, quiet), bytes };
  }
  if (quiet.length > 0 && grew(receivedBefore, await options.receivedBytes?.())) {
    return {
      alive: true,
      by: 'received traffic',
      roundTripMs: ROUND_MS,
      memory: learn(memory, undefined, quiet),
      bytes,
    };
  }
  return { alive: false, tried, decisive: quiet.some((by) => counts(memory, by)), memory, bytes };
}

function isUnheard(by: string, tried: readonly Attempt[]): boolean {
  return (tried.find((attempt) => attempt.by === by)?.outcome ?? 'silent') === 'silent';
}

function grew(before: number | undefined, after: number | undefined): boolean {
  return before !== undefined && after !== undefined && after > before;
}

/** Asks one after the other, the next as soon as one has failed or OVERLAP_MS have passed; ends with the first answer or the deadline. */
async function askAll(
  questions: readonly Question[],
  options: ProbeOptions,
): Promise<{ asked: number; tried: readonly Attempt[] }> {
  const { clock, deadlineMs = ROUND_MS, overlapMs = OVERLAP_MS } = options;
  const round = childSignal(options.signal);
  const endMs = clock.now().monotonicMs + deadlineMs;
  const tried: Attempt[] = [];
  const open = new Set<Promise<void>>();
  const over = () => round.signal.aborted || tried.some(({ outcome }) => outcome === 'answered');
  let asked = 0;
  for (const question of questions) {
    if (over()) break;
    asked += 1;
    const timeoutMs = Math.max(LEAST_MS, Math.ceil(endMs - clock.now().monotonicMs));
    const asking = askOne(question, timeoutMs, clock, round.signal)
      .then((attempt) => void tried.push(attempt))
      .finally(() => open.delete(asking));
    open.add(asking);
    const overlap = clock.sleep(overlapMs, round.signal).catch(() => {}); // aborted: the loop ends
    await Promise.race([...open, overlap]);
  }
  while (!over() && open.size > 0) await Promise.race(open);
  round.end();
  return { asked, tried: [...tried] };
}

async function askOne(question: Question, timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<Attempt> {
  const own = childSignal(signal);
  const startedMs = clock.now().monotonicMs;
  const late = clock.sleep(timeoutMs, own.signal).then(
    (): Answer => ({ outcome: 'silent', detail: 'no answer' }),
    (): Answer => ({ outcome: 'silent', detail: 'given up' }),
  );
  try {
    const answer = await Promise.race([question.ask(timeoutMs, own.signal), late]);
    return { by: question.by, ...answer, tookMs: clock.now().monotonicMs - startedMs };
  } finally {
    own.end();
  }
}

// One check of how far traffic gets: the destinations that are named, else what is beyond the
// carrier, and what its name server says of a name whose address is known.
import { childSignal } from '../../../system/child-signal.ts';
import type { Clock } from '../../../system/clock.ts';
import type { Counters } from '../counters.ts';
import type { Attempt, ProbeTarget } from '../probe/attempt.ts';
import { detourOf } from '../probe/detour.ts';
import { haveLeft, judge, neverArrived, wasDropped } from '../probe/judge.ts';
import { NOTHING_LEARNT } from '../probe/memory.ts';
import { ROUND_MS } from '../probe/probe.ts';
import { type AskedOver, type Question, questionsFor } from '../probe/questions.ts';
import { cameIn } from '../traffic.ts';
import { type Asked, askDestination, DESTINATION_BYTES, type Destination } from './ask-destination.ts';
import { type DestinationAnswer, type Evidence, lieIn } from './judge-reach.ts';

export interface ReachOptions extends AskedOver {
  readonly clock: Clock;
  readonly destinations: readonly Destination[];
  readonly dnsName: string;
  readonly counters: () => Promise<Counters | undefined>;
  /** Whether the day's budget pays so many bytes more. */
  readonly admits: (bytes: number) => boolean;
  readonly signal: AbortSignal;
}

export interface Checked {
  readonly evidence: Evidence;
  /** What it has cost, both ways, with headers. */
  readonly bytes: number;
}

/** Asks once, all in all for at most half a minute. @throws only the signal's reason */
export async function checkReach(options: ReachOptions): Promise<Checked> {
  const { counters, signal } = options;
  const before = await counters();
  const { answers, bytes } = await askDestinations(options);
  const isReached = answers.some(({ outcome }) => outcome === 'reached');
  const known = isReached ? { attempts: [], bytes: 0 } : await askCarrier(options, before);
  const beyond = isReached ? NOT_ASKED : await askBeyond(options);
  signal.throwIfAborted();
  const after = await counters();
  const answered = known.attempts.find(({ outcome }) => outcome === 'answered');
  const moved = { before, after };
  const isTaken = !(wasDropped(moved) || neverArrived(moved));
  const isAlive = isReached || (before !== undefined && after !== undefined && cameIn(before, after) && isTaken);
  const lie = answered?.addresses && lieIn(options.dnsName, answered.addresses);
  return {
    evidence: { destinations: answers, lie, isAlive, beyond: beyond.found },
    bytes: bytes + known.bytes + beyond.bytes,
  };
}

const NOT_ASKED = { found: { outcome: 'not-asked' }, bytes: 0 } as const;

/** In order, until one is reached. */
async function askDestinations(options: ReachOptions): Promise<{ answers: DestinationAnswer[]; bytes: number }> {
  const { destinations, admits, signal } = options;
  const answers: DestinationAnswer[] = [];
  let bytes = 0;
  for (const destination of destinations) {
    if (!admits(bytes + DESTINATION_BYTES[destination.kind])) break;
    const { answer, cost } = await overTheLink(options, destination);
    signal.throwIfAborted();
    bytes += cost;
    answers.push(answer);
    if (answer.outcome === 'reached') break;
  }
  return { answers, bytes };
}

/** What a destination answers, as far as it is true of the link. */
async function overTheLink(options: ReachOptions, destination: Destination) {
  const { commands, interface: device, counters, signal } = options;
  const before = await counters();
  const asked = await askDestination(destination, options);
  const after = await counters();
  const { bytes: cost, route, ...answer } = asked;
  const isTrue = await isOfTheLink(asked, async () => {
    const detour = route && (await detourOf(commands, { ...route, device }, signal));
    return detour === undefined && haveLeft(1, { before, after });
  });
  const isHere = judge({ outcome: 'answered', detail: '' }, { before, after }).outcome === 'answered';
  const holds = isTrue && (answer.outcome === 'silent' || isHere);
  const hindered: DestinationAnswer = { ...answer, outcome: 'impossible' };
  return { answer: holds ? answer : hindered, cost };
}

/** What has no address, and what this host could not ask, went by no way that could be wrong. */
async function isOfTheLink({ outcome }: Asked, went: () => Promise<boolean>): Promise<boolean> {
  return outcome === 'no-name' || outcome === 'impossible' || (await went());
}

/** The carrier's name servers, one after the other until one answers. */
async function askCarrier(options: ReachOptions, before: Counters | undefined) {
  const targets = options.targets.filter((target) => target.kind === 'dns' && target.server === undefined);
  const attempts: Attempt[] = [];
  let bytes = 0;
  for (const question of questionsOf(options, targets, before)) {
    const attempt = await ask(question, options);
    bytes += question.bytes;
    attempts.push(attempt);
    if (attempt.outcome === 'answered') break;
  }
  return { attempts, bytes };
}

/**
 * What `probe.targets` names beside the carrier, all at once. A refusal does not count: walled
 * gardens refuse for the whole internet.
 */
async function askBeyond(options: ReachOptions): Promise<{ found: Evidence['beyond']; bytes: number }> {
  const { commands, interface: device, counters, dnsServers, signal } = options;
  const before = await counters();
  const targets = options.targets.filter(
    (target) => target.kind !== 'dns' || (target.server !== undefined && !dnsServers.includes(target.server)),
  );
  const questions = questionsOf(options, targets, before);
  if (questions.length === 0) return NOT_ASKED;
  const bytes = questions.reduce((sum, question) => sum + question.bytes, 0);
  const round = childSignal(signal);
  const attempts = await Promise.all(
    questions.map(async (question) => {
      const attempt = await ask(question, { ...options, signal: round.signal });
      if (isConnection(attempt)) round.end();
      return attempt;
    }),
  );
  round.end();
  signal.throwIfAborted();
  const first = attempts.find(isConnection);
  if (first !== undefined) return { found: { outcome: 'connected', by: first.by, tookMs: first.tookMs }, bytes };
  const routes = questions.flatMap(({ route }) => route ?? []);
  const ways = await Promise.all(routes.map((route) => detourOf(commands, { ...route, device }, signal)));
  const silent = attempts.filter(({ outcome }) => outcome !== 'impossible');
  const haveGone = silent.length > 0 && haveLeft(silent.length, { before, after: await counters() });
  const isTold = haveGone && ways.every((detour) => detour === undefined);
  return { found: { outcome: isTold ? 'silent' : 'hindered' }, bytes };
}

const isConnection = ({ outcome, detail }: Attempt): boolean => outcome === 'answered' && !detail.startsWith('ECONN');

function questionsOf(options: ReachOptions, targets: readonly ProbeTarget[], counters: Counters | undefined) {
  const hasArp = counters?.hasArp ?? false;
  return questionsFor({ ...options, targets, hasArp, timeoutMs: ROUND_MS }, NOTHING_LEARNT);
}

/** One question, for as long as a round may take. */
async function ask(question: Question, { clock, counters, signal }: ReachOptions): Promise<Attempt> {
  const own = childSignal(signal);
  const startedMs = clock.now().monotonicMs;
  const before = await counters();
  void clock.sleep(ROUND_MS, own.signal).then(
    () => own.end(),
    () => {}, // answered before
  );
  const answer = await question.ask(own.signal);
  own.end();
  const judged = judge(answer, { before, after: await counters() });
  return { by: question.by, ...judged, tookMs: clock.now().monotonicMs - startedMs };
}

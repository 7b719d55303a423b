// Whether what a probe saw is true of the link: an answer proves nothing where no byte came in, and
// silence proves nothing where no byte went out. Pure.

import type { Counters } from '../counters.ts';
import { cameIn } from '../traffic.ts';
import type { Answer } from './attempt.ts';

/**
 * The least that any question puts on the link: an IPv4 header and a SYN without options, or an
 * empty echo request.
 */
const LEAST_SENT_BYTES = 40;

/**
 * The counters when a round or a question began, and now. Undefined: there is no such interface
 * (any more).
 */
export interface Moved {
  readonly before: Counters | undefined;
  readonly after: Counters | undefined;
}

/** `answer` as far as it is true of the link. */
export function judge(answer: Answer, { before, after }: Moved): Answer {
  const { outcome, detail } = answer;
  if (outcome !== 'answered' && outcome !== 'unreachable') return answer;
  if (before === undefined || after === undefined) return { outcome: 'impossible', detail: 'no such interface' };
  const wentOut = after.txBytes - before.txBytes >= LEAST_SENT_BYTES;
  const somethingCame = after.rxBytes > before.rxBytes;
  if (outcome === 'answered') {
    return wentOut && somethingCame ? answer : { outcome: 'impossible', detail: `this host itself says ${detail}` };
  }
  // A neighbour that does not answer ARP is a dead link; a router's word came in as bytes. All else
  // is this host's.
  const isNeighbour = after.hasArp && after.txBytes > before.txBytes;
  return { outcome: somethingCame || isNeighbour ? 'silent' : 'impossible', detail };
}

/** Whether `count` questions that stayed silent can all have left this host. */
export function haveLeft(count: number, { before, after }: Moved): boolean {
  if (before === undefined || after === undefined) return false;
  const sent = after.txBytes - before.txBytes;
  // Behind a neighbour that does not answer only the ARP requests for it leave.
  return after.hasArp ? sent > 0 : sent >= count * LEAST_SENT_BYTES;
}

/**
 * Whether this host itself threw away all that came in over the link. Told only where the modem
 * does not answer by itself, whose small talk nobody takes either.
 */
export function wasDropped({ before, after }: Moved): boolean {
  if (before === undefined || after === undefined || after.hasArp) return false;
  const came = after.rxPackets - before.rxPackets;
  return came > 0 && (after.undelivered ?? 0) - (before.undelivered ?? 0) >= came;
}

/**
 * Whether nothing of what came in over the link has reached this host's IP layer. A guess, where
 * something that forwards takes it past that layer, or the numbers were read at an unlucky moment.
 */
export function neverArrived({ before, after }: Moved): boolean {
  if (before?.reachedIp === undefined || after?.reachedIp === undefined || after.hasArp) return false;
  return after.rxPackets > before.rxPackets && after.reachedIp <= before.reachedIp;
}

/**
 * Whether something came in that proves the link. Where the modem answers by itself, only an answer
 * does that.
 */
export function showsLife({ before, after }: Moved): boolean {
  return before !== undefined && after !== undefined && !after.hasArp && cameIn(before, after);
}

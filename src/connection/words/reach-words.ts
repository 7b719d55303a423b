// How far traffic gets, in words: the standing warning and the line in the journal. Pure.
import { type Found, found } from '../../codes/codes.ts';
import type { Connection, Reach } from '../connection.ts';

/** What is to be put right about how far traffic gets; none where it gets through. */
export function reachWarnings({ reach }: Pick<Connection, 'reach'>): readonly Found[] {
  if (reach === undefined || reach.reason === '') return [];
  const { verdict, reason, remedy } = reach;
  return verdict === 'not-through'
    ? [found('not-through', { text: `traffic does not get through: ${reason}`, remedy })]
    : [found('reach-unclear', { text: reason, remedy })];
}

/** The last word on how far traffic gets in the session at hand; undefined before there is one. */
export function reachNow({ reach, link, sessionSince }: Connection): Reach | undefined {
  return reach?.apn === link?.apn && reach?.session === sessionSince?.monotonicMs ? reach : undefined;
}

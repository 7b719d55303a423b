// An outage while it lasts. It begins with the loss of the link, or, where there has been none
// since the start, with the first attempt that fails or the first rung. Its remains are an incident
// (state/memory.ts).
import type { Loss, Rung } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';

/** An outage that is still going on, and what the ladder has done about it. */
export interface Outage {
  readonly since: Moment;
  readonly reason: string;
  /** What took the link away, and the signal before that. */
  readonly loss?: Loss;
  readonly climbed: readonly Rung[];
  /** The link was connected and dead: every other uplink comes first until traffic passes. */
  readonly dead?: true;
  /** Why the last rung was passed over, where none is left above it. */
  readonly passedOver?: string;
  /** Failed attempts since the last rung. */
  readonly failuresSinceRung: number;
}

// A data plan that is used up, where the configuration wants the link down for that: what the
// connection knows of it, and the event that tells it. Types, and who is bound by it.
import type { Memory } from '../../state/memory.ts';

export interface UsedUp {
  /** Salted hash of the ICCID of the SIM whose plan it is; '' where the modem tells none. */
  readonly sim: string;
  /** With the limit, and when the period began and ends. */
  readonly reason: string;
  readonly remedy: string;
}

export interface PlanJudged {
  readonly kind: 'planJudged';
  /** Undefined: data may be used. */
  readonly usedUp: UsedUp | undefined;
}

/** What keeps the SIM in use from being connected; another SIM has a plan of its own. */
export function usedUpNow({ usedUp, memory }: { usedUp: UsedUp | undefined; memory: Memory }): UsedUp | undefined {
  return usedUp?.sim === (memory.sim ?? '') ? usedUp : undefined;
}

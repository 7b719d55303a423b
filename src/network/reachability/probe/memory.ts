// Which targets can work at this carrier at all, learnt from what answered and from what stayed
// silent while the link was alive. Pure.

export interface ProbeMemory {
  /** Targets (`by`) that have answered at least once. */
  readonly answered: readonly string[];
  /**
   * For targets that never did: how often they stayed silent while something else showed the link
   * to be alive.
   */
  readonly contradicted: Readonly<Record<string, number>>;
}

export const NOTHING_LEARNT: ProbeMemory = { answered: [], contradicted: {} };

/**
 * So many contradictions, and no answer ever, mean that the target is filtered here (ICMP often is)
 * and not that the link is dead.
 */
const CONTRADICTIONS = 3;

/** Whether the target's silence says something about the link. */
export function counts(memory: ProbeMemory, by: string): boolean {
  return memory.answered.includes(by) || (memory.contradicted[by] ?? 0) < CONTRADICTIONS;
}

/**
 * The memory after `answered` answered (undefined: the link showed itself alive by received bytes)
 * while `unheard` had not (yet).
 */
export function learn(memory: ProbeMemory, answered: string | undefined, unheard: readonly string[]): ProbeMemory {
  const known =
    answered === undefined || memory.answered.includes(answered) ? memory.answered : [...memory.answered, answered];
  const contradicted = { ...memory.contradicted };
  for (const by of unheard)
    if (!known.includes(by)) contradicted[by] = Math.min(CONTRADICTIONS, (contradicted[by] ?? 0) + 1);
  return { answered: known, contradicted };
}

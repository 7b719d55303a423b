// What several rows do alike: wait for the carrier to be asked, ask what the manager says, count
// what it did.

import type { Fault, Situation } from '../fault.ts';
import { heavyOf, readRungs } from '../rungs.ts';

/** Waits until the carrier has been asked `times` times for a session. */
export async function asked({ world, until }: Situation, times = 1, timeoutMs = 20_000): Promise<void> {
  const activations = async (): Promise<boolean> =>
    (await world.modem.attempts()).filter(({ kind }) => kind === 'activate').length >= times;
  await until(`${times} connects at the carrier`, activations, timeoutMs);
}

/** How often the host made the modem do `kind`, since the row began. */
export async function times({ world }: Pick<Situation, 'world'>, kind: string): Promise<number> {
  return (await world.modem.attempts()).filter((attempt) => attempt.kind === kind).length;
}

/**
 * What the manager says of itself, when it says anything, must name the fault within `timeoutMs`.
 * @throws with what it said instead
 */
export async function mustSay({ manager, sleep, until }: Situation, pattern: RegExp, timeoutMs = 3_000): Promise<void> {
  const { managed } = manager;
  if (managed.why === undefined) return;
  let said = '';
  const names = async (): Promise<boolean> => {
    said = (await managed.why?.()) ?? '';
    if (pattern.test(said)) return true;
    // Who waits for minutes does not ask fifty times a second.
    await sleep(timeoutMs / 200);
    return false;
  };
  await until('', names, timeoutMs).catch(() => {
    throw new Error(`it says "${said.trim()}", which does not match ${pattern}`);
  });
}

/** @throws when more than `most` of something were seen */
export function noMoreThan(most: number, count: number, what: string): void {
  if (count > most) throw new Error(`${count} ${what}, ${most} admitted`);
}

/**
 * Rows in which nobody may punish the modem: no rung above the radio cycle, and that at most once.
 */
export function gentle(rows: readonly Fault[]): readonly Fault[] {
  return rows.map((row) => ({ heavyRungs: 0, radioCycles: 1, ...row }));
}

/** The same, where the rows themselves switch the radio off. */
export function spared(rows: readonly Fault[]): readonly Fault[] {
  return rows.map((row) => ({ heavyRungs: 0, ...row }));
}

/** @throws when a rung above the radio cycle was climbed by now */
export async function gentleSoFar({ world }: Situation): Promise<void> {
  noMoreThan(0, heavyOf(await readRungs(world)), 'rungs above the radio cycle');
}

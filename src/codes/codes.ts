// Every code under which something can be amiss, in one namespace: what the daemon warns of and
// what `doctor` finds. Whoever finds something calls `found`: its words are the table's, or
// its own where the table has an example only (`worded`).
import type { Entry, Severity } from './entry.ts';
import { STANDING } from './standing.ts';
import { STEPS } from './steps.ts';

/** Programs go by codes: they stay, while the words may change. */
export const CODES = { ...STEPS, ...STANDING } as const;

export type Code = keyof typeof CODES;

type Details<C extends Code> = (typeof CODES)[C] extends Entry<infer D> ? D : never;

/** Something that is amiss now. */
export interface Found {
  readonly code: Code;
  readonly severity: Severity;
  /** What is amiss, without a full stop. */
  readonly text: string;
  /** What a person can do about it; undefined where that is nothing. */
  readonly remedy?: string;
}

const entryOf = <C extends Code>(code: C) => CODES[code] as unknown as Entry<Details<C>>;

/** `code` in the case at hand, or in the table's example where the finder knows no more. */
export function found<C extends Code>(code: C, details: Details<C> = entryOf(code).example): Found {
  const { severity, text, remedy } = entryOf(code);
  const toDo = remedy(details);
  return { code, severity, text: text(details), ...(toDo !== '' && { remedy: toDo }) };
}

/** The first of `standing` that `code` follows from, at once or by way of others. */
export function causeOf(code: Code, standing: ReadonlySet<Code>): Code | undefined {
  for (const cause of (entryOf(code).dependsOn ?? []) as readonly Code[]) {
    const first = causeOf(cause, standing) ?? (standing.has(cause) ? cause : undefined);
    if (first !== undefined) return first;
  }
  return undefined;
}

/** How long `code` must stand before it is shown. */
export const visibleAfterMs = (code: Code): number => entryOf(code).visibleAfterMs ?? 0;

// What a check of `percept-lte doctor` finds.
import { type Code, causeOf, found } from '../../codes/codes.ts';
import type { Severity, Words } from '../../codes/entry.ts';
import type { STEPS } from '../../codes/steps.ts';
import type { ModemManagerFacts } from '../../modem/objects.ts';
import type { Status } from '../../status/schema.ts';
import type { CliContext } from '../context.ts';

export interface Finding {
  readonly code: Code;
  readonly state: 'ok' | Severity;
  readonly about: string;
  readonly text: string;
  /** What a person can do about it. */
  readonly remedy?: string;
}

/** What is well. */
export const ok = (code: Code, about: string, text: string): Finding => ({ code, state: 'ok', about, text });

/** What is not, in the words of codes/steps.ts where `words` has no better ones. */
export function amiss(code: keyof typeof STEPS, about: string, words: Partial<Words> = {}): Finding {
  const { severity, ...said } = found(code, words);
  return { ...said, state: severity, about };
}

/** What all checks look at, read once. */
export interface Around {
  /** undefined: there is no bus that could be asked. */
  readonly facts: ModemManagerFacts | undefined;
  /** The process that owns ModemManager's name on the bus. */
  readonly modemManagerPid: number | undefined;
  /** What the daemon says, while it runs. */
  readonly status: Status | undefined;
}

/** Looks at one thing; changes nothing. */
export type Check = (context: CliContext, configPath: string, around: Around) => Promise<readonly Finding[]>;

/**
 * The findings with what each of them is hidden by: its remedy would lead astray while that is so.
 */
export function withCauses(findings: readonly Finding[]): readonly (Finding & { readonly because?: Code })[] {
  const standing = new Set(findings.filter(({ state }) => state !== 'ok').map(({ code }) => code));
  return findings.map((finding) => {
    const because = finding.state === 'ok' ? undefined : causeOf(finding.code, standing);
    return because === undefined ? finding : { ...finding, because };
  });
}

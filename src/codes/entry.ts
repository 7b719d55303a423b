// The form of an entry in the table of codes, and the two ways to make one.

/** fail: the board, or a part of its job, cannot work like this. warn: it may bite some day. */
export type Severity = 'warn' | 'fail';

/** One thing that can be amiss. `D`: what its words need to know of the case at hand. */
export interface Entry<D> {
  readonly severity: Severity;
  /** What is amiss, without a full stop. */
  readonly text: (details: D) => string;
  /** What a person can do about it; '' where that is nothing. */
  readonly remedy: (details: D) => string;
  /** A case, for the page that lists the codes, and for whoever finds no details. */
  readonly example: D;
  /** Codes of what must be put right first: while one of them stands this one is not shown. */
  readonly dependsOn?: readonly string[];
  /** Only what stands for so long is shown: what passes by itself before is nobody's business. */
  readonly visibleAfterMs?: number;
}

/** The entry as it is; for its type, which says of which details its words are made. */
export const entry = <D>(one: Entry<D>): Entry<D> => one;

export interface Words {
  readonly text: string;
  readonly remedy?: string;
}

type Rest = Pick<Entry<Words>, 'dependsOn' | 'visibleAfterMs'>;

/** An entry of which the finder says more than the table can: its words go before these. */
export const worded = (severity: Severity, text: string, remedy: string, rest: Rest = {}): Entry<Partial<Words>> => ({
  severity,
  text: (details) => details.text ?? text,
  remedy: (details) => details.remedy ?? remedy,
  example: {},
  ...rest,
});

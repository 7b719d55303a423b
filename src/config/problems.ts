// Turns what YAML and the schema object to into problems that a person can mend: place, path, what
// was found, what is allowed. Prints no secret.

import type { Document } from 'yaml';
import { isMap, isNode, isScalar, type LineCounter, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import type * as z from 'zod/mini';
import { nearest } from './did-you-mean.ts';
import { keysAt, keysNamed } from './shape.ts';

/** One thing that is wrong with a configuration. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The keys that lead to it, such as `connect.apn`; '' for the file as a whole. */
  readonly path: string;
  readonly text: string;
  /**
   * A file could not be read: the disk may be mounted a moment later, and nothing in the file need
   * be changed.
   */
  readonly mayPass?: boolean;
}

/** More than a person mends at once; a file of another kind has thousands, for the journal too. */
const MOST_PROBLEMS = 30;

/** A configuration that cannot be used, with what is wrong with it: the first of many. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];
  constructor(
    readonly file: string,
    problems: readonly Problem[],
    options?: ErrorOptions,
  ) {
    const first = firstOf(problems);
    super(first.map(problemLine).join('\n'), options);
    this.problems = first;
  }

  /** Whether reading it again may mend all of it, so that systemd should. */
  get mayPass(): boolean {
    return this.problems.every(({ mayPass = false }) => mayPass);
  }
}

function firstOf(problems: readonly Problem[]): readonly Problem[] {
  const [next, ...others] = problems.slice(MOST_PROBLEMS);
  if (next === undefined || others.length === 0) return problems;
  const mayPass = [next, ...others].every((problem) => problem.mayPass === true);
  const more = { file: next.file, path: '', text: `and ${others.length + 1} more`, ...(mayPass && { mayPass }) };
  return [...problems.slice(0, MOST_PROBLEMS), more];
}

/** `file:line:column: path: text`, without the parts that are not known. */
export const problemLine = (problem: Problem): string =>
  [
    [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':'),
    problem.path,
    problem.text,
  ]
    .filter((part) => part !== '')
    .join(': ');

/** Whoever mistypes a value of these must not find it in the journal. */
const SECRET_KEYS: ReadonlySet<PropertyKey | undefined> = new Set(['pin', 'password', 'puk', 'user', 'iccid-prefix']);

/** The same, where the space after the colon is missing and YAML sees one word: `pin:1234`. */
const SECRET_WORD = /(pin|puk|password|user(?=:))(?:[^\w-]|\d).*$/is;

/** Whom a URL belongs to, and what stands behind its `?`, is often a secret. */
const SECRET_URL = /:\/\/.*[@?]/s;

const kindOf = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  switch (typeof value) {
    case 'object':
      return 'a section';
    case 'string':
      return value === '' ? 'empty text' : 'text';
    case 'number':
    case 'bigint':
      return 'a number without quotes';
    default:
      return `a ${typeof value}`;
  }
};

/**
 * What was found, short enough for a line and free of control characters; secrets are described,
 * not quoted.
 */
function found(value: unknown, secret: boolean): string {
  const kind = kindOf(value);
  if (secret || (typeof value === 'string' && (SECRET_WORD.test(value) || SECRET_URL.test(value))))
    return typeof value === 'string' && value !== '' ? 'other text (not shown)' : kind;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return kind;
  const quoted = JSON.stringify(value.replaceAll(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '?'));
  return quoted.length <= 62 ? quoted : `${quoted.slice(0, 60)}…"`;
}

/** What is at `path`; undefined where nothing is. */
export const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );

/** Where something stands. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where things stand in a file. */
export class Places {
  /** Of the sections that were asked for, so that thousands of keys are not searched for each. */
  readonly #keys = new Map<YAMLMap, ReadonlyMap<string, Scalar>>();

  constructor(
    private readonly file: string,
    private readonly document: Document.Parsed<ParsedNode>,
    private readonly lines: LineCounter,
  ) {}

  /** The place of the value at `path`; of the nearest key above it where there is none. */
  of(path: readonly PropertyKey[]): Place {
    const node = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    // A section begins where its name stands, not where its first key does.
    const name = path.at(-1);
    const isNamed = isMap(node) && typeof name !== 'number';
    if (isNode(node) && !isNamed && node.range) return this.#at(node.range[0]);
    if (name === undefined) return { file: this.file, line: 1, column: 1 };
    const key = this.#keyNode(path.slice(0, -1), name);
    return key?.range ? this.#at(key.range[0]) : this.of(path.slice(0, -1));
  }

  /** The place of the key `name` in the section at `path`. */
  ofKey(path: readonly PropertyKey[], name: string): Place {
    const key = this.#keyNode(path, name);
    return key?.range ? this.#at(key.range[0]) : this.of(path);
  }

  #keyNode(path: readonly PropertyKey[], name: PropertyKey): Scalar | undefined {
    const parent = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    if (!isMap(parent)) return undefined;
    const keys = this.#keys.get(parent) ?? keyNodes(parent);
    this.#keys.set(parent, keys);
    return keys.get(String(name));
  }

  #at(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}

const keyNodes = ({ items }: YAMLMap): ReadonlyMap<string, Scalar> =>
  new Map(items.flatMap(({ key }) => (isScalar(key) ? [[String(key.value), key]] : [])));

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const allowed = keysAt(path).map(({ path: known }) => known.at(-1) ?? '');
  const meant = nearest(key, allowed);
  if (meant !== undefined) return `unknown key; did you mean '${meant}'?`;
  const elsewhere = keysNamed(key)[0];
  if (elsewhere !== undefined) return `does not belong here; it is written as ${elsewhere.path.join('.')}`;
  return `unknown key, allowed ${allowed.length === 0 ? 'none' : allowed.join(', ')}`;
}

/** The problems that the schema has with `value`. */
export function schemaProblems(
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  places: Pick<Places, 'of' | 'ofKey'>,
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        ...places.ofKey(issue.path, key),
        path: printable([...issue.path, key]),
        text: unknownKey(issue.path, key),
      }));
    }
    const secret = issue.path.some((key) => SECRET_KEYS.has(key)) || issue.path[0] === 'sim';
    const what = valueAt(value, issue.path);
    const text =
      what === undefined
        ? `is missing, allowed ${issue.message}`
        : `found ${found(what, secret)}, allowed ${issue.message}`;
    return [{ ...places.of(issue.path), path: printable(issue.path), text }];
  });
}

/** The keys that lead to something, as a person would write them: `profiles[1].name`. */
export const printable = (path: readonly PropertyKey[]): string =>
  path
    .map((key, index) => (typeof key === 'number' ? `[${key + 1}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('')
    .replace(SECRET_WORD, '$1…')
    .replaceAll(/\p{Cc}/gu, '?')
    .slice(0, 120);

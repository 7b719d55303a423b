// One file of the configuration: from its text, which is YAML, to a value, and where each key is.
// No error quotes the text, which may be a secret that lacks its quotes.
import { type Document, isScalar, LineCounter, type ParsedNode, parseDocument, visit, type YAMLError } from 'yaml';
import type { Ownership } from '../system/others-may-write.ts';
import { ConfigError, Places } from './problems.ts';
import { configKeys } from './shape.ts';

/** A file or a folder, and what stat says of it. */
export interface Owned extends Ownership {
  readonly path: string;
}

/** One file, read and parsed. */
export interface ConfigFile extends Owned {
  readonly value: unknown;
  readonly places: Places;
}

/** The text of the file `owned`. @throws ConfigError where it is no YAML */
export function parsed(text: string, owned: Owned): ConfigFile {
  try {
    return parsedYaml(text, owned);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const problem = {
      file: owned.path,
      path: '',
      text: 'not valid YAML: nested too deeply, or a part of itself (&, *)',
    };
    throw new ConfigError(owned.path, [problem], { cause });
  }
}

/** @throws ConfigError; RangeError where something holds itself */
function parsedYaml(text: string, owned: Owned): ConfigFile {
  const { path } = owned;
  const lines = new LineCounter();
  // Its warnings would go to the journal, and quote a key that is no text: it may be a secret.
  const quiet = { prettyErrors: false, logLevel: 'error' } as const;
  // Its search for a key that stands twice compares each with each: seconds for some thousands.
  const document = parseDocument(text, { ...quiet, lineCounter: lines, uniqueKeys: false });
  const faults = [...document.errors, ...document.warnings, ...repeatedKeys(document)];
  if (faults.length > 0) {
    const problems = faults.map((fault) => {
      const { line, col } = lines.linePos(fault.pos[0]);
      return { file: path, line, column: col, path: '', text: `not valid YAML: ${faultText(fault)}` };
    });
    throw new ConfigError(path, problems);
  }
  const value = withoutEmptySections(plainValue(document, path));
  return { ...owned, value, places: new Places(path, document, lines) };
}

type Fault = Pick<YAMLError, 'code' | 'message' | 'pos'>;

/** The keys that stand a second time in their section. */
function repeatedKeys(document: Document.Parsed<ParsedNode>): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const start = key.range?.[0] ?? 0;
        if (seen.has(key.value))
          faults.push({ code: 'DUPLICATE_KEY', message: 'Map keys must be unique', pos: [start, start] });
        seen.add(key.value);
      }
    },
  });
  return faults;
}

/**
 * What is wrong, without the piece of the file that the library quotes: it may be a secret that
 * lacks its quotes.
 */
function faultText(fault: Fault): string {
  if (fault.code === 'TAG_RESOLVE_FAILED') return 'text that begins with ! is written in quotes';
  if (fault.code === 'BAD_DQ_ESCAPE')
    return 'an unknown escape between double quotes; single quotes take text as it is';
  return fault.message.replace(/(?::\s|["`\\]).*$/s, '');
}

/**
 * @throws ConfigError when references go wrong (to nothing, or so many that they would fill the
 * memory).
 */
function plainValue(document: Document.Parsed<ParsedNode>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch {
    // The library's own error names the alias, which may be a password that lacks its quotes:
    // neither quoted nor kept as the cause.
    const text = 'not valid YAML: a reference (*) to nothing; text that begins with * is written in quotes';
    throw new ConfigError(file, [{ file, path: '', text }]);
  }
}

/** A section of which every line is commented out is the same as none. */
function withoutEmptySections(value: unknown, path: readonly string[] = []): unknown {
  if (value === null && path.length === 0) return {};
  if (!hasKeys(value)) return value;
  const sections = new Set(
    configKeys.filter((key) => key.isSection || key.path[0] === 'profiles').map((key) => key.path.join('.')),
  );
  const kept = Object.entries(value).filter(
    ([name, inner]) => inner !== null || !sections.has([...path, name].join('.')),
  );
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutEmptySections(inner, [...path, name])]));
}

/** Whether a value has keys. */
export const hasKeys = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// Inputs for the fuzz run: what is right, changed here and there, and what was never right.
import fc from 'fast-check';

/** Pieces that parsers trip over. */
const pieces = fc.oneof(
  fc.constantFrom(
    '\0',
    '\n',
    '\r\n',
    '\t',
    '"',
    '{',
    '}',
    '[',
    ']',
    ':',
    '%',
    '\\u0000',
    '__proto__',
    '1e999',
    '-0',
    'NaN',
  ),
  fc.constantFrom(
    'null',
    'true',
    '9'.repeat(30),
    '-1',
    '::ffff:0.0.0.0',
    '255.255.255.255',
    '0.0.0.0/0',
    '\ufeff',
    '\u2028',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/**
 * A text with up to eight places cut out, doubled or overwritten; each place is a part of the text.
 */
export const changed = (...texts: readonly string[]): fc.Arbitrary<string> => {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const edit = fc.tuple(place, fc.nat(12), fc.oneof(pieces, fc.constant(''), fc.constant(undefined)));
  return fc.tuple(fc.constantFrom(...texts), fc.array(edit, { maxLength: 8 })).map(([text, edits]) =>
    edits.reduce((so, [where, length, piece]) => {
      const at = Math.floor(where * so.length);
      const cut = so.slice(at, at + length);
      return so.slice(0, at) + (piece ?? cut + cut) + so.slice(at + length);
    }, text),
  );
};

/** JSON of the given shapes with some leaves replaced by other values, or any JSON at all. */
export const changedJson = (...values: readonly unknown[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom(...values), fc.infiniteStream(fc.option(leaf, { freq: 8, nil: KEPT })))
      .map(([value, leaves]) => JSON.stringify(replaced(value, leaves)) ?? ''),
    fc.json(),
  );

const KEPT = Symbol('kept');
const leaf = fc.oneof(fc.jsonValue(), fc.constantFrom(1e308, -1, 2 ** 53, '', 'x'.repeat(300), [], {}));

function replaced(value: unknown, leaves: Iterator<unknown>): unknown {
  const leaf = leaves.next().value;
  if (leaf !== null && leaf !== KEPT) return leaf;
  if (Array.isArray(value)) return value.map((inner) => replaced(inner, leaves));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, leaves)]));
}

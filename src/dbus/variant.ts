// D-Bus values to plain values and back: variants unwrapped, 64-bit integers made printable, and
// the few variants that we send.
import library from 'dbus-next/lib/variant.js';

const { Variant } = library;

/**
 * Takes all variants out of a value, at every depth. Structs and arrays become arrays, dictionaries
 * plain objects (keys are strings also where D-Bus has numbers), byte arrays stay Buffers; a 64-bit
 * integer becomes a number where that is exact, else its decimal text, since JSON cannot carry a
 * bigint.
 */
export function unwrap(value: unknown): unknown {
  if (value instanceof Variant) return unwrap(value.value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
  }
  return value;
}

/** A value to send, with its D-Bus type. */
export interface TypedValue {
  readonly signature: string;
  readonly value: unknown;
}

/**
 * An a{sv} to send. Entries that are undefined are left out: the library refuses them, and
 * ModemManager tells "unset" from "empty".
 */
export function dictionary(entries: Readonly<Record<string, TypedValue | undefined>>): Record<string, TypedValue> {
  const wrapped: Record<string, TypedValue> = {};
  for (const [key, entry] of Object.entries(entries)) {
    if (entry !== undefined) wrapped[key] = new Variant(entry.signature, entry.value);
  }
  return wrapped;
}

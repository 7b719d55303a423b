// Reading single properties out of a dictionary from D-Bus: what fits its schema is taken, what
// does not is reported and replaced.
import type * as z from 'zod/mini';
import '../../system/english.ts';
import { DBusShapeError } from './shape-error.ts';

/** Properties of one interface of one object, by their D-Bus names, variants taken out. */
export type Raw = Readonly<Record<string, unknown>>;

/** Told of each value that was dropped. `problem` never holds the value: it may be a secret. */
export type Report = (path: string, interfaceName: string, property: string, problem: string) => void;

/** The properties of one interface. */
export interface Fields {
  /** The value, or undefined when it is missing; also, and reported, when it does not fit. */
  maybe<T>(property: string, schema: z.ZodMiniType<T>): T | undefined;
  /**
   * The same with a value in place of undefined: an older ModemManager lacks what a newer one has.
   */
  get<T>(property: string, schema: z.ZodMiniType<T>, otherwise: T): T;
  /** A value without which the object is of no use. @throws DBusShapeError */
  need<T>(property: string, schema: z.ZodMiniType<T>): T;
  /** An a{sv}; empty when missing, or, reported, when it is something else. */
  dictionary(property: string): Raw;
}

/** Whether a value may be an a{sv}; what its values are is not looked at. */
export const isRaw = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);

const problemOf = (error: z.core.$ZodError): string => error.issues[0]?.message ?? 'not as expected';

/** Opens the properties of an interface for reading. */
export function fieldsOf(path: string, interfaceName: string, raw: Raw, report: Report): Fields {
  const maybe = <T>(property: string, schema: z.ZodMiniType<T>): T | undefined => {
    if (raw[property] === undefined) return undefined;
    const parsed = schema.safeParse(raw[property]);
    if (parsed.success) return parsed.data;
    report(path, interfaceName, property, problemOf(parsed.error));
    return undefined;
  };
  return {
    maybe,
    get: (property, schema, otherwise) => maybe(property, schema) ?? otherwise,
    need: (property, schema) => {
      const parsed = schema.safeParse(raw[property]);
      if (parsed.success) return parsed.data;
      throw new DBusShapeError(path, interfaceName, property, problemOf(parsed.error), { cause: parsed.error });
    },
    dictionary: (property) => {
      const value = raw[property];
      if (isRaw(value)) return value;
      if (value !== undefined) report(path, interfaceName, property, 'no dictionary');
      return {};
    },
  };
}

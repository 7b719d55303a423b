// Walks the schema: which keys there are at a path, what each means and what it is when left out.
// For error messages and for the documents.
import * as z from 'zod/mini';
import type { $ZodType } from 'zod/v4/core';
import { ConfigSchema } from './schema.ts';

/** A key of the configuration. */
export interface Key {
  /** The names that lead to it. */
  readonly path: readonly string[];
  readonly description: string;
  /** As it would be written in the file; undefined when leaving it out means that it is not set. */
  readonly defaultValue: unknown;
  /** What could be written, for keys without a default. */
  readonly example: unknown;
  /** The words to choose from, where it is one of a few. */
  readonly choices: readonly string[];
  /** Several of the choices may stand in a list. */
  readonly isList: boolean;
  readonly required: boolean;
  readonly isSection: boolean;
  /** It stands in each section of a list. */
  readonly isInList: boolean;
}

const unwrapped = (schema: $ZodType): $ZodType => {
  if (schema instanceof z.ZodMiniPrefault || schema instanceof z.ZodMiniOptional)
    return unwrapped(schema.def.innerType);
  return schema instanceof z.ZodMiniPipe ? unwrapped(schema.def.in) : schema;
};

const metaOf = (schema: $ZodType) => z.globalRegistry.get(schema) ?? {};

const defaultOf = (schema: $ZodType): unknown =>
  schema instanceof z.ZodMiniPrefault ? schema.def.defaultValue : metaOf(schema).default;

const choicesOf = (schema: $ZodType): readonly string[] => {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodMiniArray) return choicesOf(inner.def.element);
  return inner instanceof z.ZodMiniEnum ? inner.options.map(String) : [];
};

function* keysBelow(schema: $ZodType, path: readonly string[], isInList = false): Generator<Key> {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodMiniArray) yield* keysBelow(inner.def.element, path, true);
  if (!(inner instanceof z.ZodMiniObject)) return;
  for (const [name, child] of Object.entries<$ZodType>(inner.shape)) {
    const childPath = [...path, name];
    const isSection = unwrapped(child) instanceof z.ZodMiniObject;
    yield {
      path: childPath,
      description: metaOf(child).description ?? '',
      defaultValue: isSection ? undefined : defaultOf(child),
      choices: choicesOf(child),
      isList: unwrapped(child) instanceof z.ZodMiniArray,
      example: metaOf(child).example,
      required: !(child instanceof z.ZodMiniPrefault || child instanceof z.ZodMiniOptional),
      isSection,
      isInList,
    };
    yield* keysBelow(child, childPath, isInList);
  }
}

const allKeys: readonly Key[] = [...keysBelow(ConfigSchema, [])];

/** Every key of the configuration, sections before what is in them; without those in lists. */
export const configKeys: readonly Key[] = allKeys.filter((key) => !key.isInList);

/** The keys that may stand directly below `path`, for error messages. */
export const keysAt = (path: readonly PropertyKey[]): readonly Key[] => {
  const names = path.filter((name) => typeof name !== 'number');
  return allKeys.filter(
    (key) => key.path.length === names.length + 1 && names.every((name, index) => key.path[index] === name),
  );
};

/** The keys of that name anywhere: for somebody who put a key into the wrong section. */
export const keysNamed = (name: string): readonly Key[] => configKeys.filter((key) => key.path.at(-1) === name);

// What a schema's key is for: for the documents and the JSON Schema that are made of it.
import * as z from 'zod/mini';

/** The same schema, with its description and what else is told of it. */
export function about<S extends z.ZodMiniType>(
  schema: S,
  description: string,
  more: { readonly example?: unknown; readonly default?: unknown } = {},
): S {
  z.globalRegistry.add(schema, { description, ...more });
  return schema;
}

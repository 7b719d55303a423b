// What is remembered of an uplink that LTE goes before.
import * as z from 'zod/mini';

export const TakenOver = z.object({
  family: z.union([z.literal(4), z.literal(6)]),
  interface: z.string(),
  metric: z.int().check(z.gte(0), z.lte(4_294_967_295)),
  gateway: z.optional(z.string()),
  source: z.optional(z.string()),
  /** Milliseconds on CLOCK_MONOTONIC. */
  sinceMs: z.number().check(z.gte(-1e12), z.lte(1e12)),
  /** The counters of our interface when it began. */
  countedFrom: z.number().check(z.gte(0)),
});

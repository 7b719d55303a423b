// What is remembered of an uplink that LTE goes before.
import * as z from 'zod';

export const TakenOver = z.object({
  family: z.union([z.literal(4), z.literal(6)]),
  interface: z.string(),
  metric: z.number().int().min(0).max(4_294_967_295),
  gateway: z.string().optional(),
  source: z.string().optional(),
  /** Milliseconds on CLOCK_MONOTONIC. */
  sinceMs: z.number().min(-1e12).max(1e12),
  /** The counters of our interface when it began. */
  countedFrom: z.number().min(0),
});

// Says which sections differ between two configurations, so that a reload touches only what they concern.
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './schema.ts';
import { Secret } from './secret.ts';

const SECTIONS = [
  'connect',
  'sim',
  'modem',
  'network',
  'probe',
  'recovery',
  'on-stop',
  'log',
] as const satisfies readonly (keyof Config)[];

/** A part of the configuration that is reloaded as one. */
export type Section = (typeof SECTIONS)[number];

/** The sections of which any key, also a secret, differs. */
export const changesOf = (before: Config, after: Config): ReadonlySet<Section> =>
  new Set(SECTIONS.filter((section) => !isDeepStrictEqual(comparable(before[section]), comparable(after[section]))));

/** Secrets hide from comparison as from everything else; here, and only here, they are compared as what they are. */
function comparable(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, comparable(inner)]));
}

// Says which sections differ between two configurations, so that a reload touches only what they
// concern.
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './schema.ts';
import { Secret } from './secret.ts';
import { SETTINGS_SECTIONS, type Settings } from './settings.ts';
import { configKeys } from './shape.ts';

/**
 * What a change asks of a link that is up: nothing, other routes, another session, another modem.
 */
export type Relevance = 'nothing' | 'link' | 'session' | 'modem';

/**
 * What a reload of each section is relevant for. A new section that is forgotten here does not
 * compile.
 */
const RELEVANCE = {
  connect: 'session',
  // What a profile gives is compared as `connect`.
  profiles: 'nothing',
  sim: 'session',
  modem: 'modem',
  network: 'link',
  probe: 'nothing',
  data: 'nothing',
  recovery: 'nothing',
  'on-stop': 'nothing',
  metrics: 'nothing',
  log: 'nothing',
} as const satisfies Readonly<Record<keyof Config, Relevance>>;

/** A part of the configuration that is reloaded as one. */
export type Section = keyof typeof RELEVANCE;
/** Whether `name` is one of the sections. */
export const isSection = (name: string): name is Section => name in RELEVANCE;
const SECTIONS = Object.keys(RELEVANCE) as readonly Section[];

const GREATEST_FIRST: readonly Relevance[] = ['modem', 'session', 'link'];

/** The most that a change of these sections asks of a link that is up. */
export const relevanceOf = (changed: ReadonlySet<Section>): Relevance =>
  GREATEST_FIRST.find((relevance) => [...changed].some((section) => RELEVANCE[section] === relevance)) ?? 'nothing';

/** The sections of which any key, also a secret, differs. */
export const changesOf = (before: Config, after: Config): ReadonlySet<Section> =>
  new Set(SECTIONS.filter((section) => !isDeepStrictEqual(comparable(before[section]), comparable(after[section]))));

/** The keys of the settings that differ: the names that lead to each. */
export const changedSettings = (before: Settings, after: Settings): readonly (readonly string[])[] =>
  SETTINGS_SECTIONS.flatMap((section) =>
    changedKeys(comparable(before[section]), comparable(after[section]), [section]),
  );

function changedKeys(before: unknown, after: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [one, other] = [asSection(before, path), asSection(after, path)];
  if (one === undefined || other === undefined) return [path];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) => changedKeys(one[name], other[name], [...path, name]));
}

const asSection = (value: unknown, path: readonly string[]): Readonly<Record<string, unknown>> | undefined =>
  SECTION_PATHS.has(path.join('.')) ? { ...(value as object | undefined) } : undefined;

const SECTION_PATHS = new Set(configKeys.filter((key) => key.isSection).map(({ path }) => path.join('.')));

/**
 * Secrets hide from comparison as from everything else; here, and only here, they are compared as
 * what they are.
 */
function comparable(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, comparable(inner)]));
}

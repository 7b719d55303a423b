// Keeps what carried traffic last, the PIN that a SIM took, and what is on trial, in one file of
// the state directory: each write replaces all of it, so that no power cut leaves half of a
// decision.
// It holds secrets in the clear, as the configuration does; only root reads it.
import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { codeOf } from '../system/error-code.ts';
import { ON_DISK } from '../system/kept-files.ts';
import { readRegularFileSync } from '../system/regular-file.ts';
import { ReplacedFile } from '../system/replace-file.ts';
import { textsFingerprint } from './pins.ts';

/** Until the year 9999, so that it can be written as a date. */
const WallMs = z.number().check(z.gte(0), z.lte(253_402_300_799_999));

const Spent = z.number().check(z.gte(0), z.lte(1e12));

const Condemnation = z.object({
  fingerprint: z.string(),
  sim: z.optional(z.string()),
  how: z.enum(['refused', 'silent']),
  class: z.optional(z.string()),
  cause: z.optional(z.int()),
  apn: z.optional(z.string()),
});

const turn = <K extends string>(kind: K) =>
  z.object({
    kind: z.literal(kind),
    spentMs: Spent,
    turnMs: z.optional(Spent),
    passes: z.int().check(z.gte(0), z.lte(100)),
  });

const Trials = z.object({
  fingerprint: z.string(),
  standing: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('settled') }),
    turn('trying'),
    turn('comparing'),
    z.object({ kind: z.literal('condemned'), by: Condemnation }),
  ]),
  condemned: z.array(Condemnation).check(z.maxLength(100)),
});

const Proven = z.object({ written: z.record(z.string(), z.unknown()), wallMs: WallMs });

const Kept = z.object({
  /** Random, made once; goes into the hashes of settings. */
  salt: z.string().check(z.minLength(1)),
  /** The settings that carried traffic last, as they were written, and when they did. */
  proven: z.optional(Proven),
  /** The PIN that a SIM took last, the salted hash of its ICCID, and when. */
  pin: z.optional(z.object({ pin: z.string().check(z.regex(/^\d{4,8}$/)), sim: z.string(), wallMs: WallMs })),
  trials: z.optional(Trials),
  /** The profile that `proven` and `trials` are of; absent without one. */
  profile: z.optional(z.string()),
  /** What those are of the other profiles, by their names ('' without one). */
  parked: z.optional(z.record(z.string(), z.object({ proven: z.optional(Proven), trials: z.optional(Trials) }))),
});
export type Kept = Readonly<z.infer<typeof Kept>>;

/** More than any configuration has; what is larger is not read into memory. */
const MOST_BYTES = 1 << 20;

export interface ProvenStore {
  readonly path: string;
  /** Resolves when `kept` outlives a power cut. @throws Error of node:fs */
  save(kept: Kept): Promise<void>;
  /** Whether there is no such file. Never rejects. */
  isMissing(): Promise<boolean>;
}

/** The path of the file. */
export const provenPath = (stateDirectory: string): string => join(stateDirectory, 'proven.json');

/** The writer of the file in `stateDirectory`. Touches nothing until it is asked to. */
export function openProvenStore(stateDirectory: string): ProvenStore {
  const file = new ReplacedFile(provenPath(stateDirectory), ON_DISK);
  return {
    path: file.path,
    save: (kept) => file.write(`${JSON.stringify({ version: 1, ...kept })}\n`),
    isMissing: () => file.isMissing(),
  };
}

/** Salted hash of settings, which are given as one text. */
export const fingerprintOf = ({ salt }: Kept, settings: string): string => textsFingerprint(salt, [settings]);

/**
 * What the file at `path` holds, part by part: what makes no sense in it is left out. Never throws.
 * @param told Told what was wrong, without a word of the file.
 * @param damaged What is done with a file that is no JSON.
 */
export function readProven(path: string, told: (text: string) => void, damaged = setAside): Kept {
  const empty: Kept = { salt: randomBytes(16).toString('hex') };
  let text: string;
  try {
    text = readRegularFileSync(path, MOST_BYTES);
  } catch (error) {
    const code = codeOf(error) || 'unknown';
    if (code !== 'ENOENT') told(`${path} cannot be read (${code}): no change can be taken back`);
    return empty;
  }
  const found = parseProven(text, empty, (what) => told(`${path}: ${what}`));
  if (found !== undefined) return found;
  told(`${path} is damaged and is set aside: no change can be taken back until traffic passes`);
  damaged(path);
  return empty;
}

/** What the file's `text` holds, the rest as in `empty`; undefined where it is no JSON object. */
export function parseProven(text: string, empty: Kept, told: (what: string) => void): Kept | undefined {
  const found = objectIn(text);
  if (found === undefined) return undefined;
  const shape = Kept.shape;
  const parts = (Object.keys(shape) as (keyof typeof shape)[]).flatMap((key) => {
    const result = shape[key].safeParse(found[key]);
    if (!result.success) told(`${key} makes no sense and is left out`);
    return result.success && result.data !== undefined ? [[key, result.data] as const] : [];
  });
  return { ...empty, ...Object.fromEntries(parts) };
}

/** More than a configuration has profiles. */
const MOST_PARKED = 40;

/**
 * What is kept, with what is proven and on trial for `profile` in force. What another SIM needs is
 * no change that somebody made, so each profile has its own.
 */
export function keptFor(kept: Kept, profile: string): Kept {
  const { profile: before = '', proven, trials, parked = {}, ...rest } = kept;
  if (before === profile) return kept;
  const others = Object.entries(parked).filter(([name]) => name !== profile);
  const own = Object.entries(parked).find(([name]) => name === profile)?.[1];
  const all = [...others.filter(([name]) => name !== before), [before, { proven, trials }] as const];
  return { ...rest, ...own, ...(profile !== '' && { profile }), parked: Object.fromEntries(all.slice(-MOST_PARKED)) };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // The parser's own message would quote the text, which holds secrets.
    return undefined;
  }
}

function setAside(path: string): void {
  try {
    renameSync(path, `${path}.damaged`);
  } catch {
    // A disk that cannot be written: the next save tells.
  }
}

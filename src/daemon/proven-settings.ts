// What is found at the start of the settings that carried traffic last.
import { type ConfigEnvironment, inProfile, type ReadConfig, settingsOf } from '../config/load.ts';
import { type Settings, type WrittenSettings, withSettings } from '../config/settings.ts';
import { askedWithFingerprint } from '../connection/schedule/fingerprints.ts';
import type { Memory } from '../state/memory.ts';
import { type Kept, keptFor, openProvenStore, type ProvenStore, provenPath, readProven } from '../state/proven.ts';
import type { Logger } from '../system/log.ts';
import { policyOf } from './policy-of-config.ts';

/**
 * What was found at the start: the file's configuration, in the profile of last time until the SIM
 * is known, and what is kept.
 */
export interface Opened {
  readonly read: ReadConfig;
  readonly kept: Kept;
  readonly proven: Settings | undefined;
  readonly store: ProvenStore;
  /** The settings that were once written so; undefined where they make none any more. */
  readonly settingsOf: (written: WrittenSettings) => Promise<Settings | undefined>;
}

/** Reads what is kept. Never throws. */
export async function openTrials(
  file: ReadConfig,
  stateDirectory: string,
  env: ConfigEnvironment,
  log: Logger,
): Promise<Opened> {
  const found = readProven(provenPath(stateDirectory), (text) => log.warn(text));
  const read = inProfile(file, found.profile ?? '');
  const kept = keptFor(found, read.profile);
  if (read.profile !== '') log.info({ profile: read.profile }, 'the profile of last time, until the SIM is known');
  const proven = kept.proven && (await settingsOf(kept.proven.written, env));
  if (kept.proven !== undefined && proven === undefined)
    log.warn('the settings that carried traffic last cannot be used any more: a change cannot be taken back');
  const store = openProvenStore(stateDirectory);
  return { read, kept, proven, store, settingsOf: (written) => settingsOf(written, env) };
}

/**
 * Hash of what a session at hand was asked for with: the settings that carried traffic last.
 * Undefined where nothing has.
 */
export function provenAskedWith(memory: Memory, { read, proven }: Opened): string | undefined {
  return proven && askedWithFingerprint(memory, policyOf(withSettings(read.config, proven)));
}

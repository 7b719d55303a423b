// What is found at the start of the settings that carried traffic last.
import { type ConfigEnvironment, type ReadConfig, settingsOf } from '../config/load.ts';
import { type Settings, withSettings } from '../config/settings.ts';
import { credentialsFingerprint } from '../connection/schedule/holds.ts';
import type { Memory } from '../state/memory.ts';
import { type Kept, openProvenStore, type ProvenStore, provenPath, readProven } from '../state/proven.ts';
import type { Logger } from '../system/log.ts';
import { policyOf } from './policy-of-config.ts';

/** What was found at the start: the file's configuration, and what is kept. */
export interface Opened {
  readonly read: ReadConfig;
  readonly kept: Kept;
  readonly proven: Settings | undefined;
  readonly store: ProvenStore;
}

/** Reads what is kept. Never throws. */
export async function openTrials(
  read: ReadConfig,
  stateDirectory: string,
  env: ConfigEnvironment,
  log: Logger,
): Promise<Opened> {
  const kept = readProven(provenPath(stateDirectory), (text) => log.warn(text));
  const proven = kept.proven && (await settingsOf(kept.proven.written, env));
  if (kept.proven !== undefined && proven === undefined)
    log.warn('the settings that carried traffic last cannot be used any more: a change cannot be taken back');
  return { read, kept, proven, store: openProvenStore(stateDirectory) };
}

/**
 * Hash of the credentials that a session at hand was asked for with: those that carried traffic
 * last. Undefined where nothing has.
 */
export function sessionCredentials(memory: Memory, { read, proven }: Opened): string | undefined {
  return proven && credentialsFingerprint(memory, policyOf(withSettings(read.config, proven)));
}

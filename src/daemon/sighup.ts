// Reads the configuration again while the daemon runs, and hears of what a person accepts.
import { type ConfigEnvironment, type ReadConfig, readConfig } from '../config/load.ts';
import { ConfigError, problemLine } from '../config/problems.ts';
import type { Logger } from '../system/log.ts';
import { configWarnings, notReloaded } from './unusable-config.ts';
import type { Warnings } from './warnings.ts';

/**
 * The configuration as the file has it now; undefined where it is bad, which has been said and
 * stands as a warning until it is good.
 */
export async function readAgain(
  configPath: string,
  env: ConfigEnvironment,
  { log, warnings }: { readonly log: Logger; readonly warnings: Pick<Warnings, 'set'> },
): Promise<ReadConfig | undefined> {
  try {
    const read = await readConfig(configPath, env);
    warnings.set('configuration', configWarnings(read));
    return read;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) log.error(problemLine(problem));
    warnings.set('configuration', [notReloaded(error)]);
    return undefined;
  }
}

/** What a SIGHUP does. */
export interface ReloadPorts {
  /** Whether a person has asked to end a trial since. */
  readonly takeAcceptance: () => Promise<boolean>;
  /** The configuration as the file has it now; undefined where it is bad. */
  readonly read: () => Promise<ReadConfig | undefined>;
  /** Puts another configuration into force. */
  readonly put: (next: ReadConfig) => Promise<void>;
  readonly accept: () => void;
}

/**
 * Reads the file and puts it into force; then what is on trial is accepted, where that was asked
 * for: also where the file is bad by now, for the person was told so.
 */
export async function reload({ takeAcceptance, read, put, accept }: ReloadPorts): Promise<void> {
  const isAccepted = await takeAcceptance();
  const next = await read();
  if (next !== undefined) await put(next);
  if (isAccepted) accept();
}

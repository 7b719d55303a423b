// What is done about a file that is no configuration, or cannot be read: at the start the settings
// that carried traffic last are used in its place, at a reload those before stay in force. Either
// way it stands as a warning until the file is good. One that others may write is used, and is a
// warning too.
import { type Found, found } from '../codes/codes.ts';
import { type ConfigEnvironment, type ReadConfig, writtenConfig } from '../config/load.ts';
import { ConfigError, problemLine } from '../config/problems.ts';
import { writableByOthers } from '../config/who-may-write.ts';
import { provenPath, readProven } from '../state/proven.ts';
import type { Clock } from '../system/clock.ts';
import { ownUid } from '../system/others-may-write.ts';
import { apnsText } from './trial-words.ts';

/**
 * The settings that carried traffic last, with defaults for the rest, in place of the file that
 * `error` is about; undefined where there are none.
 */
export async function provenInPlaceOf(
  error: ConfigError,
  stateDirectory: string,
  env: ConfigEnvironment,
): Promise<ReadConfig | undefined> {
  const { proven, profile = '' } = readProven(
    provenPath(stateDirectory),
    () => {}, // told when it is opened
    () => {},
  );
  if (proven === undefined) return undefined;
  const config = await writtenConfig(proven.written, env);
  if (config === undefined) return undefined;
  const base = { config, written: proven.written, placeOf: () => 'what was proven' };
  // Whatever SIM there is: which profiles there were is in the file that cannot be used.
  const profiles = [{ name: profile, match: {}, read: base }];
  return { ...base, base, profile, profiles, dropIns: [], owned: [], origins: () => [], inPlaceOf: error };
}

/**
 * What stands amiss with the files while `read` is used: it is so in place of them, or others may
 * write them.
 */
export function configWarnings({
  config,
  inPlaceOf,
  owned,
}: Pick<ReadConfig, 'config' | 'inPlaceOf' | 'owned'>): readonly Found[] {
  if (inPlaceOf === undefined)
    return writableByOthers(owned, ownUid()).map((words) => found('configuration-writable', words));
  const what = `the board runs on what carried traffic last (APN ${apnsText(config.connect)}), and on defaults for all but connect, modem and network`;
  return [unusable(inPlaceOf, what)];
}

/** A disk that is mounted late comes within seconds; one that is broken is asked for years. */
const LOOK_AGAIN_MS = 10_000;

interface LaterPorts {
  readonly clock: Pick<Clock, 'sleep'>;
  /** What is wrong with the file for as long as something else is used in its place. */
  readonly inPlaceOf: () => ConfigError | undefined;
  readonly read: () => Promise<unknown>;
  readonly reload: () => void;
}

/**
 * Reloads the file that could not be read at the start as soon as it can be: nobody has changed it,
 * so that nobody will say so. Resolves when there is nothing to wait for, or `signal` aborts.
 */
export async function reloadWhenReadable(ports: LaterPorts, signal: AbortSignal): Promise<void> {
  const { clock, inPlaceOf, read, reload } = ports;
  while (inPlaceOf()?.mayPass === true) {
    await clock.sleep(LOOK_AGAIN_MS, signal).catch(() => {}); // aborted: the loop ends
    if (signal.aborted) return;
    const error: unknown = await read().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (error instanceof ConfigError && error.mayPass) continue;
    // A mistake in it is told by the reload as well, once: a person mends that, and says so.
    if (inPlaceOf()?.mayPass === true) reload();
    return;
  }
}

/** The standing warning after a reload of a file that cannot be used. */
export const notReloaded = (error: ConfigError): Found => unusable(error, 'the configuration before stays in force');

function unusable({ file, problems }: ConfigError, instead: string): Found {
  const [first, ...more] = problems;
  const said = first === undefined ? file : problemLine(first);
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return found('configuration', { text: `${said}${others}: the file cannot be used, and ${instead}` });
}

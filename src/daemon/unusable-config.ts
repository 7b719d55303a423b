// What is done about a file that is no configuration: at the start the settings that carried
// traffic last are used in its place, at a reload those before stay in force. Either way it stands
// as a warning until the file is good. One that others may write is used, and is a warning too.
import { type Found, found } from '../codes/codes.ts';
import { type ConfigEnvironment, type ReadConfig, writtenConfig } from '../config/load.ts';
import { type ConfigError, problemLine } from '../config/problems.ts';
import { writableByOthers } from '../config/who-may-write.ts';
import { provenPath, readProven } from '../state/proven.ts';
import { ownUid } from '../system/others-may-write.ts';
import { apnsText } from './trial-words.ts';

/**
 * The settings that carried traffic last, with defaults for the rest, in place of the file that
 * `error` is about; undefined where there are none, or where reading the file again may mend it.
 */
export async function provenInPlaceOf(
  error: ConfigError,
  stateDirectory: string,
  env: ConfigEnvironment,
): Promise<ReadConfig | undefined> {
  if (error.mayPass) return undefined;
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

/** The standing warning after a reload of a file that cannot be used. */
export const notReloaded = (error: ConfigError): Found => unusable(error, 'the configuration before stays in force');

function unusable({ file, problems }: ConfigError, instead: string): Found {
  const [first, ...more] = problems;
  const said = first === undefined ? file : problemLine(first);
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return found('configuration', { text: `${said}${others}: the file cannot be used, and ${instead}` });
}

// Reads the configuration again while the daemon runs.
import { type ConfigEnvironment, type ReadConfig, readConfig } from '../config/load.ts';
import { ConfigError, problemLine } from '../config/problems.ts';
import type { Logger } from '../system/log.ts';

/** The configuration as the file has it now; undefined where it is bad, which has been said. */
export async function readAgain(
  configPath: string,
  env: ConfigEnvironment,
  log: Logger,
): Promise<ReadConfig | undefined> {
  try {
    return await readConfig(configPath, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) log.error(problemLine(problem));
    log.error('the configuration was not reloaded; the one before stays in force');
    return undefined;
  }
}

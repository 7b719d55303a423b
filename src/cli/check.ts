// `percept-lte check`: says whether a configuration is good, or everything that is wrong with it.
import { loadConfig } from '../config/load.ts';
import { ConfigError, problemLine } from '../config/problems.ts';
import { type CliContext, EXIT } from './context.ts';

/** Prints `ok: …`, or each problem on a line of standard error and returns 78. */
export async function check(context: CliContext, configPath: string): Promise<number> {
  try {
    const { connect, network } = await loadConfig(configPath, context.env, {
      mayLackCredentials: true,
    });
    const apns = connect.apn.kind === 'auto' ? 'auto' : connect.apn.apns.map((apn) => apn || '""').join(', ');
    context.out(`ok: ${configPath} (apn ${apns}, ip-type ${connect['ip-type']}, metric ${network.metric})`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) context.err(problemLine(problem));
    return EXIT.config;
  }
}

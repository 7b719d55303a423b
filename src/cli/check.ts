// `percept-lte check`: says whether a configuration is good, or everything that is wrong with it. A
// person who is root reads more than the service does, which may read no home folder and has no
// power over other users' files: what it could not read is wrong too.
import { stat } from 'node:fs/promises';
import { loadConfig } from '../config/load.ts';
import { ConfigError, problemLine } from '../config/problems.ts';
import { type CliContext, EXIT } from './context.ts';

/** What systemd/percept-lte.service hides from the service, by the line that does it. */
const HIDDEN = [
  { line: 'ProtectHome=yes', folders: ['/home/', '/root/', '/run/user/'] },
  { line: 'PrivateTmp=yes', folders: ['/tmp/', '/var/tmp/'] },
] as const;

/**
 * Prints `ok: …`, or each problem on a line of standard error and returns 78, or 1 where a file
 * could not be read.
 */
export async function check(context: CliContext, configPath: string): Promise<number> {
  try {
    const { connect, network, sim } = await loadConfig(configPath, context.env, { mayLackCredentials: true });
    const secrets = [connect['password-file'], sim['pin-file']].filter((path) => path?.startsWith('/'));
    const unreadable = (await Promise.all(secrets.map((path = '') => unreadableToService(path)))).flat();
    for (const text of unreadable) context.err(`${configPath}: ${text}`);
    if (unreadable.length > 0) return EXIT.config;
    const apns = connect.apn.kind === 'auto' ? 'auto' : connect.apn.apns.map((apn) => apn || '""').join(', ');
    context.out(`ok: ${configPath} (apn ${apns}, ip-type ${connect['ip-type']}, metric ${network.metric})`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) context.err(problemLine(problem));
    return error.mayPass ? EXIT.fault : EXIT.config;
  }
}

/** Why the service could not read the secret in the file at `path`, although we could. */
async function unreadableToService(path: string): Promise<string[]> {
  const hidden = HIDDEN.find(({ folders }) => folders.some((folder) => path.startsWith(folder)));
  if (hidden !== undefined)
    return [`the service cannot read ${path}: ${hidden.line} in its unit hides it; put it into /etc`];
  const { uid } = await stat(path);
  return uid === 0 ? [] : [`the service cannot read ${path}: it belongs to user ${uid}; run: chown root ${path}`];
}

// `percept-lte check`: says whether a configuration is good, or everything that is wrong with it. A
// person who is root reads more than the service does, which may read no home folder and has no
// power over other users' files: what it could not read is wrong too.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { changedSettings, isSection, relevanceOf } from '../config/changes.ts';
import { inProfile, type ReadConfig, readConfig, settingsOf } from '../config/load.ts';
import { ConfigError, problemLine } from '../config/problems.ts';
import { type Settings, settingsText } from '../config/settings.ts';
import { writableByOthers } from '../config/who-may-write.ts';
import { fingerprintOf, type Kept, keptFor, provenPath, readProven } from '../state/proven.ts';
import { stateDirectoryOf } from '../state/store.ts';
import { warningSentence } from '../status/why.ts';
import { escaped } from '../system/log-line.ts';
import { ownUid } from '../system/others-may-write.ts';
import { spoken, timeOfDay } from '../system/spoken.ts';
import { type CliContext, EXIT } from './context.ts';
import { runningStatus } from './running.ts';

/** What systemd/percept-lte.service hides from the service, by the line that does it. */
const HIDDEN = [
  { line: 'ProtectHome=yes', folders: ['/home/', '/root/', '/run/user/'] },
  { line: 'PrivateTmp=yes', folders: ['/tmp/', '/var/tmp/'] },
] as const;

/**
 * Prints `ok: …`, or each problem on a line of standard error and returns 78, or 1 where a file
 * could not be read.
 */
export async function check(given: CliContext, configPath: string): Promise<number> {
  // Whoever may write the folder of drop-ins has a say in their names.
  const out = (line: string) => given.out(escaped(line));
  const context = { ...given, out, err: (line: string) => given.err(escaped(line)) };
  try {
    const read = await readConfig(configPath, context.env, { mayLackCredentials: true });
    const { connect, network, sim } = read.config;
    const secrets = [connect['password-file'], sim['pin-file']].filter((path) => path?.startsWith('/'));
    const unreadable = (await Promise.all(secrets.map((path = '') => unreadableToService(path)))).flat();
    for (const text of unreadable) context.err(`${configPath}: ${text}`);
    if (unreadable.length > 0) return EXIT.config;
    context.out(`ok: ${configPath} (apn ${apnsOf(connect)}, ip-type ${connect['ip-type']}, metric ${network.metric})`);
    for (const words of writableByOthers(read.owned, ownUid())) context.out(`warning: ${warningSentence(words)}`);
    if (read.dropIns.length > 0) for (const line of origins(read)) context.out(line);
    for (const line of [...profiles(read), ...(await againstProven(context, read))]) context.out(line);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) context.err(problemLine(problem));
    return error.mayPass ? EXIT.fault : EXIT.config;
  }
}

/** Which file each key that is set comes from. */
const origins = (read: ReadConfig): string[] =>
  read.origins().map(({ path, place }) => `set: ${path.join('.')} in ${place.file}:${place.line}`);

/** Why the service could not read the secret in the file at `path`, although we could. */
async function unreadableToService(path: string): Promise<string[]> {
  const hidden = HIDDEN.find(({ folders }) => folders.some((folder) => path.startsWith(folder)));
  if (hidden !== undefined)
    return [`the service cannot read ${path}: ${hidden.line} in its unit hides it; put it into /etc`];
  const { uid } = await stat(path);
  return uid === 0 ? [] : [`the service cannot read ${path}: it belongs to user ${uid}; run: chown root ${path}`];
}

const apnsOf = ({ apn }: Settings['connect']): string =>
  apn.kind === 'auto' ? 'auto' : apn.apns.map((one) => one || '""').join(', ');

/** The ICCID is nobody's business: the name says enough. */
const profiles = (read: ReadConfig): string[] =>
  read.profiles.map(({ name, read: { config } }) => `profile ${name}: apn ${apnsOf(config.connect)}`);

/** What carried traffic last, and what the file would change of it; nothing where none is known. */
async function againstProven(context: CliContext, file: ReadConfig): Promise<string[]> {
  const { env, root, clock } = context;
  const problems: string[] = [];
  const path = join(root, provenPath(stateDirectoryOf(env)));
  const found = readProven(
    path,
    (text) => problems.push(text),
    () => {}, // the daemon's to do
  );
  // What is proven is of the profile that was in use last.
  const read = inProfile(file, found.profile ?? '');
  const kept = keptFor(found, read.profile);
  if (kept.proven === undefined) return problems.map((text) => `proven: ${text}`);
  const settings = await settingsOf(kept.proven.written, env);
  const now = clock.now().wallMs;
  const at = timeOfDay(kept.proven.wallMs, now);
  if (settings === undefined) return [`proven: settings that cannot be used any more, at ${at}`];
  const changed = changedSettings(settings, read.config);
  const of = read.profile === '' ? '' : ` (profile ${read.profile})`;
  const proven = `proven${of}: apn ${apnsOf(settings.connect)}, carried traffic at ${at}`;
  if (changed.length === 0) return [`${proven}; the file has the same settings`];
  return [
    proven,
    ...changed.map((keys) => `differs: ${keys.join('.')} (${read.placeOf(keys)})${values(keys, settings, read)}`),
    outlook(kept, read),
    ...(await withoutAttempt(context, changed)),
  ];
}

/**
 * What another session costs now: the ceiling holds for a person too, and another modem is worth
 * the link.
 */
async function withoutAttempt(context: CliContext, changed: readonly (readonly string[])[]): Promise<string[]> {
  const relevance = relevanceOf(new Set(changed.flatMap(([section = '']) => (isSection(section) ? [section] : []))));
  if (relevance !== 'session' && relevance !== 'modem') return [];
  const { status } = await runningStatus(context);
  if (status?.link === undefined || status.attempts.usedThisHour < status.attempts.limitPerHour) return [];
  const { usedThisHour, limitPerHour } = status.attempts;
  const why = `${usedThisHour} of ${limitPerHour} attempts of this hour are used`;
  return relevance === 'session'
    ? [`a reload now takes effect within the hour: ${why}; the link stays up until then`]
    : [`a reload that leads to another modem now takes the link down for up to an hour: ${why}`];
}

const values = (keys: readonly string[], proven: Settings, { config }: ReadConfig): string =>
  keys.join('.') === 'connect.apn' ? `: ${apnsOf(proven.connect)} before, ${apnsOf(config.connect)} now` : '';

function outlook(kept: Kept, { config, written }: ReadConfig): string {
  const fingerprint = fingerprintOf(kept, settingsText(written));
  const by = kept.trials?.condemned.find((one) => one.fingerprint === fingerprint);
  const trial = config.recovery.trial;
  if (trial === 0) return 'recovery.trial is off: the settings of the file are used, whatever becomes of them';
  if (by === undefined) return `they are on trial until traffic passes, for at most ${spoken(trial)}`;
  const cause = by.cause === undefined ? '' : `, cause ${by.cause}`;
  const why = by.how === 'refused' ? `were refused${cause}` : 'carried no traffic while the proven ones did';
  return `these settings ${why}: they are not tried again until they change, or somebody says: percept-lte accept`;
}

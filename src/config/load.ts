// Reads a configuration: files -> YAML -> schema -> Config with its secrets read in, or one
// ConfigError with every problem at once.
import { isAbsolute, join } from 'node:path';
import { readTextAndStats } from '../system/regular-file.ts';
import { FilePlaces, foldersOf, isMissing, isOpen, merged, openText, readFiles, reasonOf } from './files.ts';
import { ConfigError, type Place, type Problem, printable, problemLine, schemaProblems, valueAt } from './problems.ts';
import type { ProfileMatch } from './profiles.ts';
import { PASSWORD, PIN } from './scalars.ts';
import { type Config, ConfigSchema } from './schema.ts';
import { Secret } from './secret.ts';
import { type Settings, type WrittenSettings, writtenSettings } from './settings.ts';
import { configKeys } from './shape.ts';
import { type ConfigFile, type Owned, parsed } from './yaml.ts';

/** More than a PIN or a password has, whatever surrounds it. */
const MOST_SECRET_BYTES = 64_000;

/** What of the environment is looked at: systemd's folder of credentials. */
export interface ConfigEnvironment {
  readonly CREDENTIALS_DIRECTORY?: string | undefined;
}

/**
 * For those who only look: credentials exist while systemd runs the service, and are not missed
 * elsewhere.
 */
export interface LoadOptions {
  readonly mayLackCredentials?: boolean;
  /** The image's folder, where it is not the one that belongs to the file. */
  readonly imageFolder?: string;
}

/** The settings of a configuration, with or without a profile. */
interface ReadSettings {
  readonly config: Config;
  /** What of the files is kept to go back to it. */
  readonly written: WrittenSettings;
  /**
   * Where a key such as ['connect', 'apn'] stands, or else its section: `line 3`, or `line 3 of
   * FILE` in a file that is dropped in.
   */
  readonly placeOf: (path: readonly string[]) => string;
}

/** A configuration that was read. */
export interface ReadConfig extends ReadSettings {
  /** The name of the profile that the settings are those of; '' without one. */
  readonly profile: string;
  readonly profiles: readonly { readonly name: string; readonly match: ProfileMatch; readonly read: ReadSettings }[];
  /** The settings without a profile. */
  readonly base: ReadSettings;
  /** The files that were read beside the configuration itself, the least first. */
  readonly dropIns: readonly string[];
  /** Each file that was read, and the folders of drop-ins: whom they belong to. */
  readonly owned: readonly Owned[];
  /** Each key that is set, and where. */
  readonly origins: () => readonly { readonly path: readonly string[]; readonly place: Place }[];
  /** What is wrong with the file, where this is what is used in its place. */
  readonly inPlaceOf?: ConfigError;
}

/**
 * Reads and checks the configuration at `file`, and the files with secrets that it names.
 * @throws ConfigError with every problem that was found; never anything else.
 */
export async function readConfig(file: string, env: ConfigEnvironment, options: LoadOptions = {}): Promise<ReadConfig> {
  const files = await readFiles(file, options.imageFolder);
  const { config, places, value } = configOf(files);
  const problems: Problem[] = files.flatMap(openSecrets);
  const secret: SecretReader = async (path, name, shape, what) => {
    const found = name === undefined ? undefined : await secretFrom(name, shape, what, env, options);
    if (found === undefined || found instanceof Secret) return found;
    problems.push({ ...places.of(path), path: printable(path), ...found });
    return undefined;
  };
  const pin = await secret(['sim', 'pin-file'], config.sim['pin-file'], PIN, 'a PIN of 4 to 8 digits');
  const sim = { ...config.sim, ...(pin && { pin }) };
  const own = (keys: readonly PropertyKey[]) => (path: readonly string[]) =>
    valueAt(value, [...keys, ...path]) === undefined ? path : [...keys, ...path];
  const settings = async (from: unknown, connect: Config['connect'], pathOf: PathOf): Promise<ReadSettings> => {
    const { complete, kept } = await withPassword(connect, pathOf, secret);
    const placeOf = (path: readonly string[]) => placeText(places.of(pathOf(path)), file);
    return { config: { ...config, sim, connect: complete }, written: writtenSettings(from, kept), placeOf };
  };
  const base = await settings(value, config.connect, own([]));
  const profiles = [];
  for (const [index, { name, match }] of (config.profiles ?? []).entries()) {
    const together = merged(value, { connect: valueAt(value, ['profiles', index, 'connect']) });
    const { connect } = ConfigSchema.parse(together);
    profiles.push({ name, match, read: await settings(together, connect, own(['profiles', index])) });
  }
  if (problems.length > 0) throw new ConfigError(file, inOrder(problems, files));
  return {
    ...base,
    base,
    profile: '',
    profiles,
    dropIns: files.map(({ path }) => path).filter((path) => path !== file),
    owned: [...files, ...(await foldersOf(file, options.imageFolder))].map(({ path, mode, uid }) => ({
      path,
      mode,
      uid,
    })),
    origins: () => originsOf(value, places),
  };
}

/** The configuration as it is in the profile `name`; as without one where none has the name. */
export function inProfile(read: ReadConfig, name: string): ReadConfig {
  const { profiles, base } = read;
  const found = profiles.find((profile) => profile.name === name);
  return { ...read, ...(found?.read ?? base), profile: found?.name ?? '' };
}

/** Where a key of the settings stands in the files' value: in the profile, if there. */
type PathOf = (path: readonly string[]) => readonly PropertyKey[];

/** Reads the secret in a file that the key at `path` names; what is wrong with it is noted. */
type SecretReader = (
  path: readonly PropertyKey[],
  name: string | undefined,
  shape: RegExp,
  what: string,
) => Promise<Secret | undefined>;

/** `connect` with the password from its file, and the password where it is kept. */
async function withPassword(connect: Config['connect'], pathOf: PathOf, secret: SecretReader) {
  const name = connect['password-file'];
  const password = await secret(pathOf(['connect', 'password-file']), name, PASSWORD, 'a password');
  const complete = { ...connect, ...(password && { password }) };
  return { complete, kept: isKept(name) ? password?.reveal() : undefined };
}

/** In the order of the files and their lines. What several profiles share is wrong once. */
function inOrder(problems: readonly Problem[], files: readonly ConfigFile[]): readonly Problem[] {
  const order = files.map(({ path }) => path);
  const once = new Map(problems.map((problem) => [problemLine(problem), problem]));
  return [...once.values()].sort(
    (a, b) =>
      order.indexOf(a.file) - order.indexOf(b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
}

const placeText = (place: Place, main: string): string =>
  place.file === main ? `line ${place.line}` : `line ${place.line} of ${place.file}`;

const originsOf = (value: unknown, places: FilePlaces): ReturnType<ReadConfig['origins']> =>
  configKeys
    .filter(({ path, isSection }) => !isSection && valueAt(value, path) !== undefined)
    .map(({ path }) => ({ path, place: places.of(path) }));

/** Also a secret that a later file replaces is one. */
function openSecrets({ path: file, mode, value, places }: ConfigFile): readonly Problem[] {
  const profiles = valueAt(value, ['profiles']);
  const inline = [
    ['connect', 'password'],
    ['sim', 'pin'],
    ...(Array.isArray(profiles) ? profiles.map((_, index) => ['profiles', index, 'connect', 'password']) : []),
  ];
  const path = inline.find((keys) => valueAt(value, keys) !== undefined);
  if (path === undefined || !isOpen(mode)) return [];
  return [{ ...places.of(path), path: printable(path), text: openText(file, mode) }];
}

/**
 * Whether the content of a file with a secret is kept beside its name: what systemd decrypts for
 * the service is not written to the disk.
 */
export const isKept = (name: string | undefined): boolean => name !== undefined && isAbsolute(name);

/**
 * The settings that were once written so; undefined where they make none any more: a version that
 * has other keys, or a credential that is gone.
 */
export async function settingsOf(written: WrittenSettings, env: ConfigEnvironment): Promise<Settings | undefined> {
  const config = await writtenConfig(written, env);
  return config && { connect: config.connect, modem: config.modem, network: config.network };
}

/** The same with the defaults of everything else. */
export async function writtenConfig(written: WrittenSettings, env: ConfigEnvironment): Promise<Config | undefined> {
  const { password: kept, ...sections } = written;
  const result = ConfigSchema.safeParse(sections);
  if (!result.success) return undefined;
  const { connect } = result.data;
  const file = connect['password-file'];
  if (file === undefined) return result.data;
  const password = kept === undefined ? await secretFrom(file, PASSWORD, 'a password', env, {}) : new Secret(kept);
  return password instanceof Secret ? { ...result.data, connect: { ...connect, password } } : undefined;
}

/**
 * Checks the text of a configuration without looking at any file. `file` is what it is called in
 * errors. @throws ConfigError
 */
export const parseConfig = (text: string, file: string): Config =>
  configOf([parsed(text, { path: file, mode: 0o600, uid: 0 })]).config;

/** What the files say together. @throws ConfigError */
function configOf(files: readonly ConfigFile[]): { config: Config; places: FilePlaces; value: unknown } {
  const value = files.map((file) => file.value).reduce(merged, {});
  const places = new FilePlaces(files);
  const result = ConfigSchema.safeParse(value);
  if (result.success) return { config: result.data, places, value };
  throw new ConfigError(files[0]?.path ?? '', inOrder(schemaProblems(value, result.error.issues, places), files));
}

/** The secret in a file, undefined where it may be missing, or what is wrong. */
async function secretFrom(
  name: string,
  shape: RegExp,
  what: string,
  env: ConfigEnvironment,
  { mayLackCredentials = false }: LoadOptions,
): Promise<Secret | Pick<Problem, 'text' | 'mayPass'> | undefined> {
  const credentials = env.CREDENTIALS_DIRECTORY;
  if (!isAbsolute(name) && credentials === undefined) {
    if (mayLackCredentials) return undefined;
    const remedy = `write the whole path, or set LoadCredential=${name}:… in the unit`;
    return { text: `'${name}' is not an absolute path, and systemd has given no credentials; ${remedy}` };
  }
  const path = isAbsolute(name) ? name : join(credentials ?? '', name);
  try {
    const { text: content, mode } = await readTextAndStats(path, MOST_SECRET_BYTES);
    // systemd keeps its folder of credentials closed; the files' group bits may be the mask of an
    // ACL.
    if (isAbsolute(name) && isOpen(mode)) return { text: openText(path, mode) };
    const secret = content.trim();
    return shape.test(secret) ? new Secret(secret) : { text: `${path} does not hold ${what}` };
  } catch (cause) {
    const text = isMissing(cause) ? `there is no file ${path}` : `${path} cannot be read (${reasonOf(cause)})`;
    return { text, mayPass: true };
  }
}

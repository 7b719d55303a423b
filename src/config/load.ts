// Reads a configuration: file -> YAML -> schema -> Config with its secrets read in, or one
// ConfigError with every problem at once.
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type Document, LineCounter, type ParsedNode, parseDocument, type YAMLError } from 'yaml';
import { ConfigError, Places, type Problem, schemaProblems } from './problems.ts';
import { PASSWORD, PIN } from './scalars.ts';
import { type Config, ConfigSchema } from './schema.ts';
import { Secret } from './secret.ts';
import { type Settings, type WrittenSettings, writtenSettings } from './settings.ts';
import { configKeys } from './shape.ts';

/** Where the configuration is when nobody says otherwise. */
export const DEFAULT_CONFIG_PATH = '/etc/percept-lte.yaml';

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
}

/** A configuration that was read, and what of its file is kept to go back to it. */
export interface ReadConfig {
  readonly config: Config;
  readonly written: WrittenSettings;
  /** The line of a key, such as ['connect', 'apn']; of its section where it is not there. */
  readonly lineOf: (path: readonly string[]) => number;
}

/**
 * Reads and checks the configuration at `file`, and the files with secrets that it names.
 * @throws ConfigError with every problem that was found; never anything else.
 */
export async function readConfig(file: string, env: ConfigEnvironment, options: LoadOptions = {}): Promise<ReadConfig> {
  const { text, mode } = await contentOf(file);
  const { config, places, value } = parseText(text, file);
  const problems: Problem[] = [];
  const inline = [
    { path: ['connect', 'password'], secret: config.connect.password },
    { path: ['sim', 'pin'], secret: config.sim.pin },
  ].find(({ secret }) => secret !== undefined);
  if (inline !== undefined && isOpen(mode)) {
    problems.push({ file, ...places.of(inline.path), path: inline.path.join('.'), text: openText(file, mode) });
  }
  const secret = async (path: readonly [string, string], name: string | undefined, shape: RegExp, what: string) => {
    const found = name === undefined ? undefined : await secretFrom(name, shape, what, env, options);
    if (found === undefined || found instanceof Secret) return found;
    problems.push({ file, ...places.of(path), path: path.join('.'), ...found });
    return undefined;
  };
  const passwordFile = config.connect['password-file'];
  const password = await secret(['connect', 'password-file'], passwordFile, PASSWORD, 'a password');
  const pin = await secret(['sim', 'pin-file'], config.sim['pin-file'], PIN, 'a PIN of 4 to 8 digits');
  if (problems.length > 0) throw new ConfigError(file, problems);
  return {
    config: {
      ...config,
      connect: { ...config.connect, ...(password && { password }) },
      sim: { ...config.sim, ...(pin && { pin }) },
    },
    written: writtenSettings(value, isKept(passwordFile) ? password?.reveal() : undefined),
    lineOf: (path) => places.of(path).line,
  };
}

/**
 * The configuration alone.
 * @throws ConfigError with every problem that was found; never anything else.
 */
export const loadConfig = async (file: string, env: ConfigEnvironment, options: LoadOptions = {}): Promise<Config> =>
  (await readConfig(file, env, options)).config;

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
  const { password: kept, ...sections } = written;
  const result = ConfigSchema.safeParse(sections);
  if (!result.success) return undefined;
  const { connect, modem, network } = result.data;
  const file = connect['password-file'];
  if (file === undefined) return { connect, modem, network };
  const password = kept === undefined ? await secretFrom(file, PASSWORD, 'a password', env, {}) : new Secret(kept);
  return password instanceof Secret ? { connect: { ...connect, password }, modem, network } : undefined;
}

/**
 * Checks the text of a configuration without looking at any file. `file` is what it is called in
 * errors. @throws ConfigError
 */
export const parseConfig = (text: string, file: string): Config => parseText(text, file).config;

function parseText(text: string, file: string): { config: Config; places: Places; value: unknown } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const problems = faults.map((fault) => {
      const { line, col } = lines.linePos(fault.pos[0]);
      return { file, line, column: col, path: '', text: `not valid YAML: ${faultText(fault)}` };
    });
    throw new ConfigError(file, problems);
  }
  const places = new Places(document, lines);
  const value = withoutEmptySections(plainValue(document, file));
  const result = ConfigSchema.safeParse(value);
  if (result.success) return { config: result.data, places, value };
  throw new ConfigError(file, schemaProblems(file, value, result.error.issues, places));
}

/**
 * What is wrong, without the piece of the file that the library quotes: it may be a secret that
 * lacks its quotes.
 */
function faultText(fault: YAMLError): string {
  if (fault.code === 'TAG_RESOLVE_FAILED') return 'text that begins with ! is written in quotes';
  if (fault.code === 'BAD_DQ_ESCAPE')
    return 'an unknown escape between double quotes; single quotes take text as it is';
  return fault.message.replace(/(?::\s|["`\\]).*$/s, '');
}

/**
 * @throws ConfigError when references go wrong (to nothing, or so many that they would fill the
 * memory).
 */
function plainValue(document: Document.Parsed<ParsedNode>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch {
    // The library's own error names the alias, which may be a password that lacks its quotes:
    // neither quoted nor kept as the cause.
    const text = 'not valid YAML: a reference (*) to nothing; text that begins with * is written in quotes';
    throw new ConfigError(file, [{ file, path: '', text }]);
  }
}

/** A section of which every line is commented out is the same as none. */
function withoutEmptySections(value: unknown, path: readonly string[] = []): unknown {
  if (value === null && path.length === 0) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const sections = new Set(configKeys.filter((key) => key.isSection).map((key) => key.path.join('.')));
  const kept = Object.entries(value).filter(
    ([name, inner]) => inner !== null || !sections.has([...path, name].join('.')),
  );
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutEmptySections(inner, [...path, name])]));
}

async function contentOf(file: string): Promise<{ text: string; mode: number }> {
  try {
    const [text, { mode }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { text, mode };
  } catch (cause) {
    const text = isMissing(cause)
      ? 'there is no such file; `percept-lte prepare` writes one, and then connect.apn must be set in it'
      : `cannot be read (${reasonOf(cause)})`;
    throw new ConfigError(file, [{ file, path: '', text, mayPass: true }], { cause });
  }
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
    const [content, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
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

const isOpen = (mode: number) => (mode & 0o077) !== 0;

const openText = (path: string, mode: number) =>
  `others can read this secret (mode ${(mode & 0o777).toString(8).padStart(4, '0')}); run: chmod 600 ${path}`;

const isMissing = (cause: unknown) => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';

const reasonOf = (cause: unknown) => (cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause));

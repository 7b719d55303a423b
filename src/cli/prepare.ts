// `percept-lte prepare`: what is wanted once, in the order of the vendor's guide: the modem in MBIM
// mode, a configuration, and the service. Never touches a configuration that is there, and changes
// the modem only where it is asked to.
import { open } from 'node:fs/promises';
import { defaultDocument } from '../config/document.ts';
import { DEFAULT_CONFIG_PATH } from '../config/files.ts';
import { codeOf } from '../system/error-code.ts';
import { escaped } from '../system/log-line.ts';
import { check } from './check.ts';
import { type CliContext, EXIT } from './context.ts';
import { type SwitchOptions, switchMode } from './prepare/mode-switch.ts';
import { PrepareError } from './prepare/problem.ts';
import { START, startService } from './prepare/start.ts';

export type PrepareOptions = SwitchOptions & { readonly configPath: string };

/**
 * Looks at the modem (and puts it into MBIM mode), writes the default configuration unless there is
 * one, checks it, offers to start the service, and says what is left to do. 1 when the modem could
 * not be changed, 78 when the configuration is bad.
 */
export async function prepare(given: CliContext, options: PrepareOptions): Promise<number> {
  // Some of what is said comes from the modem.
  const context = {
    ...given,
    out: (line: string) => given.out(escaped(line)),
    err: (line: string) => given.err(escaped(line)),
  };
  const { configPath, dryRun } = options;
  try {
    const result = await switchMode(context, options);
    const config = await configure(context, configPath, dryRun);
    if (config === undefined) return EXIT.fault;
    if (dryRun) return EXIT.ok;
    const todo = result === 'unchanged' ? ['percept-lte prepare --to mbim'] : [];
    return await goOn(context, options, { todo, wroteConfig: config === 'written' });
  } catch (error) {
    if (context.signal.aborted && !(error instanceof PrepareError)) {
      context.err('interrupted; nothing was changed');
      return EXIT.fault;
    }
    if (!(error instanceof PrepareError)) throw error;
    context.err(error.message);
    context.err(`→ ${error.remedy}`);
    return EXIT.fault;
  }
}

/** Writes the configuration where there is none; undefined when that cannot be. */
async function configure(
  { out, err }: CliContext,
  path: string,
  dryRun: boolean,
): Promise<'written' | 'kept' | undefined> {
  if (dryRun) {
    out(`${path}: would be written unless it is there`);
    return 'kept';
  }
  try {
    const written = await writeOnce(path, defaultDocument());
    out(written ? `wrote ${path}` : `${path} is there already; left as it is`);
    return written ? 'written' : 'kept';
  } catch (error) {
    err(`${path} cannot be written (${error instanceof Error ? error.message : String(error)}); are you root?`);
    return undefined;
  }
}

/** Checks and starts as far as that is possible now, and names the rest. */
async function goOn(
  context: CliContext,
  { configPath, yes }: PrepareOptions,
  { todo, wroteConfig }: { todo: readonly string[]; wroteConfig: boolean },
): Promise<number> {
  const option = configPath === DEFAULT_CONFIG_PATH ? '' : ` --config ${configPath}`;
  const steps = [...todo];
  let code: number = EXIT.ok;
  let started = false;
  if (wroteConfig) {
    // Its APN is an example.
    steps.push(`set connect.apn in ${configPath}: your carrier's access point name`, `percept-lte check${option}`);
  } else {
    code = await check(context, configPath);
    if (code !== EXIT.ok) steps.push(`mend ${configPath}, then: percept-lte check${option}`);
    else if (todo.length === 0 && configPath === DEFAULT_CONFIG_PATH) started = await startService(context, yes);
  }
  steps.push(`percept-lte doctor${option}`, ...(started ? [] : [START]), 'percept-lte status --watch');
  context.out('Next:');
  for (const [index, step] of steps.entries()) context.out(`  ${index + 1}. ${step}`);
  return code;
}

/** False, and nothing done, when the file exists. */
async function writeOnce(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

// The command line: which commands and options there are, and what was asked for. Pure; main.ts acts on it.
import { parseArgs } from 'node:util';
import { nearest } from '../config/did-you-mean.ts';
import { DEFAULT_CONFIG_PATH } from '../config/load.ts';
import { duration } from '../config/scalars.ts';
import { DEFAULT_WAIT_MS } from './wait-online.ts';

/** What was asked for. */
export type Request =
  | { readonly command: 'run' | 'check' | 'doctor' | 'prepare'; readonly configPath: string }
  | { readonly command: 'status'; readonly json: boolean; readonly watch: boolean; readonly schema: boolean }
  | { readonly command: 'why' | 'version' | 'help' }
  | { readonly command: 'wait-online'; readonly timeoutMs: number };

/** A command line that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `percept-lte keeps this board online over LTE, through ModemManager.

Usage: percept-lte COMMAND [OPTION]…

  run          run the service (systemd does: systemctl start percept-lte)
  status       show the state of the connection
                 --json     for programs      --watch    again whenever it changes
                 --schema   the JSON Schema of --json's output
  why          say in one sentence why it is online or offline
  wait-online  wait until it is online: 0 when it is, 1 when time is up
                 --timeout DURATION   30s, 5m, or a number of seconds; 0: for ever; default 120s
  check        say whether the configuration is good
  doctor       look for whatever could keep this board offline, and say what to do about it
  prepare      write a configuration to start from, and say what comes next

  --config FILE   for run, check, doctor and prepare; default ${DEFAULT_CONFIG_PATH}
  --version       print the version
  --help          print this

Exit codes: 0 done, or stopped as asked · 1 fault, or not online · 2 wrong usage · 78 bad configuration`;

const COMMANDS = ['run', 'status', 'why', 'wait-online', 'check', 'doctor', 'prepare'] as const;
type Command = (typeof COMMANDS)[number];

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  json: { type: 'boolean' },
  watch: { type: 'boolean' },
  schema: { type: 'boolean' },
  timeout: { type: 'string' },
  version: { type: 'boolean', short: 'V' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Option = keyof typeof OPTIONS;

const TAKES: Readonly<Record<Command, readonly Option[]>> = {
  run: ['config'],
  check: ['config'],
  doctor: ['config'],
  prepare: ['config'],
  status: ['json', 'watch', 'schema'],
  why: [],
  'wait-online': ['timeout'],
};

/**
 * What `argv` (without node and the script) asks for.
 * @throws UsageError
 */
export function parseArguments(argv: readonly string[]): Request {
  const { values, positionals } = parsed(argv);
  if (values.help || argv[0] === 'help') return { command: 'help' };
  if (values.version) return { command: 'version' };
  const [name, ...more] = positionals;
  if (name === undefined) throw new UsageError('which command? percept-lte --help lists them');
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) throw new UsageError(`there is no command '${name}'${suggestion(name, COMMANDS)}`);
  if (more[0] !== undefined) throw new UsageError(`${command} takes no argument '${more[0]}'`);
  const odd = Object.keys(values).find((option) => !TAKES[command].some((known) => known === option));
  if (odd !== undefined) throw new UsageError(`${command} takes no option --${odd}`);
  return requestOf(command, values);
}

type Values = ReturnType<typeof parsed>['values'];

function requestOf(command: Command, values: Values): Request {
  const configPath = values.config ?? DEFAULT_CONFIG_PATH;
  switch (command) {
    case 'run':
    case 'check':
    case 'doctor':
    case 'prepare':
      if (configPath === '') throw new UsageError('--config needs a file');
      return { command, configPath };
    case 'status':
      return { command, json: values.json ?? false, watch: values.watch ?? false, schema: values.schema ?? false };
    case 'why':
      return { command };
    case 'wait-online':
      return { command, timeoutMs: values.timeout === undefined ? DEFAULT_WAIT_MS : timeoutOf(values.timeout) };
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (cause) {
    const unknown = /^Unknown option '(-+)([^']+)'/.exec(cause instanceof Error ? cause.message : '');
    const text = unknown
      ? `there is no option ${unknown[1]}${unknown[2]}${suggestion(unknown[2] ?? '', Object.keys(OPTIONS), '--')}`
      : (cause instanceof Error ? cause.message : String(cause)).split('\n')[0];
    throw new UsageError(text, { cause });
  }
}

const suggestion = (name: string, known: readonly string[], prefix = '') => {
  const meant = nearest(name, known);
  return meant === undefined ? '; percept-lte --help lists them' : `; did you mean '${prefix}${meant}'?`;
};

function timeoutOf(text: string): number {
  const result = duration({ min: '0s', max: '24d' }).safeParse(/^\d+$/.test(text) && text !== '0' ? `${text}s` : text);
  if (!result.success)
    throw new UsageError(`--timeout: '${text}' is not a number of seconds nor a duration such as 30s or 5m`);
  return result.data;
}

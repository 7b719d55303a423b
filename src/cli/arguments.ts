// The command line: which commands and options there are, and what was asked for. Pure;
// program.ts acts on it.
import { parseArgs } from 'node:util';
import { nearest } from '../config/did-you-mean.ts';
import { DEFAULT_CONFIG_PATH } from '../config/files.ts';
import { duration } from '../config/scalars.ts';
import { EXIT } from './context.ts';
import { DEFAULT_WAIT_MS } from './wait-online.ts';

/** What was asked for. */
export type Request =
  | { readonly command: 'run' | 'check'; readonly configPath: string }
  | {
      readonly command: 'doctor';
      readonly configPath: string;
      readonly json: boolean;
      readonly bundle: string | undefined;
    }
  | {
      readonly command: 'prepare';
      readonly configPath: string;
      readonly to: 'mbim' | undefined;
      readonly yes: boolean;
      readonly dryRun: boolean;
    }
  | { readonly command: 'status'; readonly json: boolean; readonly watch: boolean; readonly schema: boolean }
  | { readonly command: 'incidents'; readonly json: boolean }
  | { readonly command: 'events'; readonly json: boolean; readonly schema: boolean }
  | { readonly command: 'why' | 'accept' | 'version' | 'help' }
  | { readonly command: 'wait-online'; readonly timeoutMs: number };

/** A command line that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = {
  config: { type: 'string', short: 'c', value: 'FILE', about: `the configuration; default ${DEFAULT_CONFIG_PATH}` },
  json: { type: 'boolean', about: 'as JSON, for programs' },
  watch: { type: 'boolean', about: 'again whenever it changes' },
  schema: { type: 'boolean', about: "the JSON Schema of --json's output" },
  timeout: {
    type: 'string',
    value: 'DURATION',
    about: `30s, 5m, or a number of seconds; 0: for ever; default ${DEFAULT_WAIT_MS / 1000}s`,
  },
  to: { type: 'string', value: 'mbim', about: 'put the modem into this USB mode, and restart it; asks first' },
  yes: { type: 'boolean', short: 'y', about: 'do not ask' },
  bundle: { type: 'string', value: 'FILE', about: 'write an archive for whoever helps, without secrets' },
  'dry-run': { type: 'boolean', about: 'say what would be done; change nothing' },
  version: { type: 'boolean', short: 'V', about: 'print the version' },
  help: { type: 'boolean', short: 'h', about: 'print this' },
} as const;
type Option = keyof typeof OPTIONS;

interface CommandRow {
  readonly about: string;
  readonly options: readonly Option[];
}

const COMMANDS = {
  run: { about: 'run the service (systemd does: systemctl start percept-lte)', options: ['config'] },
  status: { about: 'show the state of the connection', options: ['json', 'watch', 'schema'] },
  why: { about: 'say in one sentence why it is online or offline', options: [] },
  incidents: { about: 'list the last outages: when, how long, what ended them, why', options: ['json'] },
  events: { about: 'follow the service: one line for each change', options: ['json', 'schema'] },
  'wait-online': { about: 'wait until it is online: 0 when it is, 1 when time is up', options: ['timeout'] },
  check: { about: 'say whether the configuration is good, and what a reload would change', options: ['config'] },
  accept: {
    about: 'end the trial of a changed configuration; one that was refused is tried once more',
    options: [],
  },
  doctor: {
    about: 'look for whatever could keep this board offline, and say what to do about it',
    options: ['json', 'bundle', 'config'],
  },
  prepare: {
    about: 'look at the modem, write a configuration to start from, start the service',
    options: ['to', 'yes', 'dry-run', 'config'],
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
type Command = keyof typeof COMMANDS;
const COMMAND_NAMES = Object.keys(COMMANDS) as readonly Command[];

/** An option as a person writes it, with what it does. */
export interface DocumentedOption {
  readonly name: string;
  /** The name of its value, such as FILE. */
  readonly value: string | undefined;
  readonly about: string;
}

const documented = (name: Option): DocumentedOption => {
  const option: { readonly value?: string; readonly about: string } = OPTIONS[name];
  return { name, value: option.value, about: option.about };
};

/**
 * Every command with what it does and the options it takes, in the order of the help; for the help
 * and the manual page.
 */
export const documentedCommands = COMMAND_NAMES.map((name) => ({
  name,
  about: COMMANDS[name].about,
  options: COMMANDS[name].options.map(documented),
}));

/** The options that stand without a command. */
export const documentedFlags = (['version', 'help'] as const).map(documented);

/** What each exit code means. */
export const exitCodes: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, 'done, or stopped as asked'],
  [EXIT.fault, 'fault, or not online'],
  [EXIT.usage, 'wrong usage'],
  [EXIT.config, 'bad configuration'],
];

const COLUMN = 15;
const optionLine = ({ name, value, about }: DocumentedOption, indent: number) =>
  `${' '.repeat(indent)}${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(20)} ${about}`;

export const HELP = [
  'percept-lte keeps this board online over LTE, through ModemManager.',
  '',
  'Usage: percept-lte COMMAND [OPTION]…',
  '',
  ...documentedCommands.flatMap(({ name, about, options }) => [
    `  ${name.padEnd(COLUMN - 2)}${about}`,
    ...options.filter((option) => option.name !== 'config').map((option) => optionLine(option, COLUMN + 2)),
  ]),
  '',
  `${optionLine(documented('config'), 2)} (run, check, doctor, prepare)`,
  ...documentedFlags.map((option) => optionLine(option, 2)),
  '',
  `Exit codes: ${exitCodes.map(([code, meaning]) => `${code} ${meaning}`).join(' · ')}`,
  'Manual: percept-lte(8), percept-lte.yaml(5)',
].join('\n');

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
  const command = COMMAND_NAMES.find((known) => known === name);
  if (command === undefined) throw new UsageError(`there is no command '${name}'${suggestion(name, COMMAND_NAMES)}`);
  if (more[0] !== undefined) throw new UsageError(`${command} takes no argument '${more[0]}'`);
  const taken: readonly Option[] = COMMANDS[command].options;
  const odd = Object.keys(values).find((option) => !taken.some((known) => known === option));
  if (odd !== undefined) throw new UsageError(`${command} takes no option --${odd}`);
  return requestOf(command, values);
}

type Values = ReturnType<typeof parsed>['values'];

function requestOf(command: Command, values: Values): Request {
  const configPath = values.config ?? DEFAULT_CONFIG_PATH;
  switch (command) {
    case 'run':
    case 'check':
      if (configPath === '') throw new UsageError('--config needs a file');
      return { command, configPath };
    case 'doctor':
      if (configPath === '') throw new UsageError('--config needs a file');
      if (values.bundle === '') throw new UsageError('--bundle needs a file');
      return { command, configPath, json: values.json ?? false, bundle: values.bundle };
    case 'prepare':
      if (configPath === '') throw new UsageError('--config needs a file');
      return { command, configPath, to: toOf(values.to), yes: values.yes ?? false, dryRun: values['dry-run'] ?? false };
    case 'status':
      return { command, json: values.json ?? false, watch: values.watch ?? false, schema: values.schema ?? false };
    case 'incidents':
      return { command, json: values.json ?? false };
    case 'events':
      return { command, json: values.json ?? false, schema: values.schema ?? false };
    case 'why':
    case 'accept':
      return { command };
    case 'wait-online':
      return { command, timeoutMs: values.timeout === undefined ? DEFAULT_WAIT_MS : timeoutOf(values.timeout) };
  }
}

function toOf(text: string | undefined): 'mbim' | undefined {
  if (text === undefined || text === 'mbim') return text;
  throw new UsageError(`--to: '${text}' is no mode that a modem can be put into; the one there is: mbim`);
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

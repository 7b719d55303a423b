// The manual pages in man(7)'s language: percept-lte(8) from the table of commands,
// percept-lte.yaml(5) from the schema of the configuration, so that neither can forget a command or
// a key.

import { type DocumentedOption, documentedCommands, documentedFlags, exitCodes } from '../../src/cli/arguments.ts';
import { choicesHint, defaultDocument, reloadHint, written } from '../../src/config/document.ts';
import { configKeys, type Key } from '../../src/config/shape.ts';
import { version } from '../../src/system/version.ts';
import { codesPage } from './codes-page.ts';
import { bashCompletion, fishCompletion, zshCompletion } from './completions.ts';

/** Every document that is made of tables: path below the repository, and content. */
export const documents = (): readonly (readonly [path: string, content: string])[] => [
  ['config/percept-lte.yaml', defaultDocument()],
  ['docs/man/percept-lte.8', commandPage()],
  ['docs/man/percept-lte.yaml.5', configPage()],
  ['config/completions/percept-lte.bash', bashCompletion()],
  ['config/completions/percept-lte.zsh', zshCompletion()],
  ['config/completions/percept-lte.fish', fishCompletion()],
  ['docs/codes.md', codesPage()],
];

/** The day of the version, as docs/changelog.md has it; a manual page wants one. */
const RELEASED = '2026-11-27';

/** Text as man(7) wants it: backslashes and hyphens escaped, no line that begins like a request. */
const roff = (text: string) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', "'")
    .replaceAll('±', '+/\\-')
    .replaceAll('…', '...')
    .replace(/^([.'])/gm, '\\&$1');

const heading = (name: string, section: number, about: string) =>
  [
    '.\\" Made by npm run docs:write from the tables of the program.',
    `.TH "${name.toUpperCase()}" "${section}" "${RELEASED}" "percept\\-lte ${version}" "System Administration"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(about)}`,
  ].join('\n');

const paragraphs = (...texts: string[]) => texts.map(roff).join('\n.PP\n');

const optionTerm = ({ name, value, about }: DocumentedOption) =>
  `.TP\n\\fB\\-\\-${roff(name)}\\fR${value === undefined ? '' : ` \\fI${value}\\fR`}\n${roff(sentence(about))}`;

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const COMMAND_TEXTS = [
  'percept-lte keeps a Linux board online over LTE, unattended: it enables the modem through ModemManager, connects with the configured APN, configures the network interface, and puts things right whenever anything changes.',
  'The service runs under systemd as percept-lte.service. The other commands are for people and scripts; they work while the service does not run, and change nothing, except prepare and accept.',
  'prepare does what the vendors’ guides do at a PC: it finds the modem and its serial port, says which USB mode it has, and with --to mbim gives it the mode that this program needs, restarts it and waits until it is back. ModemManager keeps off the modem meanwhile. Which AT command means MBIM goes by the model that the modem itself names; of a model that no source tells of it changes nothing. A modem in MBIM or QMI mode is left as it is. Then it writes a configuration unless there is one, checks it, and offers to start the service.',
] as const;

const FILES = [
  ['/etc/percept-lte.yaml', 'The configuration; see percept-lte.yaml(5).'],
  [
    '/usr/lib/percept-lte/percept-lte.yaml.d/*.yaml, /etc/percept-lte.yaml.d/*.yaml',
    'The same keys, of an image and of a fleet; see percept-lte.yaml(5).',
  ],
  [
    '/run/percept-lte/status.json',
    'The state of the connection, replaced at each change; percept-lte status reads it.',
  ],
  ['/run/percept-lte/metrics.prom', "The same in numbers, for node_exporter's textfile collector."],
  [
    '/run/percept-lte/metrics.sock',
    'The same for scrapers, with metrics.socket: true. Root and its group may connect.',
  ],
  [
    '/etc/percept-lte.d/',
    'Hooks: programs that are run when the link is online, offline, blocked, taken-over or given-back, and when a trial ended or the data plan passes a mark (quota), with the interface and the event as arguments and the status as JSON on standard input. They must belong to root and be writable by nobody else.',
  ],
  ['/var/lib/percept-lte/', 'What must outlive a reboot: attempts of the hour, refused PINs, past outages. Mode 0600.'],
  [
    '/var/lib/percept-lte/proven.json',
    'The settings that carried traffic last, secrets included, and what is on trial. Mode 0600.',
  ],
  ['/var/lib/percept-lte/data.json', 'What each SIM has used, day by day. Mode 0600.'],
  [
    '/var/lib/percept-lte/resolv-conf.json',
    'The files with name servers that /etc/resolv.conf was a link to, for a start after a kill.',
  ],
  ['/run/percept-lte/accept', 'Left by percept-lte accept; the daemon takes it away at the SIGHUP that follows.'],
  [
    '/usr/lib/percept-lte/known-apns.txt',
    'The APNs that connect.apn: auto tries, by the operator that issued the SIM.',
  ],
  ['/var/cache/percept-lte/', 'What makes the next start quicker; may be deleted at any time.'],
] as const;

const SIGNALS = [
  ['SIGTERM, SIGINT', 'Stop within 10 seconds; on-stop says what becomes of the link.'],
  ['SIGHUP', 'Read the configuration again. A bad one is refused, and the one before stays in force.'],
] as const;

const term = ([name, about]: readonly [string, string]) => `.TP\n\\fB${roff(name)}\\fR\n${roff(about)}`;

function commandPage(): string {
  return `${[
    heading('percept-lte', 8, 'keeps a board online over LTE through ModemManager'),
    '.SH SYNOPSIS',
    '.B percept\\-lte',
    '\\fICOMMAND\\fR [\\fIOPTION\\fR]...',
    '.SH DESCRIPTION',
    paragraphs(...COMMAND_TEXTS),
    '.SH COMMANDS',
    ...documentedCommands.flatMap(({ name, about, options }) => [
      `.TP\n\\fB${roff(name)}\\fR\n${roff(sentence(about))}`,
      ...(options.length === 0 ? [] : ['.RS', ...options.map(optionTerm), '.RE']),
    ]),
    '.SH OPTIONS',
    ...documentedFlags.map(optionTerm),
    '.SH EXIT STATUS',
    ...exitCodes.map(([code, meaning]) => term([String(code), sentence(meaning)])),
    '.SH SIGNALS',
    ...SIGNALS.map(term),
    '.SH FILES',
    ...FILES.map(term),
    '.SH SEE ALSO',
    '.BR percept\\-lte.yaml (5),\n.BR mmcli (1),\n.BR ModemManager (8),\n.BR journalctl (1)',
  ].join('\n')}\n`;
}

const CONFIG_TEXTS = [
  'The configuration of percept-lte(8), in YAML. Only connect.apn must be set. Unknown keys are errors.',
  'Durations are written 500ms, 30s, 5m, 1h; sizes 200kB, 1MB. A file that holds a PIN or a password must have mode 0600. percept-lte check says whether the file is good; systemctl reload percept-lte applies a change.',
  'Keys may also stand in /usr/lib/percept-lte/percept-lte.yaml.d/*.yaml, which an image brings, and in /etc/percept-lte.yaml.d/*.yaml. The first are read before /etc/percept-lte.yaml, the second after it, in the order of their names; the later file wins, key by key, and a list replaces the one before. Where there are such files, /etc/percept-lte.yaml may be missing.',
] as const;

function configPage(): string {
  return `${[
    heading('percept-lte.yaml', 5, 'configuration of percept-lte'),
    '.SH SYNOPSIS',
    '/etc/percept\\-lte.yaml',
    '.SH DESCRIPTION',
    paragraphs(...CONFIG_TEXTS),
    ...configKeys.map(keyEntry),
    '.SH SEE ALSO',
    '.BR percept\\-lte (8),\n.BR mmcli (1)',
  ].join('\n')}\n`;
}

function keyEntry(key: Key): string {
  const [name = ''] = key.path;
  const isTop = key.path.length === 1;
  const sentences = [key.description, ...remarks(key), reloadHint(key)].filter((text) => text !== '').join(' ');
  if (isTop && key.isSection) return `.SH ${roff(name.toUpperCase())}\n${roff(sentences)}`;
  const heads = isTop ? `.SH ${roff(name.toUpperCase())}\n` : '';
  return `${heads}.TP\n\\fB${roff(key.path.join('.'))}\\fR\n${roff(sentences)}`;
}

function remarks(key: Key): string[] {
  if (key.isSection) return [];
  const choices = choicesHint(key);
  if (key.defaultValue !== undefined) return [choices, `Default: ${written(key)}.`];
  return [choices, ...(key.required ? [] : ['Not set by default.']), `Example: ${written(key)}.`];
}

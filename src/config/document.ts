// Writes the commented configuration file: every key with its meaning and, commented out, its
// default. From the schema, so that it cannot lie.
import { stringify } from 'yaml';
import { isSection, type Relevance, relevanceOf } from './changes.ts';
import { configKeys, type Key } from './shape.ts';

const HEADER = `# /etc/percept-lte.yaml: the configuration of percept-lte.
#
# Only connect.apn must be set. Every other key stands here commented out, with its default, or with
# an example where it has none. Durations are written 500ms, 30s, 5m, 1h; sizes 200kB, 1MB.
#
# After a change:
#
#   percept-lte check                  says whether the file is good, and if not, what is wrong where
#   systemctl reload percept-lte       applies it, with no more interruption than the change needs
#
# A file that holds a PIN or a password must have mode 0600.`;

/**
 * The file as the package ships it and as `percept-lte prepare` writes it: `connect.apn` is an
 * example, everything else a comment.
 */
export const defaultDocument = (): string => `${[HEADER, ...configKeys.map(entry)].join('\n').trimEnd()}\n`;

function entry(key: Key): string {
  const indent = '  '.repeat(key.path.length - 1);
  const name = key.path.at(-1) ?? '';
  const isTop = key.path.length === 1;
  const about = wrapped(`${key.description}${hint(key)}`, `${indent}# `);
  const line = key.isSection ? `${indent}${name}:` : `${indent}${key.required ? '' : '#'}${name}: ${written(key)}`;
  return `${isTop ? '\n' : ''}${about}\n${line}`;
}

/** `text` in lines of at most 100 columns, each behind `prefix`. */
const wrapped = (text: string, prefix: string): string =>
  (text.match(new RegExp(`.{1,${100 - prefix.length}}(?=\\s|$)`, 'g')) ?? [])
    .map((line) => `${prefix}${line.trim()}`)
    .join('\n');

/** What stands behind a key's own sentence: what else may be written, and that it is not set. */
function hint(key: Key): string {
  const unset = key.isSection || key.required || key.defaultValue !== undefined ? '' : 'Not set by default.';
  const hints = [choicesHint(key), unset, reloadHint(key)].filter((text) => text !== '');
  return hints.map((text) => ` ${text}`).join('');
}

/** The words that a key allows, as a sentence; '' where it allows more than a few. */
export const choicesHint = ({ choices, isList }: Key): string =>
  choices.length === 0 ? '' : `${isList ? 'Any' : 'One'} of ${choices.join(', ')}.`;

const RELOAD_HINTS: Readonly<Record<Relevance, string>> = {
  nothing: '',
  link: 'A change costs no packet.',
  session: 'A change may cost a reconnect.',
  modem: 'A change may cost a reconnect.',
};

/** What a change of a section costs the link, as a sentence; empty where it costs nothing. */
export function reloadHint({ path }: Key): string {
  const [name = ''] = path;
  return path.length === 1 && isSection(name) ? RELOAD_HINTS[relevanceOf(new Set([name]))] : '';
}

/**
 * The default (else the example) on one line, with quotes where YAML would take it for something
 * else.
 */
export const written = ({ defaultValue, example }: Key): string =>
  stringify(defaultValue ?? example, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();

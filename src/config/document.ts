// Writes the commented configuration file: every key with its meaning and, commented out, its default. From the schema, so that it cannot lie.
import { stringify } from 'yaml';
import { configKeys, type Key } from './shape.ts';

const HEADER = `# /etc/percept-lte.yaml: the configuration of percept-lte.
#
# Only connect.apn must be set. Every other key stands here commented out, with its default, or with an example where it has none.
# Durations are written 500ms, 30s, 5m, 1h; sizes 200kB, 1MB. After a change:
#
#   percept-lte check                  says whether the file is good, and if not, what is wrong where
#   systemctl reload percept-lte       applies it, with no more interruption than the change needs
#
# A file that holds a PIN or a password must have mode 0600.`;

/** The file as the package ships it and as `percept-lte prepare` writes it: `connect.apn` is an example, everything else a comment. */
export const defaultDocument = (): string => `${[HEADER, ...configKeys.map(entry)].join('\n').trimEnd()}\n`;

function entry(key: Key): string {
  const indent = '  '.repeat(key.path.length - 1);
  const name = key.path.at(-1) ?? '';
  const isTop = key.path.length === 1;
  const about = `${indent}# ${key.description}${hint(key)}`;
  const line = key.isSection ? `${indent}${name}:` : `${indent}${key.required ? '' : '#'}${name}: ${written(key)}`;
  return `${isTop ? '\n' : ''}${about}\n${line}`;
}

const hint = (key: Key) =>
  key.isSection || key.required || key.defaultValue !== undefined ? '' : ' Not set by default.';

/** The value on one line, with quotes where YAML would take it for something else. */
const written = ({ defaultValue, example }: Key): string =>
  stringify(defaultValue ?? example, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();

// The completions as the shell itself makes them: bash loads the file, says which function it has
// for percept-lte, and that is called as readline calls it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { documentedCommands, documentedFlags, parseArguments, UsageError } from '../../src/cli/arguments.ts';

const file = fileURLToPath(new URL('../../config/completions/percept-lte.bash', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'percept-lte-completions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SCRIPT = `
source "$1"; shift
[[ $(complete -p percept-lte) =~ -F\\ ([^ ]+) ]] || exit 1
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
"\${BASH_REMATCH[1]}" percept-lte "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "\${COMPREPLY[@]}"`;

/** What the Tab key offers after these words, the last of which is begun. */
function offered(...words: readonly string[]): string[] {
  const argv = ['--norc', '--noprofile', '-c', SCRIPT, 'bash', file, 'percept-lte', ...words];
  // compopt says that no key was pressed.
  const output = execFileSync('bash', argv, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return output.split('\n').filter((line) => line !== '');
}

test('the Tab key offers every command, and the flags that stand alone', () => {
  expect(offered('')).toEqual([
    ...documentedCommands.map(({ name }) => name),
    ...documentedFlags.map(({ name }) => `--${name}`),
  ]);
  expect(offered('w')).toEqual(['why', 'wait-online']);
  expect(offered('x')).toEqual([]);
});

test.each(documentedCommands)('after $name it offers the options that the command takes', ({ name, options }) => {
  expect(offered(name, '')).toEqual(options.map((option) => `--${option.name}`));
});

test('whatever is offered, the command takes', () => {
  const value = { config: 'file', bundle: 'file', timeout: '30s', to: 'mbim' } as Record<string, string>;
  for (const { name } of documentedCommands)
    for (const option of offered(name, '--')) {
      const given = value[option.slice(2)];
      const argv = [name, option, ...(given === undefined ? [] : [given])];
      expect(() => parseArguments(argv), argv.join(' ')).not.toThrow(UsageError);
    }
});

test('an option that wants a file is completed with files, also behind =, also with a space', () => {
  writeFileSync(join(folder, 'my board.yaml'), '');
  expect(offered('check', '--config', 'my')).toEqual(['my board.yaml']);
  expect(offered('check', '--config', '=', 'my')).toEqual(['my board.yaml']);
  expect(offered('check', '--config', '=')).toEqual(['my board.yaml']);
  expect(offered('doctor', '--bundle', '')).toEqual(['my board.yaml']);
});

test('an option with one word for a value is completed with it; a duration is not guessed', () => {
  expect(offered('prepare', '--to', '')).toEqual(['mbim']);
  expect(offered('wait-online', '--timeout', '')).toEqual([]);
});

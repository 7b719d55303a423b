// The completions of bash, zsh and fish, made of the table of commands, so that none can forget a
// command or an option.
import { type DocumentedOption, documentedCommands, documentedFlags } from '../../src/cli/arguments.ts';

const MADE_BY = '# Made by npm run docs:write from the table of commands.';

/** Every option once, whichever commands take it. */
const everyOption = [
  ...new Map(documentedCommands.flatMap(({ options }) => options).map((option) => [option.name, option])).values(),
];

/** An option's value is the name of a file, one word (written small in the table), or free. */
const kindOf = ({ value }: DocumentedOption): 'none' | 'file' | 'word' | 'free' => {
  if (value === undefined) return 'none';
  if (value === 'FILE') return 'file';
  return value === value.toLowerCase() ? 'word' : 'free';
};

const long = ({ name }: DocumentedOption) => `--${name}`;

/** Text between single quotes of a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * For bash: /usr/share/bash-completion/completions/percept-lte. It needs nothing of the package
 * bash-completion but that it loads the file.
 */
export function bashCompletion(): string {
  const valued = everyOption.flatMap((option) => {
    const kind = kindOf(option);
    if (kind === 'none') return [];
    const act = {
      file: `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word")`,
      word: `mapfile -t COMPREPLY < <(compgen -W ${quoted(option.value ?? '')} -- "$word")`,
      free: ':',
    }[kind];
    return [`    ${long(option)}) ${act}; return ;;`];
  });
  const first = [...documentedCommands.map(({ name }) => name), ...documentedFlags.map(long)].join(' ');
  const later = documentedCommands.map(
    ({ name, options }) => `    *:${name}) words='${options.map(long).join(' ')}' ;;`,
  );
  return `${MADE_BY}
_percept_lte() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} words=
  COMPREPLY=()
  # bash takes --config=FILE for three words.
  if [[ $word == = ]]; then word=
  elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  case $before in
${valued.join('\n')}
  esac
  case $COMP_CWORD:\${COMP_WORDS[1]} in
    1:*) words='${first}' ;;
${later.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _percept_lte percept-lte
`;
}

/** For zsh: _percept-lte in a folder of $fpath. */
export function zshCompletion(): string {
  const bare = (text: string) => text.replaceAll(/[[\]:\\]/g, '\\$&');
  const argument = (option: DocumentedOption) => {
    const about = `[${bare(option.about)}]`;
    const value = { none: '', file: '=', word: '=', free: '=' }[kindOf(option)];
    const action = { none: '', file: ':FILE:_files', word: `:mode:(${option.value})`, free: `:${option.value}:` };
    return quoted(`${long(option)}${value}${about}${action[kindOf(option)]}`);
  };
  return `${[
    '#compdef percept-lte',
    MADE_BY,
    'local -a commands=(',
    ...documentedCommands.map(({ name, about }) => `  ${quoted(`${name}:${bare(about)}`)}`),
    ')',
    'if (( CURRENT == 2 )); then',
    "  _describe -t commands 'command' commands",
    `  _arguments ${documentedFlags.map(argument).join(' ')}`,
    '  return',
    'fi',
    'shift words',
    '(( CURRENT-- ))',
    'case $words[1] in',
    ...documentedCommands
      .filter(({ options }) => options.length > 0)
      .map(({ name, options }) => `  ${name}) _arguments ${options.map(argument).join(' ')} ;;`),
    'esac',
  ].join('\n')}\n`;
}

/** For fish: /usr/share/fish/vendor_completions.d/percept-lte.fish. */
export function fishCompletion(): string {
  const text = (about: string) => `'${about.replaceAll(/['\\]/g, '\\$&')}'`;
  const option = (one: DocumentedOption) => {
    const value = { none: '', file: ' -r -F', word: ` -x -a ${one.value}`, free: ' -x' }[kindOf(one)];
    return `-l ${one.name}${value} -d ${text(one.about)}`;
  };
  const line = (condition: string, what: string) => `complete -c percept-lte -n ${text(condition)} ${what}`;
  return `${[
    MADE_BY,
    'complete -c percept-lte -f',
    ...documentedCommands.map(({ name, about }) => line('__fish_use_subcommand', `-a ${name} -d ${text(about)}`)),
    ...documentedFlags.map((flag) => line('__fish_use_subcommand', option(flag))),
    ...documentedCommands.flatMap(({ name, options }) =>
      options.map((one) => line(`__fish_seen_subcommand_from ${name}`, option(one))),
    ),
  ].join('\n')}\n`;
}

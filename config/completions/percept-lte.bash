# Made by npm run docs:write from the table of commands.
_percept_lte() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=
  COMPREPLY=()
  # bash takes --config=FILE for three words.
  if [[ $word == = ]]; then word=
  elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi
  case $before in
    --config) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --timeout) :; return ;;
    --bundle) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --to) mapfile -t COMPREPLY < <(compgen -W 'mbim' -- "$word"); return ;;
  esac
  case $COMP_CWORD:${COMP_WORDS[1]} in
    1:*) words='run status why incidents events wait-online check accept doctor prepare --version --help' ;;
    *:run) words='--config' ;;
    *:status) words='--json --watch --schema' ;;
    *:why) words='' ;;
    *:incidents) words='--json' ;;
    *:events) words='--json --schema' ;;
    *:wait-online) words='--timeout' ;;
    *:check) words='--config' ;;
    *:accept) words='' ;;
    *:doctor) words='--json --bundle --config' ;;
    *:prepare) words='--to --yes --dry-run --config' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _percept_lte percept-lte

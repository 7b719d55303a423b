#compdef percept-lte
# Made by npm run docs:write from the table of commands.
local -a commands=(
  'run:run the service (systemd does\: systemctl start percept-lte)'
  'status:show the state of the connection'
  'why:say in one sentence why it is online or offline'
  'incidents:list the last outages\: when, how long, what ended them, why'
  'events:follow the service\: one line for each change'
  'wait-online:wait until it is online\: 0 when it is, 1 when time is up'
  'check:say whether the configuration is good, and what a reload would change'
  'accept:end the trial of a changed configuration; one that was refused is tried once more'
  'doctor:look for whatever could keep this board offline, and say what to do about it'
  'prepare:look at the modem, write a configuration to start from, start the service'
)
if (( CURRENT == 2 )); then
  _describe -t commands 'command' commands
  _arguments '--version[print the version]' '--help[print this]'
  return
fi
shift words
(( CURRENT-- ))
case $words[1] in
  run) _arguments '--config=[the configuration; default /etc/percept-lte.yaml]:FILE:_files' ;;
  status) _arguments '--json[as JSON, for programs]' '--watch[again whenever it changes]' '--schema[the JSON Schema of --json'\''s output]' ;;
  incidents) _arguments '--json[as JSON, for programs]' ;;
  events) _arguments '--json[as JSON, for programs]' '--schema[the JSON Schema of --json'\''s output]' ;;
  wait-online) _arguments '--timeout=[30s, 5m, or a number of seconds; 0\: for ever; default 120s]:DURATION:' ;;
  check) _arguments '--config=[the configuration; default /etc/percept-lte.yaml]:FILE:_files' ;;
  doctor) _arguments '--json[as JSON, for programs]' '--bundle=[write an archive for whoever helps, without secrets]:FILE:_files' '--config=[the configuration; default /etc/percept-lte.yaml]:FILE:_files' ;;
  prepare) _arguments '--to=[put the modem into this USB mode, and restart it; asks first]:mode:(mbim)' '--yes[do not ask]' '--dry-run[say what would be done; change nothing]' '--config=[the configuration; default /etc/percept-lte.yaml]:FILE:_files' ;;
esac

// The command line.
import { expect, test } from 'vitest';
import { HELP, parseArguments, UsageError } from '../../../src/cli/arguments.ts';

test.each([
  ['run', { command: 'run', configPath: '/etc/percept-lte.yaml' }],
  ['run --config f.yaml', { command: 'run', configPath: 'f.yaml' }],
  ['check -c f.yaml', { command: 'check', configPath: 'f.yaml' }],
  ['status', { command: 'status', json: false, watch: false, schema: false }],
  ['status --json --watch', { command: 'status', json: true, watch: true, schema: false }],
  ['doctor --json', { command: 'doctor', configPath: '/etc/percept-lte.yaml', json: true, bundle: undefined }],
  [
    'doctor --bundle b.tar.gz',
    { command: 'doctor', configPath: '/etc/percept-lte.yaml', json: false, bundle: 'b.tar.gz' },
  ],
  ['why', { command: 'why' }],
  ['wait-online', { command: 'wait-online', timeoutMs: 120_000 }],
  ['wait-online --timeout 30', { command: 'wait-online', timeoutMs: 30_000 }],
  ['wait-online --timeout=5m', { command: 'wait-online', timeoutMs: 300_000 }],
  ['wait-online --timeout 0', { command: 'wait-online', timeoutMs: 0 }],
  ['prepare', { command: 'prepare', configPath: '/etc/percept-lte.yaml', to: undefined, yes: false, dryRun: false }],
  [
    'prepare --to mbim -y --dry-run -c f.yaml',
    { command: 'prepare', configPath: 'f.yaml', to: 'mbim', yes: true, dryRun: true },
  ],
  ['--version', { command: 'version' }],
  ['--help', { command: 'help' }],
  ['status --help', { command: 'help' }],
  ['help', { command: 'help' }],
])('%s', (line, expected) => {
  expect(parseArguments(line.split(' '))).toEqual(expected);
});

test.each([
  ['', 'which command? percept-lte --help lists them'],
  ['stats', "there is no command 'stats'; did you mean 'status'?"],
  ['frobnicate', "there is no command 'frobnicate'; percept-lte --help lists them"],
  ['status --jsn', "there is no option --jsn; did you mean '--json'?"],
  ['why --json', 'why takes no option --json'],
  ['check f.yaml', "check takes no argument 'f.yaml'"],
  ['prepare --to qmi', "--to: 'qmi' is no mode that a modem can be put into; the one there is: mbim"],
  ['run --config=', '--config needs a file'],
  ['wait-online --timeout soon', "--timeout: 'soon' is not a number of seconds nor a duration such as 30s or 5m"],
])('%j is wrong usage', (line, expected) => {
  const parse = () => parseArguments(line === '' ? [] : line.split(' '));
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(expected);
});

test('--config without a file is wrong usage', () => {
  expect(() => parseArguments(['run', '--config'])).toThrow(UsageError);
});

test('the help names every command', () => {
  for (const command of ['run', 'status', 'why', 'wait-online', 'check', 'doctor', 'prepare']) {
    expect(HELP).toMatch(new RegExp(`^  ${command} `, 'm'));
  }
});

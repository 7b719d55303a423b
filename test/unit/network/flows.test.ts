// Flows over an uplink that LTE goes before, as `ss` and conntrack are told of them. The listing
// is conntrack 1.4.7's.
import { expect, test } from 'vitest';
import { Flows } from '../../../src/network/flows.ts';
import { CommandError, type CommandRunner } from '../../../src/system/command.ts';
import { silentLog } from '../silent-log.ts';

const signal = new AbortController().signal;
const FLOWS = `tcp      6 431999 ESTABLISHED src=172.17.0.2 dst=203.0.113.9 sport=55226 dport=8883 src=203.0.113.9 dst=192.168.1.2 sport=8883 dport=55226 [ASSURED] mark=0 use=1
udp      17 29 src=172.17.0.2 dst=192.168.1.9 sport=54616 dport=7000 src=192.168.1.9 dst=192.168.1.2 sport=7000 dport=54616 mark=0 use=1
`;

function host(installed = true) {
  const commands: string[] = [];
  const runner: CommandRunner = {
    run: (argv) => {
      commands.push(argv.join(' '));
      if (!installed) return Promise.reject(new CommandError(argv, undefined, 'spawn ENOENT'));
      return Promise.resolve(argv.includes('-L') ? FLOWS : '');
    },
    follow: () => Promise.resolve(undefined),
  };
  return { flows: new Flows({ commands: runner, log: silentLog }), commands };
}

const own = ['10.0.0.2'];

test('connections of a dead uplink to the internet are closed, those to its own network are not', async () => {
  const { flows, commands } = host();
  await flows.follow({ takenOver: ['192.168.1.2'], own }, signal);
  expect(commands[0]).toMatch(/^ss .*-K state connected .* src 192\.168\.1\.2 and not dst 10\.0\.0\.0\/8 and not dst /);
  expect(commands.slice(1)).toEqual([
    'conntrack -L -f ipv4 --src-nat 192.168.1.2',
    'conntrack -D -f ipv4 --src-nat 192.168.1.2 --orig-dst 203.0.113.9',
  ]);
  await flows.follow({ takenOver: ['192.168.1.2'], own }, signal);
  expect(commands).toHaveLength(3);
});

test('given back: what is translated to the address of LTE gets another, and no socket is closed', async () => {
  const { flows, commands } = host();
  await flows.follow({ takenOver: ['192.168.1.2'], own }, signal);
  commands.length = 0;
  await flows.follow({ takenOver: [], own }, signal);
  expect(commands[0]).toBe('conntrack -L -f ipv4 --src-nat 10.0.0.2');
  expect(commands.filter((line) => line.startsWith('ss'))).toEqual([]);
});

test('a host without ss and conntrack loses nothing', async () => {
  const { flows } = host(false);
  await expect(flows.follow({ takenOver: ['2001:db8::2'], own }, signal)).resolves.toBeUndefined();
});

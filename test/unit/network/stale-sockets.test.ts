import { expect, test } from 'vitest';
import { StaleSockets } from '../../../src/network/stale-sockets.ts';
import { CommandError, type CommandRunner } from '../../../src/system/command.ts';
import type { Logger } from '../../../src/system/log.ts';

const signal = new AbortController().signal;
const SOCKET = 'tcp ESTAB 0 0 10.0.0.2:41000 192.0.2.1:8883\n';

/** `ss` of a kernel that can destroy sockets or not, and what is logged. */
function host({ destroys = true, installed = true, elsewhere = '' } = {}) {
  const commands: string[] = [];
  const lines: string[] = [];
  const ss = (argv: readonly string[]): string => {
    if (argv[0] === 'ip') return argv.includes(elsewhere) ? `[{"addr_info":[{"local":"${elsewhere}"}]}]` : '[]';
    commands.push(argv.join(' '));
    if (!installed) throw new CommandError(argv, undefined, 'spawn ss ENOENT');
    return argv.includes('-K') || !destroys ? SOCKET : '';
  };
  const log = { debug: (_fields: unknown, text: string) => lines.push(text) } as unknown as Logger;
  const runner: CommandRunner = {
    run: (argv) => Promise.resolve().then(() => ss(argv)),
    follow: () => Promise.resolve(undefined),
  };
  const sockets = new StaleSockets({ commands: runner, log });
  return { sockets, commands, lines };
}

test('closes what is bound to an address that is held no longer, and nothing else', async () => {
  const { sockets, commands } = host();
  await sockets.follow(['10.0.0.2', '2001:DB8::2'], signal);
  await sockets.follow(['10.0.0.2', '2001:db8::2'], signal);
  expect(commands).toEqual([]);
  await sockets.follow(['10.0.0.2'], signal);
  await sockets.follow([], signal);
  expect(commands.filter((line) => line.includes('-K')).map((line) => line.split(' ').at(-1))).toEqual([
    '[2001:db8::2]',
    '10.0.0.2',
  ]);
});

test('an address that another interface has too keeps its sockets', async () => {
  const { sockets, commands } = host({ elsewhere: '10.0.0.2' });
  await sockets.follow(['10.0.0.2', '10.0.0.3'], signal);
  await sockets.follow([], signal);
  expect(commands.join()).not.toContain('10.0.0.2');
  expect(commands.join()).toContain('10.0.0.3');
});

test.each([
  { destroys: false, installed: true },
  { destroys: true, installed: false },
])('says once where that cannot be done: %o', async (what) => {
  const { sockets, lines } = host(what);
  for (const address of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) await sockets.follow([address], signal);
  expect(lines).toEqual(['sockets of an address that is gone cannot be closed; programs find out by themselves']);
});

// A serial port as a real terminal, set up by the real stty.
import { afterEach, expect, test } from 'vitest';
import { type AtPort, openAtPort } from '../../../src/modem/at/port.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type CommandRunner, hostCommands } from '../../../src/system/command.ts';
import { AtModem, dialects } from '../../world/at/modem.ts';
import { Pty } from '../../world/at/pty.ts';

const signal = new AbortController().signal;

let pty: Pty | undefined;
let port: AtPort | undefined;
afterEach(async () => {
  await port?.close();
  await pty?.close();
  port = undefined;
  pty = undefined;
});

async function openPort(commands: CommandRunner): Promise<AtPort> {
  const modem = new AtModem({ dialect: dialects.multitech, mode: '0', onRestart: () => {} });
  pty = await Pty.open((text) => modem.receive(text));
  port = await openAtPort(pty.path, { commands, clock: systemClock }, signal);
  return port;
}

test('a port that was set up answers AT', async () => {
  const open = await openPort(hostCommands);
  expect(await open.ask('AT', 10_000, signal)).toMatchObject({ ok: true });
  expect(await open.ask('AT#USBCFG?', 10_000, signal)).toMatchObject({ ok: true, lines: ['#USBCFG: 0'] });
});

/**
 * Becomes the command, and leaves a process in its group that tells whether the kernel hung up: of
 * a session whose leader exits, it hangs up the terminal, which of a pseudo-terminal shows as a
 * SIGHUP to the group, sent before the leader is gone.
 */
const TELLTALE = `
use strict;
my $leader = $$;
pipe(my $ready, my $go) or die;
if ((fork() // die) == 0) {
  my $hangups = 0;
  $SIG{HUP} = sub { $hangups += 1 };
  close(STDIN);
  close($ready);
  close($go);
  select(undef, undef, undef, 0.01) while getppid() == $leader;
  print($hangups > 0 ? 'hung up' : 'left alone');
  exit;
}
close($go);
sysread($ready, my $nothing, 1);
exec(@ARGV) or die;
`;

test('no port hangs up right after it was set up, as each of a real kernel did', async () => {
  let told = '';
  const commands: CommandRunner = {
    ...hostCommands,
    run: async (argv, options) => {
      told = await hostCommands.run(['perl', '-e', TELLTALE, '--', ...argv], options);
      return told;
    },
  };
  const open = await openPort(commands);
  expect(told).toBe('left alone');
  expect(await open.ask('AT', 10_000, signal)).toMatchObject({ ok: true });
});

// Binding the abstract socket of mbim-proxy. Node 20 pads abstract names to 108 bytes (measured: `ss -xl`), and libmbim
// does not find such a name; Perl, which every Debian has, binds the exact one and then becomes the agent.

/** The environment variable in which the agent finds the number of the listening socket. */
export const socketVariable = 'WORLD_MBIM_PROXY_FD';

const program = `
use strict;
use Socket;
$^F = 255;
socket(my $listener, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
bind($listener, pack('S a*', AF_UNIX, "\\0mbim-proxy")) or die "bind \\@mbim-proxy: $!";
listen($listener, 16) or die "listen: $!";
$ENV{${socketVariable}} = fileno($listener);
exec @ARGV or die "exec: $!";
`;

/** Wraps a command so that it inherits the listening socket. */
export function withAbstractSocket(argv: readonly string[]): string[] {
  return ['perl', '-e', program, ...argv];
}

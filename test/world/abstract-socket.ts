// Binding the abstract socket of mbim-proxy or qmi-proxy. Node 20 pads abstract names to 108 bytes
// (measured: `ss -xl`), and libmbim does not find such a name; Perl, which every Debian has, binds
// the exact one and then becomes the agent.

/** The environment variable in which the agent finds the number of the listening socket. */
export const socketVariable = 'WORLD_PROXY_FD';

const program = (name: string) => `
use strict;
use Socket;
$^F = 255;
socket(my $listener, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
bind($listener, pack('S a*', AF_UNIX, "\\0${name}")) or die "bind \\@${name}: $!";
listen($listener, 16) or die "listen: $!";
$ENV{${socketVariable}} = fileno($listener);
exec @ARGV or die "exec: $!";
`;

/** Wraps a command so that it inherits the listening socket with that abstract name. */
export function withAbstractSocket(name: 'mbim-proxy' | 'qmi-proxy', argv: readonly string[]): string[] {
  return ['perl', '-e', program(name), ...argv];
}

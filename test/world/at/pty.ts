// A serial port in software: a pseudo-terminal whose other end is a function. Node.js opens none by
// itself; Perl, which every Debian has, does, and passes the bytes on.

import { type ChildProcess, spawn } from 'node:child_process';
import { worldEnvironment } from '../agent/places.ts';

/**
 * The two requests are TIOCSPTLCK and TIOCGPTN, the same on amd64 and arm64. The near end stays open
 * here, so that the far end outlives whoever opens and closes it.
 */
const program = `
use strict;
use Fcntl;
sysopen(my $far, '/dev/ptmx', O_RDWR | O_NOCTTY) or die "ptmx: $!";
my $zero = pack('i', 0);
ioctl($far, 0x40045431, $zero) or die "unlock: $!";
my $number = pack('i', 0);
ioctl($far, 0x80045430, $number) or die "number: $!";
$number = unpack('i', $number);
sysopen(my $near, "/dev/pts/$number", O_RDWR | O_NOCTTY) or die "pts: $!";
syswrite(STDOUT, "$number\\n");
my $bits = '';
vec($bits, fileno(STDIN), 1) = 1;
vec($bits, fileno($far), 1) = 1;
while (select(my $ready = $bits, undef, undef, undef) > 0) {
  for my $way ([\\*STDIN, $far], [$far, \\*STDOUT]) {
    next unless vec($ready, fileno($way->[0]), 1);
    sysread($way->[0], my $text, 4096) or exit;
    syswrite($way->[1], $text);
  }
}
`;

const perl = ['perl', '-e', program] as const;

export class Pty {
  readonly #child: ChildProcess;
  /** Such as /dev/pts/3. */
  readonly path: string;

  private constructor(child: ChildProcess, path: string) {
    this.#child = child;
    this.path = path;
  }

  /** Opens one; `receive` takes what is written to it and returns what is to be read from it. */
  static open(receive: (text: string) => string): Promise<Pty> {
    const [file, ...args] = perl;
    const child = spawn(file, args, { env: worldEnvironment, stdio: ['pipe', 'pipe', 'pipe'] });
    let complaint = '';
    let path: string | undefined;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.stdin.on('error', () => {});
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`no pseudo-terminal: ${complaint}`)));
      child.stdout.setEncoding('latin1').on('data', (text: string) => {
        if (path !== undefined) child.stdin.write(receive(text), 'latin1');
        else {
          path = `/dev/pts/${text.trim()}`;
          resolve(new Pty(child, path));
        }
      });
    });
  }

  /** Whoever has it open finds it hung up. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

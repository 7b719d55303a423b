// Echo requests through the device namespace's routes, a thousand a second, to see from outside
// when traffic passes and when it does not. It is the same yardstick for whoever keeps the link,
// and knows nothing of D-Bus, journals or routes.

import type { WorldProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** The number of clock_gettime: perl-base, which every Debian has, comes without Time::HiRes. */
const CLOCK_GETTIME = process.arch === 'arm64' ? 113 : 228;

/**
 * Raw ICMP from Perl costs a tenth of what it would from Node, and needs no program that may be
 * missing.
 */
const program = `
use strict;
use Socket;
my ($clock, $target) = ($ARGV[0] + 0, pack_sockaddr_in(0, inet_aton($ARGV[1])));
my $period = 1;
$| = 1;
socket(my $socket, PF_INET, SOCK_RAW, 1) or die "raw socket: $!";
sub now {
  my $time = "\\0" x 16;
  syscall($clock, 1, $time);
  my ($seconds, $nanoseconds) = unpack('qq', $time);
  return $seconds * 1000 + $nanoseconds / 1e6;
}
sub request {
  my @words = (0x0800, 0, $$ & 0xffff, $_[0] & 0xffff, $_[0] >> 16, $_[0] & 0xffff);
  my $sum = 0;
  $sum += $_ for @words;
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum > 0xffff;
  $words[1] = ~$sum & 0xffff;
  return pack('n6', @words);
}
my ($sequence, $answered, $good, $due) = (0, 0, 0, now());
print "begun\\n";
while (1) {
  my $ready = '';
  vec($ready, fileno($socket), 1) = 1;
  my $wait = $due - now();
  select($ready, undef, undef, $wait > 0 ? $wait / 1000 : 0);
  while (defined recv($socket, my $packet, 1500, MSG_DONTWAIT)) {
    my ($type, $id, $high, $low) = unpack('C x3 n x2 n n', substr($packet, (ord($packet) & 15) * 4));
    next unless $type == 0 && $id == ($$ & 0xffff);
    my ($number, $at) = ($high * 65536 + $low, now());
    printf "%.3f %.3f\\n", $good, $at if $number > $answered + 1 || $answered == 0;
    ($answered, $good) = ($number, $at) if $number > $answered;
  }
  next if now() < $due;
  $due = now() + $period;
  send($socket, request(++$sequence), 0, $target);
}
`;

/** A time without answers; both in ms of CLOCK_MONOTONIC, as `monotonicMs` has it. */
export interface Gap {
  /** The last answer before it; 0 when there was none yet. */
  readonly from: number;
  /** The first answer after it. */
  readonly to: number;
}

/** Now in ms of CLOCK_MONOTONIC, which all processes of a machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class Echoes {
  readonly #process: WorldProcess;

  private constructor(process: WorldProcess) {
    this.#process = process;
  }

  /** Starts asking `target`; resolves when the first request is on its way, answered or not. */
  static async start(world: World, target = '192.0.2.1'): Promise<Echoes> {
    const asking = await world.spawn(['perl', '-e', program, String(CLOCK_GETTIME), target]);
    await asking.waitForOutput(/^begun$/m);
    return new Echoes(asking);
  }

  /** All times without answers that are over, in order. */
  get gaps(): readonly Gap[] {
    const rows = this.#process.stdoutLines.slice(1).map((line) => line.split(' ').map(Number));
    return rows.map(([from = 0, to = 0]) => ({ from, to }));
  }

  /**
   * Waits for the first answer after a loss that ended later than `at`. @throws when none comes
   * within `timeoutMs`
   */
  async backAfter(at: number, timeoutMs = 30_000): Promise<Gap> {
    const deadline = monotonicMs() + timeoutMs;
    for (;;) {
      const gap = this.gaps.find(({ to }) => to > at);
      if (gap !== undefined) return gap;
      if (monotonicMs() > deadline) throw new Error(`no ping was answered through wwan0 within ${timeoutMs} ms`);
      if (this.#process.exit !== undefined) throw new Error(`the echo requests ended: ${this.#process.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async stop(): Promise<void> {
    await this.#process.end('SIGTERM');
  }
}

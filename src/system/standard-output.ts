// Standard output for the log. journald may stall, on a disk that does or while it starts anew:
// then lines wait up to a limit and are dropped and counted beyond it, for a daemon that waits for
// its log keeps no link.
import { fstatSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { DestinationStream } from 'pino';

/** What may wait for a reader that stalls: some thousand lines. */
const MOST_WAITING_BYTES = 256 << 10;

export const STDOUT = 1;

/** A descriptor, and the stream over it: process.stdout, a socket where it is none of a file. */
interface Output {
  readonly fd: number;
  readonly stream: () => Pick<Socket, 'write' | 'on' | 'writableLength' | 'destroyed'>;
}

const standardOutput: Output = { fd: STDOUT, stream: () => process.stdout as unknown as Socket };

/**
 * Standard output where it is a pipe or a socket, such as journald's; undefined for a file or a
 * terminal. A line is with whoever reads before `write` returns, so that the last ones before a
 * crash are not lost, unless the reader stalls.
 * @param lost Makes a line of how many were lost.
 */
export function patientOutput(
  lost: (lines: number) => string,
  { fd, stream }: Output = standardOutput,
): DestinationStream | undefined {
  const kind = fstatSync(fd);
  if (!kind.isFIFO() && !kind.isSocket()) return undefined;
  return new PatientStream(stream(), lost);
}

/** Writes into a stream that does not block, and no more than it can take. */
class PatientStream implements DestinationStream {
  readonly #stream: ReturnType<Output['stream']>;
  readonly #lost: (lines: number) => string;
  #dropped = 0;

  constructor(stream: ReturnType<Output['stream']>, lost: (lines: number) => string) {
    this.#stream = stream;
    this.#lost = lost;
    stream.on('error', () => {}); // the reader is gone: the stream is destroyed, and nobody reads on
    stream.on('drain', () => this.#own());
  }

  write(text: string): void {
    if (this.#stream.destroyed) return;
    this.#own();
    if (this.#dropped > 0 || this.#stream.writableLength + text.length > MOST_WAITING_BYTES)
      this.#dropped += text.split('\n').length - 1;
    else this.#stream.write(text);
  }

  /** Says what was lost, once there is room for half of what may wait. */
  #own(): void {
    if (this.#dropped === 0 || this.#stream.writableLength > MOST_WAITING_BYTES / 2) return;
    const line = this.#lost(this.#dropped);
    this.#dropped = 0;
    this.#stream.write(line);
  }
}

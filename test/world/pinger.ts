// A ping that goes on and on, to prove that not one packet is lost. Loss is judged by sequence
// numbers, so that a packet still on its way when the ping is ended does not count.

import type { WorldProcess } from './process.ts';

export interface PingResult {
  readonly received: number;
  /** Sequence numbers that never came back although a later one did. */
  readonly lost: readonly number[];
  /** What ping complained of, such as an unreachable network. */
  readonly complaints: readonly string[];
}

export class Pinger {
  readonly #process: WorldProcess;

  constructor(process: WorldProcess) {
    this.#process = process;
  }

  /** The result so far. */
  result(): PingResult {
    const seen = new Set<number>();
    const complaints: string[] = [];
    for (const line of this.#process.stdoutLines) {
      const sequence = /bytes from .* icmp_seq=(\d+)/.exec(line)?.[1];
      if (sequence !== undefined) seen.add(Number(sequence));
      else if (/unreachable|not permitted|invalid/i.test(line)) complaints.push(line);
    }
    const last = Math.max(0, ...seen);
    const lost = Array.from({ length: last }, (_, index) => index + 1).filter((sequence) => !seen.has(sequence));
    return {
      received: seen.size,
      lost,
      complaints: [...complaints, ...this.#process.stderr.split('\n').filter(Boolean)],
    };
  }

  /** Waits until `count` more answers have come. */
  async waitForAnswers(count = 3, timeoutMs = 15_000): Promise<void> {
    const wanted = this.result().received + count;
    const deadline = Date.now() + timeoutMs;
    while (this.result().received < wanted) {
      if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${count} answers to ping`);
      if (this.#process.exit !== undefined) throw new Error(`ping ended: ${this.#process.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends it and returns the whole result. */
  async stop(): Promise<PingResult> {
    if (this.#process.exit === undefined) await this.#process.end('SIGINT');
    return this.result();
  }
}

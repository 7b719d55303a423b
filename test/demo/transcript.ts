// What a reader of the demo sees: headings in plain words, the daemon's journal with the time since
// the step began, commands with their output, and what was checked. Keeps the transcript for the
// case of a failure.

import { monotonicMs } from '../bench/echoes.ts';
import type { World } from '../world/world.ts';

const colours = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const;

/** A check that did not hold, in the words that the reader was shown. */
export class CheckError extends Error {
  override readonly name = 'CheckError';
}

export interface Timing {
  readonly what: string;
  readonly ms: number;
}

export class Transcript {
  readonly timings: Timing[] = [];
  readonly #write: (text: string) => void;
  readonly #coloured: boolean;
  #steps = 0;
  #step = 'getting ready';
  #began = monotonicMs();

  constructor(write: (text: string) => void, coloured: boolean) {
    this.#write = write;
    this.#coloured = coloured;
  }

  /** The title of the step that is on. */
  get step(): string {
    return this.#step;
  }

  /** A new heading; the journal's times count from here, or from the next `mark`. */
  begin(title: string): void {
    this.#steps += 1;
    this.#step = `${this.#steps}. ${title}`;
    this.say('');
    this.say(this.#paint('bold', this.#step));
    this.mark();
  }

  /** Lets the journal's times count from now; returns now, in ms of CLOCK_MONOTONIC. */
  mark(): number {
    this.#began = monotonicMs();
    return this.#began;
  }

  say(line: string): void {
    this.#write(`${line}\n`);
  }

  /** A line of the daemon's journal. */
  journal(line: string): void {
    const seconds = ((monotonicMs() - this.#began) / 1000).toFixed(3).padStart(7);
    this.say(`${this.#paint('dim', `  +${seconds} s`)}  ${this.#paint('cyan', 'percept-lte:')} ${line}`);
  }

  /** Says what is true, or throws CheckError when it is not. */
  check(what: string, holds: boolean): void {
    if (!holds) throw new CheckError(`this did not hold: ${what}`);
    this.say(`  ${this.#paint('green', 'ok')}  ${what}`);
  }

  /** A duration for the table at the end. */
  timed(what: string, ms: number): void {
    this.timings.push({ what, ms });
  }

  /**
   * Runs a command inside the world and shows it with its output; `label` is how a person would
   * type it.
   */
  async show(world: World, argv: readonly string[], label = argv.join(' ')): Promise<string> {
    const { code, stdout, stderr } = await world.run(argv);
    this.say(`  ${this.#paint('bold', `$ ${label}`)}`);
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '');
    for (const line of lines) this.say(`    ${line.trimEnd()}`);
    if (code !== 0) throw new CheckError(`${label} ended with exit code ${code}`);
    return stdout;
  }

  table(): void {
    const width = Math.max(...this.timings.map(({ what }) => what.length));
    this.say('');
    this.say(this.#paint('bold', 'Measured from outside, by a thousand pings a second through wwan0'));
    for (const { what, ms } of this.timings) {
      this.say(`  ${what.padEnd(width)}  ${(ms / 1000).toFixed(3).padStart(7)} s`);
    }
  }

  fail(text: string): void {
    this.say('');
    this.say(this.#paint('red', `FAILED in "${this.#step}": ${text}`));
  }

  #paint(colour: keyof typeof colours, text: string): string {
    return this.#coloured ? `\x1b[${colours[colour]}m${text}\x1b[0m` : text;
  }
}

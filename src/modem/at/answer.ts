// What a modem answers to an AT command, taken out of the bytes of a serial port. Nothing that
// comes is trusted: it may be the modem, a GPS receiver or noise. Pure.
import { cleanText } from '../wire/text.ts';

/** A whole answer: its lines without the command's echo, and whether the modem did it. */
export interface AtAnswer {
  readonly ok: boolean;
  /** The final result code: OK, ERROR, +CME ERROR: 4. */
  readonly result: string;
  /** Printable, at most MOST_LINES. */
  readonly lines: readonly string[];
}

/** An answer to what is asked here has a line or two; a GPS receiver goes on for ever. */
const MOST_BYTES = 4096;
const LONGEST_LINE = 200;

const FINAL = /^(OK|ERROR|COMMAND NOT SUPPORT|\+CM[ES] ERROR:.*)$/;

/** Collects the bytes of one answer. */
export class AnswerReader {
  readonly #command: string;
  #text = '';

  /** @param command As it is sent: a modem that echoes sends it back. */
  constructor(command: string) {
    this.#command = command;
  }

  /** More came than an answer has: whoever is at the other end does not speak AT. */
  get tooMuch(): boolean {
    return this.#text.length > MOST_BYTES;
  }

  /** Whether anything came at all. */
  get heard(): boolean {
    return this.#text !== '';
  }

  /** Takes in what arrived; the answer once it is complete. */
  push(chunk: Uint8Array): AtAnswer | undefined {
    if (!this.tooMuch) this.#text += Buffer.from(chunk).toString('latin1');
    const whole = this.#text.slice(0, Math.max(this.#text.lastIndexOf('\r'), this.#text.lastIndexOf('\n')) + 1);
    const lines = whole
      .split(/[\r\n]+/)
      .map((line) => cleanText(line, LONGEST_LINE))
      .filter((line) => line !== '' && line !== this.#command);
    const end = lines.findIndex((line) => FINAL.test(line));
    const result = lines[end];
    return result === undefined ? undefined : { ok: result === 'OK', result, lines: lines.slice(0, end) };
  }
}

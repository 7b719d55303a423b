// The program's one log: lines for journalctl or a terminal, repeats counted. How a line looks:
// log-line.ts.
import { writeSync } from 'node:fs';
import { format } from 'node:util';
import { type LogLine, type LogRecord, logLines } from './log-line.ts';

/** Numbers as pino and bunyan have them. */
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;

export type LogLevel = Exclude<keyof typeof LEVELS, 'fatal'>;

/** A text, or fields and a text; `%s` in it stands for the first of `values`. An error is `err`. */
interface Say {
  (text: string, ...values: unknown[]): void;
  (fields: object, text?: string, ...values: unknown[]): void;
}

export interface Logger extends Readonly<Record<keyof typeof LEVELS, Say>> {
  /** The same log, with these fields in each line; `component` stands before its text. */
  child(fields: { readonly component: string }): Logger;
}

/** Where lines go. */
export interface Destination {
  write(text: string): unknown;
}

/** The log and what its owner may do with it. */
export interface OpenLog {
  readonly log: Logger;
  /** Changes the least level that is written, also for the children that exist already. */
  setLevel(level: LogLevel): void;
  /**
   * Writes out a count of repeats that is still held back; to be called before the program ends.
   */
  flush(): void;
}

/**
 * Opens the log.
 * @param journald Whether lines get the `<N>` prefix by which journald knows their priority
 * (systemd sets JOURNAL_STREAM).
 * @param destination Standard output when left out.
 */
export function openLog(options: { level: LogLevel; journald: boolean; destination?: Destination }): OpenLog {
  let least: number = LEVELS[options.level];
  const wantsStacks = () => least <= LEVELS.debug;
  const writer = new LineWriter(options.destination ?? standardOutput, options.journald, wantsStacks);
  const logger = (always: LogRecord): Logger => {
    const at =
      (level: number) =>
      (first: object | string, second?: unknown, ...more: unknown[]) => {
        if (level < least) return;
        if (typeof first === 'string') writer.write(recordOf(level, always, {}, first, [second, ...more]));
        else writer.write(recordOf(level, always, first, second, more));
      };
    const child = (fields: object) => logger({ ...always, ...fields });
    const { trace, debug, info, warn, error, fatal } = LEVELS;
    return {
      ...{ trace: at(trace), debug: at(debug), info: at(info), warn: at(warn), error: at(error), fatal: at(fatal) },
      child,
    };
  };
  return {
    log: logger({}),
    setLevel: (level) => {
      least = LEVELS[level];
    },
    flush: () => writer.flush(),
  };
}

function recordOf(level: number, always: LogRecord, said: object, text: unknown, values: unknown[]): LogRecord {
  const fields: LogRecord = said instanceof Error ? { err: said } : { ...said };
  const msg = values.some((value) => value !== undefined) ? format(text, ...values) : text;
  return { ...always, ...fields, ...('err' in fields && { err: serialisedError(fields.err) }), level, msg };
}

/** How long a reader that stalls is given before it is tried again. */
const STALLED_MS = 10;

/**
 * Written at once, so that the last lines before a crash are not lost, yet without dropping lines
 * when the reader stalls. A log that cannot be written (a full disk, a reader that is gone) is no
 * reason to end: the link matters more.
 */
const standardOutput: Destination = {
  write(text) {
    let bytes = Buffer.from(text);
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(writeSync(1, bytes));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALLED_MS);
      }
    }
  },
};

/**
 * Renders records, and holds back one that is the same as the one before it until it can say how
 * often it came.
 */
class LineWriter {
  #last: { whole: string; first: LogLine } | undefined;
  #repeats = 0;

  constructor(
    private readonly destination: Destination,
    private readonly journald: boolean,
    private readonly wantsStacks: () => boolean,
  ) {}

  write(record: LogRecord): void {
    const lines = logLines(record);
    const whole = lines.map(({ level, text }) => `${level} ${text}`).join('\n');
    if (whole === this.#last?.whole) {
      this.#repeats++;
      return;
    }
    this.flush();
    const [first] = lines;
    if (first === undefined) return;
    this.#last = { whole, first };
    // journald keeps stacks at debug priority; on a terminal they are shown to whoever asked for
    // debug.
    this.#print(lines.filter((line) => line.level >= first.level || this.journald || this.wantsStacks()));
  }

  flush(): void {
    if (this.#last !== undefined && this.#repeats > 0) {
      const { level, text } = this.#last.first;
      this.#print([{ level, text: `${text} (repeated ${this.#repeats === 1 ? 'once' : `${this.#repeats} times`})` }]);
    }
    this.#last = undefined;
    this.#repeats = 0;
  }

  #print(lines: readonly LogLine[]): void {
    const text = lines.map((line) => `${this.journald ? `<${priority(line.level)}>` : ''}${line.text}\n`);
    this.destination.write(text.join(''));
  }
}

/**
 * syslog's priority (sd-daemon(3)) of a level: trace and debug 7, info 6, warn 4, error 3,
 * fatal 2.
 */
function priority(level: number): number {
  if (level >= 60) return 2;
  if (level >= 50) return 3;
  if (level >= 40) return 4;
  return level >= 30 ? 6 : 7;
}

/**
 * An error with its causes in one text, and the stack of the innermost. Its fields stay out: a
 * command's argv or a reply may hold anything.
 */
function serialisedError(error: unknown): { text: string; stack: string } {
  const texts: string[] = [];
  let stack = '';
  for (
    let cause = error;
    cause !== undefined && texts.length < 5;
    cause = cause instanceof Error ? cause.cause : undefined
  ) {
    const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    // Many errors already carry their cause's words.
    if (!texts.some((earlier) => earlier.includes(cause instanceof Error ? cause.message : text))) texts.push(text);
    if (cause instanceof Error) stack = cause.stack ?? stack;
  }
  return { text: texts.join(': '), stack };
}

// The program's one log: pino, written as lines for journalctl or a terminal, repeats counted. How
// a line looks: log-line.ts.
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { type LogLine, type LogRecord, logLines } from './log-line.ts';
import { patientOutput, STDOUT } from './standard-output.ts';

export type { Logger };

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

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
export function openLog(options: { level: LogLevel; journald: boolean; destination?: DestinationStream }): OpenLog {
  const lost = (lines: number) =>
    `${prefixOf(WARN, options.journald)}${lines} lines of this log were lost: whoever reads it was too slow\n`;
  const destination = options.destination ?? patientOutput(lost) ?? fileOutput();
  const children = new Children();
  let root: Logger | undefined;
  const writer = new LineWriter(destination, options.journald, () => root?.isLevelEnabled('debug') ?? false);
  const settings: LoggerOptions = {
    level: options.level,
    base: null,
    timestamp: false,
    serializers: { err: serialisedError },
    onChild: (child) => children.add(child),
  };
  const log = pino(settings, writer);
  root = log;
  return {
    log,
    setLevel: (level) => {
      log.level = level;
      children.setLevel(level);
    },
    flush: () => writer.flush(),
  };
}

/**
 * A log that cannot be written (a full disk) is no reason to end: the link matters more.
 */
function fileOutput(): DestinationStream {
  const stream = pino.destination({ fd: STDOUT, sync: true });
  stream.on('error', () => {});
  return stream;
}

/**
 * pino's children keep the level that they were born with; these are told when it changes. Held
 * weakly: a child may come and go.
 */
class Children {
  #references: WeakRef<Logger>[] = [];

  add(child: Logger): void {
    if (this.#references.length % 64 === 63)
      this.#references = this.#references.filter((reference) => reference.deref());
    this.#references.push(new WeakRef(child));
  }

  setLevel(level: LogLevel): void {
    for (const reference of this.#references) {
      const child = reference.deref();
      if (child) child.level = level;
    }
  }
}

/**
 * Renders what pino writes, and holds back a record that is the same as the one before it until it
 * can say how often it came.
 */
class LineWriter {
  #last: { json: string; first: LogLine } | undefined;
  #repeats = 0;

  constructor(
    private readonly destination: DestinationStream,
    private readonly journald: boolean,
    private readonly wantsStacks: () => boolean,
  ) {}

  write(json: string): void {
    if (json === this.#last?.json) {
      this.#repeats++;
      return;
    }
    this.flush();
    const lines = logLines(JSON.parse(json) as LogRecord);
    const [first] = lines;
    if (first === undefined) return;
    this.#last = { json, first };
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
    const text = lines.map((line) => `${prefixOf(line.level, this.journald)}${line.text}\n`);
    this.destination.write(text.join(''));
  }
}

const WARN = 40;

const prefixOf = (level: number, journald: boolean) => (journald ? `<${priority(level)}>` : '');

/**
 * syslog's priority (sd-daemon(3)) of a pino level: trace and debug 7, info 6, warn 4, error 3,
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

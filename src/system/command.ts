// Runs the system's own tools: argument lists, never a shell; a deadline and a signal for each. The
// only importer of node:child_process.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { systemClock } from './clock.ts';
import { codeOf } from './error-code.ts';

/**
 * A command that could not be run, failed, or ran into its deadline. `exitCode` is undefined when
 * it was killed or never started.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    readonly argv: readonly string[],
    readonly exitCode: number | undefined,
    readonly stderr: string,
    options?: ErrorOptions,
  ) {
    const unfinished = isNotStarted(options?.cause)
      ? `cannot be started (${codeOf(options?.cause)})`
      : 'did not finish';
    const outcome = exitCode === undefined ? unfinished : `exited with ${exitCode}`;
    super(`${argv.join(' ')}: ${outcome}${stderr.trim() === '' ? '' : `: ${stderr.trim()}`}`, options);
  }
}

/** Whether the kernel started no process: no memory, no room for one, a disk that does not read. */
const isNotStarted = (cause: unknown): boolean =>
  cause instanceof Error && 'syscall' in cause && String(cause.syscall).startsWith('spawn');

export interface RunOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Text for its standard input, which is closed after it. */
  readonly input?: string;
  /** In place of that, the descriptor of an open file; it is left open, and set to blocking. */
  readonly stdin?: number;
  /** Its whole environment; left out, this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** A tool that writes more, on either stream, is killed; left out, MOST_OUTPUT_BYTES. */
  readonly mostOutputBytes?: number;
}

/** The port to the system's tools. */
export interface CommandRunner {
  /**
   * Runs to the end and resolves with its standard output. Past its deadline, or when `signal`
   * aborts, it is killed with all that it has started. @throws CommandError
   */
  run(argv: readonly string[], options: RunOptions): Promise<string>;
  /**
   * Runs a long-lived tool, calling `onLine` for each line of its standard output and `onComplaint`
   * for each of its standard error, until it ends or `signal` aborts (then it is sent SIGTERM).
   * Resolves with its exit code, undefined when a signal ended it. @throws CommandError when it
   * cannot be started.
   */
  follow(
    argv: readonly string[],
    onLine: (line: string) => void,
    signal: AbortSignal,
    onComplaint?: (line: string) => void,
  ): Promise<number | undefined>;
}

// LC_ALL=C: the tools' messages are matched by words, so they must not be translated.
const environment = () => ({ ...process.env, LC_ALL: 'C' });

const MOST_OUTPUT_BYTES = 8 * 1024 * 1024;

/** What a tool has left running may hold its output open; it is waited for this long. */
const AFTER_EXIT_MS = 1_000;

/** The host's own tools, found by PATH. */
export const hostCommands: CommandRunner = {
  run,
  follow: (argv, onLine, signal, onComplaint = () => {}) =>
    new Promise((resolve, reject) => {
      const child = started(argv, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'], signal });
      eachLine(child.stdout, onLine);
      eachLine(child.stderr, onComplaint);
      child.on('error', (cause) => {
        if (signal.aborted) resolve(undefined);
        else reject(new CommandError(argv, undefined, '', { cause }));
      });
      child.on('close', (code) => resolve(code ?? undefined));
    }),
};

/**
 * The process, or one that tells of its failure by an event. Some of these Node throws instead.
 * @throws CommandError
 */
function started(argv: readonly string[], options: SpawnOptions): ChildProcess {
  const [file = '', ...args] = argv;
  try {
    return spawn(file, args, options);
  } catch (cause) {
    if (!isNotStarted(cause)) throw cause;
    throw new CommandError(argv, undefined, '', { cause });
  }
}

function run(argv: readonly string[], options: RunOptions): Promise<string> {
  const {
    timeoutMs,
    signal,
    input,
    stdin = 'pipe',
    env = environment(),
    mostOutputBytes = MOST_OUTPUT_BYTES,
  } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw new CommandError(argv, undefined, '', { cause: signal.reason });
    // A group of its own, so that what a script has started ends with it: left behind, such
    // processes would fill the unit's TasksMax= in the course of months.
    const child = started(argv, { env, detached: true, stdio: [stdin, 'pipe', 'pipe'] });
    const over = new AbortController();
    let cause: unknown;
    const end = (reason: unknown) => {
      cause ??= reason;
      killGroup(child);
      letGo(child);
    };
    const stdout = collected(child.stdout, mostOutputBytes, end);
    const stderr = collected(child.stderr, mostOutputBytes, end);
    const after = (ms: number, then: () => void) => systemClock.sleep(ms, over.signal).then(then, () => {});
    const settle = (code: number | null, failure: unknown) => {
      over.abort();
      if (code === 0 && failure === undefined) resolve(stdout());
      else
        reject(
          new CommandError(argv, failure === undefined ? (code ?? undefined) : undefined, stderr(), { cause: failure }),
        );
    };
    signal?.addEventListener('abort', () => end(signal.reason), { once: true, signal: over.signal });
    void after(timeoutMs, () => end(new Error(`not done within ${timeoutMs / 1000} s`)));
    child.on('error', (error) => settle(null, error));
    child.on('exit', () => void after(AFTER_EXIT_MS, () => letGo(child)));
    child.on('close', (code) => settle(code, cause));
    // A tool that exits before it has read its input breaks the pipe; its exit code says more than
    // EPIPE.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/** Ends the reading of its output, whoever holds that open. */
function letGo({ stdin, stdout, stderr }: ChildProcess): void {
  for (const stream of [stdin, stdout, stderr]) stream?.destroy();
}

/** The text of `stream` so far; `tooMuch` is told when it is longer than `most`. */
function collected(stream: Readable | null, most: number, tooMuch: (reason: unknown) => void): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.length > most) tooMuch(new Error(`it wrote more than ${most} bytes`));
  });
  return () => text;
}

/** A tool that writes no line's end is read no further than this. */
const LONGEST_LINE = 64 * 1024;

/** Where no file can be opened any more, a process that was not started has no stream. */
function eachLine(stream: Readable | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
    for (const line of lines) onLine(line);
  });
}

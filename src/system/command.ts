// Runs the system's own tools: argument lists, never a shell; a deadline and a signal for each. The
// only importer of node:child_process.
import { execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

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
    const outcome = exitCode === undefined ? 'did not finish' : `exited with ${exitCode}`;
    super(`${argv.join(' ')}: ${outcome}${stderr.trim() === '' ? '' : `: ${stderr.trim()}`}`, options);
  }
}

export interface RunOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Text for its standard input, which is closed after it. */
  readonly input?: string;
  /** Its whole environment; left out, this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The port to the system's tools. */
export interface CommandRunner {
  /** Runs to the end and resolves with its standard output. @throws CommandError */
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

const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** The host's own tools, found by PATH. */
export const hostCommands: CommandRunner = {
  run: ([file = '', ...args], { timeoutMs, signal, input, env = environment() }) =>
    new Promise((resolve, reject) => {
      const child = execFile(
        file,
        args,
        {
          env,
          timeout: timeoutMs,
          killSignal: 'SIGKILL',
          maxBuffer: MAX_OUTPUT_BYTES,
          ...(signal && { signal }),
        },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else
            reject(
              new CommandError([file, ...args], typeof error.code === 'number' ? error.code : undefined, stderr, {
                cause: error,
              }),
            );
        },
      );
      // A tool that exits before it has read its input breaks the pipe; its exit code says more
      // than EPIPE.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input ?? '');
    }),
  follow: ([file = '', ...args], onLine, signal, onComplaint = () => {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(file, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'], signal });
      eachLine(child.stdout, onLine);
      eachLine(child.stderr, onComplaint);
      child.on('error', (cause) => {
        if (signal.aborted) resolve(undefined);
        else reject(new CommandError([file, ...args], undefined, cause.message, { cause }));
      });
      child.on('close', (code) => resolve(code ?? undefined));
    }),
};

/** A tool that writes no line's end is read no further than this. */
const LONGEST_LINE = 64 * 1024;

function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
    for (const line of lines) onLine(line);
  });
}

// Speaks AT on a serial port: one command at a time, each with a deadline. The port is opened
// without becoming anybody's terminal and without waiting for a carrier; the system's stty sets it
// up.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Clock, DeadlineError, within } from '../../system/clock.ts';
import { CommandError, type CommandRunner } from '../../system/command.ts';
import { codeOf } from '../../system/error-code.ts';
import { AnswerReader, type AtAnswer } from './answer.ts';

/** Why no answer came. */
export type AtTrouble =
  /** Nothing at all came within the deadline. */
  | 'silent'
  /** Something came, and no answer. */
  | 'nonsense'
  /** The port is gone: pulled out, or the modem restarts. */
  | 'gone'
  /** It cannot be opened or set up. */
  | 'closed';

export class AtError extends Error {
  override readonly name = 'AtError';
  constructor(
    readonly trouble: AtTrouble,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An open port. */
export interface AtPort {
  /** Such as /dev/ttyACM0. */
  readonly path: string;
  /**
   * Sends a command (without its carriage return) and resolves with the answer, also when that is
   * an error. @throws AtError; the signal's reason
   */
  ask(command: string, timeoutMs: number, signal: AbortSignal): Promise<AtAnswer>;
  close(): Promise<void>;
}

export interface AtPortParts {
  readonly commands: CommandRunner;
  readonly clock: Clock;
}

/** How long the modem is given between two looks: reads do not wait (O_NONBLOCK). */
const LOOK_MS = 20;
const STTY_MS = 5_000;

/** As the vendors' guides have it: 115200 8N1, no flow control; USB modems do not care. */
const LINE = [
  '115200',
  'raw',
  '-echo',
  '-echoe',
  '-echok',
  '-crtscts',
  'clocal',
  'cs8',
  '-parenb',
  '-cstopb',
  '-hupcl',
];

/** Opens `path`, sets it up and throws away what waits in it. @throws AtError closed */
export async function openAtPort(path: string, parts: AtPortParts, signal: AbortSignal): Promise<AtPort> {
  const file = await openTerminal(path, constants.O_RDWR);
  try {
    // While the file is open, so that the settings are not lost with the last to close it.
    await setUp(path, parts.commands, signal);
    await drain(file);
    return new OpenPort(path, file, parts);
  } catch (cause) {
    await file.close();
    if (!(cause instanceof CommandError)) throw cause;
    throw new AtError('closed', `${path} cannot be set up by stty: ${cause.stderr.trim() || cause.message}`, { cause });
  }
}

/** @throws AtError closed */
async function openTerminal(path: string, access: number): Promise<FileHandle> {
  return await open(path, access | constants.O_NOCTTY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw new AtError('closed', `${path} cannot be opened: ${wordOf(cause)}`, { cause });
  });
}

/**
 * `stty -F` would open the port without O_NOCTTY. Each command leads a session, so the port would
 * become the session's terminal, and when the leader of a session exits, the kernel hangs its
 * terminal up for everybody who has it open (disassociate_ctty; not where it is a pseudo-terminal).
 * The open file is one more, since what a command has as its standard input is set to blocking.
 * @throws AtError closed, CommandError
 */
async function setUp(path: string, commands: CommandRunner, signal: AbortSignal): Promise<void> {
  const terminal = await openTerminal(path, constants.O_RDONLY);
  try {
    const options = { timeoutMs: STTY_MS, signal, stdin: terminal.fd };
    await commands.run(['stty', ...LINE, 'min', '1', 'time', '0'], options);
  } finally {
    await terminal.close();
  }
}

async function drain(file: FileHandle): Promise<void> {
  for (let reads = 0; reads < 16; reads += 1) if ((await readNow(file)) === undefined) return;
}

/** What has arrived; undefined when nothing has. @throws AtError gone */
async function readNow(file: FileHandle): Promise<Uint8Array | undefined> {
  const buffer = Buffer.alloc(1024);
  try {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    // Of a terminal, the end of the file is its hangup.
    if (bytesRead === 0) throw new AtError('gone', 'the port hung up');
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    if (codeOf(cause) === 'EAGAIN') return undefined;
    if (cause instanceof AtError) throw cause;
    throw new AtError('gone', `the port went away (${wordOf(cause)})`, { cause });
  }
}

class OpenPort implements AtPort {
  constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly parts: AtPortParts,
  ) {}

  async ask(command: string, timeoutMs: number, signal: AbortSignal): Promise<AtAnswer> {
    const { clock } = this.parts;
    const reader = new AnswerReader(command);
    const end = clock.now().monotonicMs + timeoutMs;
    await this.#write(`${command}\r`, timeoutMs, signal);
    while (clock.now().monotonicMs < end && !reader.tooMuch) {
      const chunk = await readNow(this.file);
      const answer = chunk && reader.push(chunk);
      if (answer) return answer;
      if (chunk === undefined) await clock.sleep(LOOK_MS, signal);
    }
    signal.throwIfAborted();
    if (reader.heard) throw new AtError('nonsense', `${this.path} sends something else than an answer to ${command}`);
    throw new AtError('silent', `${this.path} does not answer ${command} within ${timeoutMs / 1000} s`);
  }

  async #write(text: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    await within(this.parts.clock, timeoutMs, `writing to ${this.path}`, signal, async (own) => {
      for (let rest = Buffer.from(text, 'latin1'); rest.length > 0; own.throwIfAborted()) {
        const written = await this.file.write(rest).catch((cause: unknown) => {
          if (codeOf(cause) === 'EAGAIN') return { bytesWritten: 0 };
          throw new AtError('gone', `${this.path} went away (${wordOf(cause)})`, { cause });
        });
        rest = rest.subarray(written.bytesWritten);
        if (rest.length > 0) await this.parts.clock.sleep(LOOK_MS, own);
      }
    }).catch((cause: unknown) => {
      if (!(cause instanceof DeadlineError)) throw cause;
      throw new AtError('silent', `${this.path} takes nothing`, { cause });
    });
  }

  async close(): Promise<void> {
    // Of a port that went away even closing fails.
    await this.file.close().catch(() => {});
  }
}

const wordOf = (error: unknown): string => {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied; are you root?';
  if (code === 'ENOENT' || code === 'ENXIO' || code === 'ENODEV') return 'it is not there';
  if (code === 'EBUSY') return 'another program has it for itself';
  return error instanceof Error ? error.message : String(error);
};

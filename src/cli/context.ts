// What a command may use of the world around it, so that tests can give it another one.

import type { Bus } from '../dbus/bus.ts';
import type { Clock } from '../system/clock.ts';
import type { CommandRunner } from '../system/command.ts';

export interface CliContext {
  readonly env: NodeJS.ProcessEnv;
  /** Writes a line to standard output. */
  out(line: string): void;
  /** Writes a line to standard error. */
  err(line: string): void;
  /** Whether standard output is a terminal, which is repainted instead of written on. */
  readonly isTerminal: boolean;
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly commands: CommandRunner;
  /** Connects to the system bus; whoever asks closes it. @throws BusLostError */
  openBus(): Promise<Bus>;
  /** Asks a person yes or no; undefined where there is none (no terminal). */
  confirm(question: string): Promise<boolean | undefined>;
  readonly clock: Clock;
  /** Aborts when the person has had enough (Ctrl-C). */
  readonly signal: AbortSignal;
}

/**
 * What a command ends with. systemd restarts after 1, and never after 78
 * (RestartPreventExitStatus=).
 */
export const EXIT = { ok: 0, fault: 1, usage: 2, config: 78 } as const;

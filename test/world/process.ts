// A process inside a world, as the test holds it: its output so far, its end, and signals to it.

import type { ProcessOptions } from './agent/processes.ts';
import type { AgentEvent, Targets } from './protocol.ts';
import type { Remote } from './rpc.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface SpawnOptions extends Omit<ProcessOptions, 'argv'> {
  readonly input?: string;
  /** Called with each whole line of stdout and stderr as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

export class WorldProcess {
  /** Everything it has written so far. */
  stdout = '';
  stderr = '';
  pid = 0;
  readonly exited: Promise<Exit>;
  readonly #handle: number;
  readonly #processes: Remote<Targets['processes']>;
  readonly #onLine: NonNullable<SpawnOptions['onLine']>;
  readonly #rest = { stdout: '', stderr: '' };
  readonly #watchers = new Set<() => void>();
  #end: Exit | undefined;
  #resolveExit: (exit: Exit) => void = () => {};

  constructor(handle: number, processes: Remote<Targets['processes']>, onLine: SpawnOptions['onLine']) {
    this.#handle = handle;
    this.#processes = processes;
    this.#onLine = onLine ?? (() => {});
    this.exited = new Promise((resolve) => {
      this.#resolveExit = resolve;
    });
  }

  /** How it ended, or undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#end;
  }

  /** Whole lines of stdout so far. */
  get stdoutLines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#processes.kill(this.#handle, signal);
  }

  /** Signals it and waits for its end; throws when it has not ended after `timeoutMs`. */
  async end(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<Exit> {
    await this.kill(signal);
    return this.#within(timeoutMs, `the end of ${this.pid} after ${signal}`, () => this.#end);
  }

  /**
   * Waits for output (stdout or stderr) that matches; output written before the call counts too.
   */
  waitForOutput(pattern: RegExp, timeoutMs = 15_000): Promise<RegExpExecArray> {
    const match = (): RegExpExecArray | undefined =>
      pattern.exec(this.stdout) ?? pattern.exec(this.stderr) ?? undefined;
    return this.#within(timeoutMs, `output ${pattern}`, match);
  }

  /** Takes what the agent says of this process. */
  take(event: Extract<AgentEvent, { event: 'output' | 'exited' }>): void {
    if (event.event === 'output') {
      this[event.stream] += event.text;
      const lines = (this.#rest[event.stream] + event.text).split('\n');
      this.#rest[event.stream] = lines.pop() ?? '';
      for (const line of lines) this.#onLine(line, event.stream);
    } else {
      this.#end = { code: event.code, signal: event.signal };
      this.#resolveExit(this.#end);
    }
    for (const look of this.#watchers) look();
  }

  #within<T>(timeoutMs: number, what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        settle();
      };
      const fail = (why: string): void => {
        const output = `${this.stdout.slice(-4000)}${this.stderr.slice(-4000)}`;
        finish(() => reject(new Error(`${why}; it wrote:\n${output}`)));
      };
      const look = (): void => {
        const found = find();
        if (found !== undefined) finish(() => resolve(found));
        else if (this.#end !== undefined) fail(`ended with ${JSON.stringify(this.#end)} before ${what}`);
      };
      const timer = setTimeout(() => fail(`waited ${timeoutMs} ms for ${what}`), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }
}

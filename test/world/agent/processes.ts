// Processes that tests start inside the world. They share its namespaces and die with it, being
// children of its PID 1.

import { type ChildProcess, spawn } from 'node:child_process';
import type { AgentEvent } from '../protocol.ts';
import { worldEnvironment } from './places.ts';

export interface ProcessOptions {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

export class ProcessControls {
  readonly #emit: (event: AgentEvent) => void;
  readonly #children = new Map<number, ChildProcess>();

  constructor(emit: (event: AgentEvent) => void) {
    this.#emit = emit;
  }

  /**
   * Starts a process under the caller's `handle`; output and exit come as events with that handle.
   * Resolves to its pid.
   */
  async spawn(handle: number, { argv, env, cwd, uid, gid }: ProcessOptions, input = ''): Promise<number> {
    const [file, ...args] = argv;
    if (file === undefined) throw new Error('no command given');
    const child = spawn(file, args, {
      env: { ...worldEnvironment, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    });
    this.#children.set(handle, child);
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        this.#emit({ event: 'output', process: handle, stream, text });
      });
    }
    child.on('close', (code, signal) => {
      this.#children.delete(handle);
      this.#emit({ event: 'exited', process: handle, code, signal });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        this.#children.delete(handle);
        reject(error);
      });
    });
    return child.pid ?? 0;
  }

  /** Sends a signal; nothing happens when the process has already ended. */
  kill(handle: number, signal: NodeJS.Signals): void {
    this.#children.get(handle)?.kill(signal);
  }
}

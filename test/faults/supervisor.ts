// A manager as its service manager runs it: started again when it ends unasked, after the time that
// its own unit file says.

import type { WorldProcess } from '../world/process.ts';
import type { Settings } from './fault.ts';

/** A manager in a world: percept-lte, NetworkManager or systemd-networkd. */
export interface Managed {
  readonly process: WorldProcess;
  readonly journal: string;
  startAgain(): Promise<void>;
  /** Pids of its children. */
  children(): Promise<readonly string[]>;
  endAll(pids: readonly string[]): Promise<void>;
  /**
   * Takes other settings over, as a person would make it: changed files, then whatever makes them
   * count.
   */
  reload(settings: Settings): Promise<void>;
  /** What the manager itself says is wrong, for managers that say so. */
  complaints(): Promise<readonly string[]>;
  /** Why it is offline, in its own words, for managers that can be asked. */
  why?(): Promise<string>;
}

export class Supervisor {
  readonly managed: Managed;
  /** How often it ended without being asked to. */
  ends = 0;
  readonly #restartMs: number;
  #journal = '';
  #asked = false;
  #stopped = false;

  constructor(managed: Managed, restartMs: number) {
    this.managed = managed;
    this.#restartMs = restartMs;
    this.#watch();
  }

  /** Everything it has written, over all its runs. */
  get journal(): string {
    return this.#journal + this.managed.journal;
  }

  get pid(): number {
    return this.managed.process.pid;
  }

  /** Sends it a signal. What SIGKILL leaves of its children ends with it, as KillMode= has it. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const children = signal === 'SIGKILL' ? await this.managed.children() : [];
    await this.managed.process.kill(signal);
    await this.managed.endAll(children);
  }

  /** `systemctl restart`: SIGTERM, its end, its start. */
  async restart(): Promise<void> {
    this.#asked = true;
    await this.managed.process.end('SIGTERM', 30_000);
    await this.#startAgain();
    this.#asked = false;
  }

  reload(settings: Settings): Promise<void> {
    return this.managed.reload(settings);
  }

  /** Ends the supervision; the world's end ends the process. */
  release(): void {
    this.#stopped = true;
  }

  #watch(): void {
    const { process } = this.managed;
    void process.exited.then(() => {
      if (this.#asked || this.#stopped) return;
      this.ends += 1;
      setTimeout(() => void this.#startAgain().catch(() => {}), this.#restartMs);
    });
  }

  async #startAgain(): Promise<void> {
    if (this.#stopped) return;
    const before = this.managed.journal;
    await this.managed.startAgain();
    this.#journal += before;
    this.#watch();
  }
}

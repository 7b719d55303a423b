// What the network managers that are measured beside the daemon have in common: a launcher script
// inside the world, ended and started again.
import type { Exit, WorldProcess } from './process.ts';
import type { World } from './world.ts';

/**
 * A running manager, which may be ended and started again with the same files, as systemd would.
 */
export class LaunchedManager {
  protected readonly world: World;
  readonly #launcher: string;
  #process: WorldProcess;

  /** `launcher` is the script inside the world that `process` was started by. */
  constructor(world: World, launcher: string, process: WorldProcess) {
    this.world = world;
    this.#launcher = launcher;
    this.#process = process;
  }

  get process(): WorldProcess {
    return this.#process;
  }

  /** What it has written since its last start. */
  get journal(): string {
    return this.#process.stdout + this.#process.stderr;
  }

  /** Ends it with `signal` and waits for that. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    return await this.#process.end(signal);
  }

  /** Starts it again after it ended. */
  async startAgain(): Promise<void> {
    this.#process = await this.world.spawn([this.#launcher]);
  }
}

// The daemon under test, whole, inside a world: its config, its journal, its status file, and waits
// for what it says.
import { readFile } from 'node:fs/promises';
import type { Status } from '../../src/status/schema.ts';
import type { WorldProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';

export const CONFIG = '/run/world/percept-lte.yaml';
export const RUNTIME_DIRECTORY = '/run/percept-lte';
const STATE_DIRECTORY = '/run/world/state';
/**
 * A campaign that runs for long keeps a copy, so that a build meanwhile does not change what it
 * measures.
 */
export const BUNDLE = process.env.PERCEPT_LTE_BUNDLE ?? new URL('../../dist/main.js', import.meta.url).pathname;

/** Node's flags as the unit has them. */
export async function unitFlags(): Promise<string[]> {
  const unit = await readFile(new URL('../../systemd/percept-lte.service', import.meta.url), 'utf8');
  const [, flags = ''] = /^ExecStart=\S+\/node (.*) \S+\/main\.js run$/m.exec(unit) ?? [];
  return flags.split(' ').filter(Boolean);
}

/** The least config that works. */
export const MINIMAL_CONFIG = 'connect:\n  apn: vzwinternet\n';

export interface DaemonOptions {
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node's, such as the unit's. */
  readonly flags?: readonly string[];
  /** Another Node than this one. */
  readonly node?: string;
  /** Another build than dist/main.js. */
  readonly bundle?: string;
  /** A program that starts it, with its arguments. */
  readonly launcher?: readonly string[];
  /** Called with each line of its journal as it comes. */
  readonly onLine?: (line: string) => void;
}

export class DaemonUnderTest {
  readonly #world: World;
  readonly #options: DaemonOptions;
  #process: WorldProcess;

  private constructor(world: World, process: WorldProcess, options: DaemonOptions) {
    this.#world = world;
    this.#process = process;
    this.#options = options;
  }

  /** Writes the config and starts the daemon; resolves as soon as it runs. */
  static async start(world: World, options: DaemonOptions = {}): Promise<DaemonUnderTest> {
    await world.files.write(CONFIG, options.config ?? MINIMAL_CONFIG, 0o600);
    const process = await DaemonUnderTest.#spawn(world, options);
    return new DaemonUnderTest(world, process, options);
  }

  static #spawn(world: World, options: DaemonOptions): Promise<WorldProcess> {
    const { env = {}, onLine, launcher = [], flags = [] } = options;
    const { node = globalThis.process.execPath, bundle = BUNDLE } = options;
    return world.spawn([...launcher, node, ...flags, bundle, 'run', '--config', CONFIG], {
      env: { RUNTIME_DIRECTORY, STATE_DIRECTORY, ...env },
      ...(onLine !== undefined && { onLine }),
    });
  }

  get process(): WorldProcess {
    return this.#process;
  }

  /** What it has written so far. */
  get journal(): string {
    return this.#process.stdout + this.#process.stderr;
  }

  /** The status file as it is now; undefined while there is none. */
  async status(): Promise<Status | undefined> {
    const path = `${RUNTIME_DIRECTORY}/status.json`;
    if (!(await this.#world.files.exists(path))) return undefined;
    return JSON.parse(await this.#world.files.read(path)) as Status;
  }

  /** What `percept-lte why` says now. */
  async why(): Promise<string> {
    return (await this.command('why')).text;
  }

  /** What `percept-lte doctor` says now. */
  async doctor(): Promise<string> {
    return (await this.command('doctor', '--config', CONFIG)).text;
  }

  /** What one of the commands that people type says, and its exit code. */
  async command(...words: readonly string[]): Promise<{ readonly text: string; readonly code: number | null }> {
    const { stdout, stderr, code } = await this.#world.run([globalThis.process.execPath, BUNDLE, ...words], {
      env: { RUNTIME_DIRECTORY, STATE_DIRECTORY },
    });
    return { text: stdout + stderr, code };
  }

  /** The configuration as the file has it. */
  async config(): Promise<string> {
    return await this.#world.files.read(CONFIG);
  }

  /** Replaces the config and tells nobody. */
  async edit(config: string): Promise<void> {
    await this.#world.files.write(CONFIG, config, 0o600);
  }

  /** Waits until the status fits. @throws with the journal when it does not within `timeoutMs` */
  async until(what: string, fits: (status: Status) => boolean, timeoutMs = 30_000): Promise<Status> {
    return await eventually(
      async () => {
        const status = await this.status();
        return status !== undefined && fits(status) ? status : undefined;
      },
      timeoutMs,
      () => `${what}; the journal says:\n${this.journal}`,
    );
  }

  /** Waits until it is online with proven traffic. */
  async online(timeoutMs = 30_000): Promise<Status> {
    return await this.until(
      'online and proven',
      (s) => s.phase === 'online' && s.link?.lastProof !== undefined,
      timeoutMs,
    );
  }

  /**
   * Waits for a session other than the one that `before` shows. Dates of one moment differ a little
   * from status to status: they are reckoned from two clocks, which are not read at once.
   */
  async onlineAgain(before: Status, timeoutMs = 30_000): Promise<Status> {
    const began = (s: Status) => Date.parse(s.link?.since ?? '1970-01-01');
    const isNew = (s: Status) =>
      s.phase === 'online' && s.link?.lastProof !== undefined && began(s) > began(before) + 20;
    return await this.until('online again', isNew, timeoutMs);
  }

  /** Ends it with `signal` and waits for that. */
  async stop(signal: NodeJS.Signals = 'SIGTERM') {
    return await this.#process.end(signal, 12_000);
  }

  /** Starts it again, as systemd would after it ended. */
  async startAgain(): Promise<void> {
    this.#process = await DaemonUnderTest.#spawn(this.#world, this.#options);
  }

  /** Replaces the config and sends SIGHUP. */
  async reload(config: string): Promise<void> {
    await this.edit(config);
    await this.#process.kill('SIGHUP');
  }
}

/** Tries until there is a value. @throws naming `what` after `timeoutMs` */
export async function eventually<T>(
  look: () => Promise<T | undefined>,
  timeoutMs: number,
  what: () => string,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

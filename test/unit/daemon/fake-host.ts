// The real daemon in this process, on a host that a test holds in its hands: a bus in memory, a
// clock that is stepped, `ip` that has nothing to tell, and folders of its own.
import { setMaxListeners } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { readConfig } from '../../../src/config/load.ts';
import { Daemon } from '../../../src/daemon/daemon.ts';
import { openTrials } from '../../../src/daemon/proven-settings.ts';
import type { Bus, BusRequest } from '../../../src/dbus/bus.ts';
import { BusLostError, DBusCallError } from '../../../src/dbus/errors.ts';
import type { Kept } from '../../../src/state/proven.ts';
import type { Status } from '../../../src/status/schema.ts';
import type { CommandRunner } from '../../../src/system/command.ts';
import { openLog } from '../../../src/system/log.ts';
import type { SdNotifyFields } from '../../../src/system/sd-notify.ts';
import { START_MS, WALL_MS } from '../connection/builders.ts';
import { SteppedClock } from '../stepped-clock.ts';

setMaxListeners(64); // as program.ts does

/** A bus on which nobody is, until a test says what is answered. */
export class FakeBus implements Bus {
  readonly calls: string[] = [];
  isClosed = false;
  /** By member. What is missing is answered as by a bus on which nobody owns the name. */
  readonly answers = new Map<string, (request: BusRequest) => Promise<readonly unknown[]>>();
  readonly #lost = new AbortController();
  readonly #followers: ((owner: string) => void)[] = [];

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  call(request: BusRequest): Promise<readonly unknown[]> {
    this.calls.push(request.member);
    const noOwner = new DBusCallError('org.freedesktop.DBus.Error.NameHasNoOwner', '', request.member);
    return this.answers.get(request.member)?.(request) ?? Promise.reject(noOwner);
  }

  async subscribe(): Promise<void> {
    await this.answers.get('AddMatch')?.({} as BusRequest);
  }

  follow(_name: string, listener: (owner: string) => void): Promise<string> {
    this.#followers.push(listener);
    return Promise.resolve('');
  }

  /** ModemManager has come, or goes. */
  owned(owner: string): void {
    for (const follower of this.#followers) follower(owner);
  }

  lose(): void {
    this.#lost.abort(new BusLostError('the bus is gone'));
  }

  close(): void {
    this.isClosed = true;
  }
}

/** `ip` on a host without any link; `isHung`: it ends when it is killed. */
class NoLinks implements CommandRunner {
  readonly argvs: string[] = [];
  isHung = false;

  run(...[argv, { signal, input = '' }]: Parameters<CommandRunner['run']>): Promise<string> {
    this.argvs.push(argv.join(' '));
    if (this.isHung) return untilKilled(signal);
    // Of a batch, each line that shows something prints a list.
    return Promise.resolve(argv.includes('-json') ? '[]\n'.repeat(Math.max(1, input.trim().split('\n').length)) : '');
  }

  follow(_argv: readonly string[], _onLine: unknown, signal: AbortSignal): Promise<undefined> {
    return untilKilled(signal).catch(() => undefined) as Promise<undefined>;
  }
}

const untilKilled = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));

type SignalName = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** A board with a configuration file, whose daemon a test starts. */
export class Board {
  readonly folder = mkdtempSync(join(tmpdir(), 'percept-lte-daemon-'));
  readonly file = join(this.folder, 'percept-lte.yaml');
  readonly clock = new SteppedClock(START_MS, WALL_MS);
  readonly commands = new NoLinks();
  readonly bus = new FakeBus();
  /** What systemd was told, in order. */
  readonly told: SdNotifyFields[] = [];
  readonly lines: string[] = [];
  readonly env: NodeJS.ProcessEnv = { RUNTIME_DIRECTORY: this.folder, STATE_DIRECTORY: join(this.folder, 'state') };
  watchdogIntervalMs: number | undefined;
  /** What a write of the proven settings waits for. */
  disk: Promise<void> = Promise.resolve();
  readonly #listeners = new Map<SignalName, () => void>();
  #ended: Promise<unknown> = Promise.resolve();

  constructor(config: string) {
    this.write(config);
    onTestFinished(async () => {
      this.bus.lose();
      await this.#ended; // or it would write on while its folder is removed
      rmSync(this.folder, { recursive: true, maxRetries: 20 });
    });
  }

  write(config: string): void {
    writeFileSync(this.file, config, { mode: 0o600 });
  }

  /** Starts the daemon; resolves with how it ends once it listens to signals. */
  async start(): Promise<{ readonly ended: Promise<number> }> {
    const write = (text: string) => void this.lines.push(text);
    const log = openLog({ level: 'info', journald: false, destination: { write } });
    const options = {
      configPath: this.file,
      env: this.env,
      onSignal: (name: SignalName, listener: () => void) => void this.#listeners.set(name, listener),
    };
    const opened = await openTrials(await readConfig(this.file, this.env), join(this.folder, 'state'), {}, log.log);
    const save = (kept: Kept) => this.disk.then(() => opened.store.save(kept));
    const store = { ...opened.store, save };
    const systemd = {
      watchdogIntervalMs: this.watchdogIntervalMs,
      send: (fields: SdNotifyFields) => void this.told.push(fields),
    };
    const host = { bus: this.bus, clock: this.clock, commands: this.commands, systemd, root: this.folder };
    const ended = new Daemon(options, { ...opened, store }, log, host).run();
    this.#ended = ended.catch(() => {}); // whoever waits for it is told
    return { ended };
  }

  /** Starts the daemon, and waits until it is in charge. */
  async inCharge(): Promise<{ readonly ended: Promise<number> }> {
    const started = await this.start();
    await vi.waitFor(() => {
      if (this.count('READY') === 0) throw new Error('systemd was not told READY=1');
    });
    return started;
  }

  signal(name: SignalName): void {
    this.#listeners.get(name)?.();
  }

  /** How often systemd was told this. */
  count(field: keyof SdNotifyFields): number {
    return this.told.filter((fields) => fields[field] !== undefined).length;
  }

  get log(): string {
    return this.lines.join('');
  }

  /** The published status; undefined while there is none. */
  get status(): Status | undefined {
    const path = join(this.folder, 'status.json');
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  }
}

// A world: a real ModemManager, a modem in software, a carrier and a bus in namespaces of their
// own, on any Linux machine. This is the test process's side. Everything ends with `stop`, or when
// this process ends in whatever way.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { withAbstractSocket } from './abstract-socket.ts';
import { bundleAgent } from './agent/bundle.ts';
import { busAddress, places, worldEnvironment } from './agent/places.ts';
import { defaultModemManager, findModemManager, type ModemManagerName } from './installations.ts';
import { IpReader } from './ip.ts';
import type { SimOptions } from './modem/state.ts';
import { Pinger } from './pinger.ts';
import { type Exit, type SpawnOptions, WorldProcess } from './process.ts';
import { defaultModem, type ModemName, profileOf, protocolOf } from './profiles.ts';
import type { AgentEvent, AgentOptions, BusName, Targets } from './protocol.ts';
import { Caller, type Remote, type ReplyMessage } from './rpc.ts';

export interface WorldOptions {
  /**
   * Which modem. Default: the environment's WORLD_MODEM, else `multitech`, the one of the vendor's
   * guide.
   */
  readonly profile?: ModemName;
  /** Default: the environment's WORLD_MODEMMANAGER, else the machine's own. */
  readonly modemManager?: ModemManagerName;
  readonly sim?: SimOptions;
  /**
   * What ModemManager is told that the modem's device is called (default: the USB device's path in
   * sysfs).
   */
  readonly deviceName?: string;
  /** Whether the modem is plugged in at first (default yes). */
  readonly plugged?: boolean;
  /**
   * Whether the modem has an ethernet of its own, as ECM, RNDIS and 802.3 framing have, and answers
   * ARP itself, dead or alive (default no: a raw IP link).
   */
  readonly arp?: boolean;
  /**
   * Whether the modem is at first in the mode in which it comes out of its box: a serial port that
   * answers AT and no network interface (default no). ModemManager is not waited for then.
   */
  readonly serial?: boolean;
  /** Whether there is an eth0 with a default route of metric 100 (default no). */
  readonly ethernet?: boolean;
  /**
   * Whether ModemManager runs at first, and shows the modem when `start` resolves (default yes).
   */
  readonly startModemManager?: boolean;
  /** Whether the bus starts ModemManager when somebody asks for its name (default no). */
  readonly activatable?: boolean;
  /** Which program is the system bus (default dbus-daemon). */
  readonly bus?: BusName;
  /** ModemManager with --debug: a telling log, everything ten times slower. */
  readonly debug?: boolean;
}

export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

const startTimeoutMs = 60_000;

export class World {
  readonly modem: Remote<Targets['modem']>;
  readonly radio: Remote<Targets['radio']>;
  readonly sim: Remote<Targets['sim']>;
  readonly usb: Remote<Targets['usb']>;
  readonly modemManager: Remote<Targets['modemManager']>;
  readonly bus: Remote<Targets['bus']>;
  readonly carrier: Remote<Targets['carrier']>;
  readonly ethernet: Remote<Targets['ethernet']>;
  readonly files: Remote<Targets['files']>;
  readonly ip = new IpReader(this);
  /** Of the bus, for processes inside; they have it in their environment already. */
  readonly busAddress = busAddress;
  /** What every process inside gets. */
  readonly env = worldEnvironment;
  /**
   * /sys/… of the modem's USB device, as ModemManager's `Device` has it, is `/sys/` + profile's
   * path.
   */
  readonly places = places;
  readonly #agent: ChildProcess;
  readonly #caller: Caller;
  readonly #processes = new Map<number, WorldProcess>();
  readonly #processCalls: Remote<Targets['processes']>;
  #lastHandle = 0;
  #onReady: (event: AgentEvent) => void = () => {};

  private constructor(agent: ChildProcess) {
    this.#agent = agent;
    this.#caller = new Caller((message) => agent.stdin?.write(`${JSON.stringify(message)}\n`));
    this.modem = this.#caller.remote('modem');
    this.radio = this.#caller.remote('radio');
    this.sim = this.#caller.remote('sim');
    this.usb = this.#caller.remote('usb');
    this.modemManager = this.#caller.remote('modemManager');
    this.bus = this.#caller.remote('bus');
    this.carrier = this.#caller.remote('carrier');
    this.ethernet = this.#caller.remote('ethernet');
    this.files = this.#caller.remote('files');
    this.#processCalls = this.#caller.remote('processes');
  }

  /**
   * Builds a world. Throws when the wished-for ModemManager is not installed (see test/prepare) or
   * namespaces are refused.
   */
  static async start(options: WorldOptions = {}): Promise<World> {
    const name = options.modemManager ?? defaultModemManager();
    const modemManager = findModemManager(name);
    if (modemManager === undefined)
      throw new Error(`ModemManager ${name} is missing: run node test/prepare/prepare.mjs test`);
    const plugged = options.plugged ?? true;
    const startModemManager = options.startModemManager ?? true;
    const agentOptions: AgentOptions = {
      bus: options.bus ?? 'dbus-daemon',
      profile: profileOf(options.profile ?? defaultModem(), name),
      sim: options.sim ?? {},
      plugged,
      arp: options.arp ?? false,
      serial: options.serial ?? false,
      ethernet: options.ethernet ?? false,
      modemManager,
      startModemManager,
      activatable: options.activatable ?? false,
      ...(options.deviceName !== undefined && { deviceName: options.deviceName }),
      debug: options.debug ?? false,
    };
    const world = await World.#launch(agentOptions);
    if (plugged && startModemManager && !agentOptions.serial) await world.modemManager.waitForModem();
    return world;
  }

  static async #launch(options: AgentOptions): Promise<World> {
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--ipc', '--uts'];
    const program = withAbstractSocket(`${protocolOf(options.profile)}-proxy`, [
      process.execPath,
      await bundleAgent(),
      JSON.stringify(options),
    ]);
    const agent = spawn('unshare', [...user, ...namespaces, ...program], { stdio: ['pipe', 'pipe', 'pipe'] });
    const world = new World(agent);
    await world.#begin();
    return world;
  }

  #begin(): Promise<void> {
    const { stdout, stderr } = this.#agent;
    if (stdout === null || stderr === null) throw new Error('the agent has no pipes');
    let complaints = '';
    stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-8000);
    });
    createInterface({ input: stdout }).on('line', (line) => this.#take(JSON.parse(line) as AgentEvent | ReplyMessage));
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        this.#agent.kill('SIGKILL');
        reject(new Error(`the world did not start: ${why}\n${complaints}`));
      };
      const timer = setTimeout(() => fail(`not ready after ${startTimeoutMs} ms`), startTimeoutMs);
      this.#agent.once('error', (error) => fail(error.message));
      this.#agent.once('exit', (code, signal) => {
        this.#caller.close(`the world is gone (${signal ?? code})\n${complaints}`);
        fail(`the agent ended with ${signal ?? code}`);
      });
      this.#onReady = (event) => {
        clearTimeout(timer);
        if (event.event === 'failed') fail(event.message);
        else resolve();
      };
    });
  }

  #take(message: AgentEvent | ReplyMessage): void {
    if (!('event' in message)) {
      this.#caller.settle(message);
    } else if (message.event === 'ready' || message.event === 'failed') {
      this.#onReady(message);
    } else {
      this.#processes.get(message.process)?.take(message);
      if (message.event === 'exited') this.#processes.delete(message.process);
    }
  }

  /**
   * The agent's pid on this machine. `/proc/PID/root` is the world's file system, seen from
   * outside.
   */
  async pid(): Promise<number> {
    const unshare = this.#agent.pid ?? 0;
    return Number((await readFile(`/proc/${unshare}/task/${unshare}/children`, 'utf8')).trim());
  }

  /**
   * The bus for a process outside the world; only for root, since others are somebody else in the
   * world's user namespace.
   */
  async outsideBusAddress(): Promise<string> {
    return `unix:path=/proc/${await this.pid()}/root${places.busSocket}`;
  }

  /** Starts a process inside; it dies with the world. Rejects when the program does not exist. */
  async spawn(argv: readonly string[], { onLine, input, ...options }: SpawnOptions = {}): Promise<WorldProcess> {
    this.#lastHandle += 1;
    const handle = this.#lastHandle;
    const child = new WorldProcess(handle, this.#processCalls, onLine);
    this.#processes.set(handle, child);
    child.pid = await this.#processCalls.spawn(handle, { argv, ...options }, input);
    return child;
  }

  /**
   * Runs a command inside to its end, killing it after `timeoutMs` (then `signal` is SIGKILL).
   * Never throws for its exit code.
   */
  async run(argv: readonly string[], options: SpawnOptions & { timeoutMs?: number } = {}): Promise<Finished> {
    const { timeoutMs = 30_000, ...rest } = options;
    const child = await this.spawn(argv, rest);
    const timer = setTimeout(() => void child.kill('SIGKILL').catch(() => {}), timeoutMs);
    const exit = await child.exited;
    clearTimeout(timer);
    return { ...exit, stdout: child.stdout, stderr: child.stderr };
  }

  /** mmcli of the ModemManager that this world runs. */
  mmcli(...args: string[]): Promise<Finished> {
    return this.run(['chroot', places.root, '/usr/bin/mmcli', ...args], { timeoutMs: 120_000 });
  }

  /**
   * One ping from inside; true when it is answered within a second. `from` is an address or
   * interface to bind to.
   */
  async ping(target = '192.0.2.1', { from }: { from?: string } = {}): Promise<boolean> {
    const bind = from === undefined ? [] : ['-I', from];
    return (await this.run(['ping', '-n', '-c', '1', '-W', '1', ...bind, target])).code === 0;
  }

  /** Starts a ping that goes on until it is stopped; the network must be reachable already. */
  async pinger({ target = '192.0.2.1', from, intervalMs = 50 }: PingerOptions = {}): Promise<Pinger> {
    const bind = from === undefined ? [] : ['-I', from];
    return new Pinger(await this.spawn(['ping', '-n', '-i', String(intervalMs / 1000), ...bind, target]));
  }

  /** Ends the world and everything in it. */
  async stop(): Promise<void> {
    if (this.#agent.exitCode !== null || this.#agent.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#agent.once('exit', resolve));
    this.#agent.stdin?.end();
    await ended;
  }
}

export interface PingerOptions {
  readonly target?: string;
  readonly from?: string;
  readonly intervalMs?: number;
}

// A network namespace of its own for a test, with the tools run inside it; ends by itself when the
// test process does.
import { type ChildProcess, spawn } from 'node:child_process';
import { type CommandRunner, hostCommands } from '../../../src/system/command.ts';

export interface Namespace {
  readonly pid: number;
  /** Runs every command inside. */
  readonly runner: CommandRunner;
  /** Runs `ip -batch` lines, or fails. */
  ip(...lines: readonly string[]): Promise<void>;
  /** The standard output of one command, trimmed. */
  output(...argv: readonly string[]): Promise<string>;
  /** A command that goes on running; killed by `end`. */
  start(...argv: readonly string[]): ChildProcess;
  /** The argument list that runs `argv` inside. */
  inside(argv: readonly string[]): readonly string[];
  end(): void;
}

const TEN_SECONDS = 10_000;
const isRoot = process.getuid?.() === 0;

interface NamespaceOptions {
  /** Under the same owner as this one, so that links can be moved between the two. */
  readonly beside?: Namespace;
  readonly mount?: boolean;
  /** PATH inside; default: as outside. */
  readonly path?: string;
}

/** A namespace without anything but a loopback interface. */
export async function openNamespace(options: NamespaceOptions = {}): Promise<Namespace> {
  const kinds = ['--net', ...(options.mount ? ['--mount'] : [])];
  const user = isRoot || options.beside ? [] : ['--user', '--map-root-user'];
  // The inner cat ends when its standard input does, which is when this process ends, however it
  // ends.
  const argv = ['unshare', ...user, ...kinds, 'sh', '-c', 'ip link set lo up; echo $$; exec cat'];
  const outer = options.beside && !isRoot ? enter(options.beside.pid, []) : [];
  const [file = '', ...args] = [...outer, ...argv];
  const holder = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve, reject) => {
    holder.stdout.once('data', (text: Buffer) => resolve(Number(text.toString().trim())));
    holder.once('exit', (code) => reject(new Error(`${argv.join(' ')} ended with ${code}`)));
  });
  const environment = options.path === undefined ? [] : ['env', `PATH=${options.path}`];
  return namespaceOf(pid, holder, [...enter(pid, ['--net', ...(options.mount ? ['--mount'] : [])]), ...environment]);
}

function enter(pid: number, kinds: readonly string[]): readonly string[] {
  const user = isRoot ? [] : ['--user', '--preserve-credentials'];
  // --wd: entering a mount namespace otherwise leaves one in its root, where node finds no modules.
  return ['nsenter', `--target=${pid}`, `--wd=${process.cwd()}`, ...user, ...kinds];
}

function namespaceOf(pid: number, holder: ChildProcess, entry: readonly string[]): Namespace {
  const inside = (argv: readonly string[]) => [...entry, ...argv];
  const runner: CommandRunner = {
    run: (argv, options) => hostCommands.run(inside(argv), options),
    follow: (argv, onLine, signal) => hostCommands.follow(inside(argv), onLine, signal),
  };
  const children: ChildProcess[] = [];
  return {
    pid,
    runner,
    inside,
    async ip(...lines) {
      await runner.run(['ip', '-batch', '-'], { timeoutMs: TEN_SECONDS, input: `${lines.join('\n')}\n` });
    },
    output: async (...argv) => (await runner.run(argv, { timeoutMs: TEN_SECONDS })).trim(),
    start(...argv) {
      const [file = '', ...args] = inside(argv);
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      children.push(child);
      return child;
    },
    end() {
      for (const child of children) child.kill('SIGKILL');
      holder.kill('SIGKILL');
    },
  };
}

/** The device's side and the carrier's, joined by wwan0 — carrier0. */
export interface Pair {
  readonly device: Namespace;
  readonly carrier: Namespace;
  end(): void;
}

export async function openPair(options: Omit<NamespaceOptions, 'beside'> = {}): Promise<Pair> {
  const device = await openNamespace(options);
  const carrier = await openNamespace({ beside: device });
  await device.ip(`link add wwan0 type veth peer name carrier0 netns ${carrier.pid}`);
  await carrier.ip(
    'link set carrier0 up',
    'address add 100.112.107.1/24 dev carrier0',
    'address add 192.0.2.1/32 dev lo',
  );
  await carrier.ip('address add 198.51.100.53/32 dev lo');
  return {
    device,
    carrier,
    end() {
      device.end();
      carrier.end();
    },
  };
}

/** Waits until `isSo` holds, at most `ms`. */
export async function eventually(isSo: () => boolean | Promise<boolean>, what: string, ms = 5_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

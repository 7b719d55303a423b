// A host for commands to run on: a folder for `/`, tools that answer from a table, a clock that the
// test moves, and what was printed.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CliContext } from '../../../src/cli/context.ts';
import { BusLostError } from '../../../src/dbus/errors.ts';
import type { Status } from '../../../src/status/schema.ts';
import { CommandError } from '../../../src/system/command.ts';
import { NOW } from '../status/statuses.ts';

export interface FakeHost {
  readonly context: CliContext;
  readonly printed: string[];
  readonly complained: string[];
  /** Lays out files below `/`. */
  files(contents: Readonly<Record<string, string>>): void;
  link(path: string, target: string): void;
  /** What a tool prints; without an entry it is not installed. */
  tool(argv: string, output: string): void;
  /** Lets a daemon run with that status. */
  daemon(status: Status): void;
  /** A Ctrl-C. */
  interrupt(): void;
  /** Called whenever somebody sleeps; time has passed by then. */
  whenSleeping(act: () => void): void;
}

const USB = 'sys/bus/usb/devices';

/** Plugs a USB device in at 3-1, instead of the one that is there. */
export function plugIn(
  host: FakeHost,
  id: string,
  interfaces: readonly (readonly [kind: string, driver: string, tty?: string])[],
): void {
  unplug(host);
  const [vendor = '', product = ''] = id.split(':');
  host.files({ [`${USB}/3-1/idVendor`]: `${vendor}\n`, [`${USB}/3-1/idProduct`]: `${product}\n` });
  for (const [index, [kind, driver, tty]] of interfaces.entries()) {
    const [usbClass = '', subclass = ''] = kind.split('/');
    const path = `${USB}/3-1:1.${index}`;
    host.files({ [`${path}/bInterfaceClass`]: `${usbClass}\n`, [`${path}/bInterfaceSubClass`]: `${subclass}\n` });
    if (driver !== '') host.link(`${path}/driver`, `../../../bus/usb/drivers/${driver}`);
    if (tty !== undefined) host.files({ [`${path}/tty/${tty}/dev`]: '166:0\n' });
  }
}

/** Pulls it out. */
export function unplug({ context: { root } }: FakeHost): void {
  rmSync(join(root, USB), { recursive: true, force: true });
}

/** A bare host: no files, no tools. Gone when the test ends. */
export function fakeHost(options: { isTerminal?: boolean } = {}): FakeHost {
  const root = mkdtempSync(join(tmpdir(), 'percept-lte-host-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const printed: string[] = [];
  const complained: string[] = [];
  const tools = new Map<string, string>();
  const interrupted = new AbortController();
  let monotonicMs = 0;
  let onSleep = () => {};
  const files = (contents: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(contents)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  const context: CliContext = {
    env: {},
    out: (line) => printed.push(line),
    err: (line) => complained.push(line),
    isTerminal: options.isTerminal ?? false,
    root,
    commands: {
      run: (argv) => {
        const output = tools.get(argv.join(' '));
        return output === undefined
          ? Promise.reject(new CommandError(argv, undefined, 'ENOENT'))
          : Promise.resolve(output);
      },
      follow: () => Promise.reject(new Error('no command follows anything')),
    },
    openBus: () => Promise.reject(new BusLostError('no bus')),
    confirm: () => Promise.resolve(undefined),
    clock: {
      now: () => ({ monotonicMs, wallMs: NOW + monotonicMs }),
      sleep: (ms, signal) => {
        monotonicMs += ms;
        onSleep();
        return signal?.aborted ? Promise.reject(signal.reason) : Promise.resolve();
      },
    },
    signal: interrupted.signal,
  };
  return {
    context,
    printed,
    complained,
    files,
    link: (path, target) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(target, join(root, path));
    },
    tool: (argv, output) => tools.set(argv, output),
    daemon: (status) => {
      files({ 'run/percept-lte/status.json': JSON.stringify(status), [`proc/${status.pid}/comm`]: 'node\n' });
      const now = (NOW + monotonicMs) / 1000;
      utimesSync(join(root, 'run/percept-lte/status.json'), now, now);
    },
    interrupt: () => interrupted.abort(),
    whenSleeping: (act) => {
      onSleep = act;
    },
  };
}

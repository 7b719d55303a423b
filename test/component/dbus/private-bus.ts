// A real dbus-daemon of our own on a socket in a temporary folder. Each test starts one and stops
// it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PrivateBus {
  readonly address: string;
  readonly daemon: ChildProcess;
  stop(): Promise<void>;
}

const configuration = (
  socket: string,
) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
`;

/** Ends a child process for good and waits for its end. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Starts a bus; resolves once it listens. */
export async function startPrivateBus(): Promise<PrivateBus> {
  const folder = await mkdtemp(join(tmpdir(), 'percept-lte-bus-'));
  const socket = join(folder, 'bus');
  await writeFile(join(folder, 'bus.conf'), configuration(socket));
  const daemon = spawn('dbus-daemon', [`--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const listening = once(daemon.stdout, 'data');
  await Promise.race([
    listening,
    once(daemon, 'exit').then(() => {
      throw new Error('dbus-daemon ended at once');
    }),
  ]);
  return {
    address: `unix:path=${socket}`,
    daemon,
    async stop() {
      await endProcess(daemon);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

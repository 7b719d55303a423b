// The world's private system bus: dbus-daemon or dbus-broker with an open policy, and the faults of
// a bus (ended, restarted).

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BusName } from '../protocol.ts';
import { busAddress, places, worldEnvironment } from './places.ts';
import { PolkitStub } from './polkit-stub.ts';
import { SystemdStub } from './systemd-stub.ts';

const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>${busAddress}</listen>
  <auth>EXTERNAL</auth>
  <auth>ANONYMOUS</auth>
  <allow_anonymous/>
  <servicedir>${places.services}</servicedir>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
`;

const activationFile = `${places.services}/org.freedesktop.ModemManager1.service`;
const activation = `[D-BUS Service]
Name=org.freedesktop.ModemManager1
Exec=${places.launcher}
User=root
`;

/** Where dbus-broker-launch writes its log, and does not start without. */
const journalSocket = '/run/systemd/journal/socket';
/** Holds that socket and throws away what comes. */
const journal = `socket(S, PF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[0])) or die;
$| = 1; print "ready\\n"; 1 while defined recv(S, $_, 65536, 0);`;

interface Program {
  readonly argv: readonly string[];
  /** The stream on which it says that it listens. */
  readonly listening: 'stdout' | 'stderr';
}

const programs: Readonly<Record<BusName, Program>> = {
  'dbus-daemon': {
    argv: ['dbus-daemon', `--config-file=${places.busConfig}`, '--nofork', '--nopidfile', '--print-address=1'],
    listening: 'stdout',
  },
  // It wants its socket from systemd, and a way to systemd over the bus that it is about to be.
  'dbus-broker': {
    argv: [
      ...['systemd-socket-activate', '-l', places.busSocket, '-E', `DBUS_SYSTEM_BUS_ADDRESS=${busAddress}`],
      ...['dbus-broker-launch', '--scope', 'system', '--config-file', places.busConfig],
    ],
    listening: 'stderr',
  },
};

export class BusControls {
  readonly #polkit = new PolkitStub();
  readonly #systemd = new SystemdStub();
  readonly #program: Program;
  #journal: ChildProcess | undefined;
  #daemon: ChildProcess | undefined;

  constructor(name: BusName) {
    this.#program = programs[name];
  }

  /**
   * Starts the bus, or starts it again at the same address after `kill`. Everyone who was on it has
   * to come back by himself.
   */
  async start(): Promise<void> {
    if (this.#daemon !== undefined) return;
    await writeFile(places.busConfig, config);
    await mkdir(dirname(journalSocket), { recursive: true });
    if (this.#program === programs['dbus-broker']) {
      this.#journal ??= await started(['perl', '-MSocket', '-e', journal, journalSocket], 'stdout');
    }
    this.#daemon = await started(this.#program.argv, this.#program.listening);
    await Promise.all([this.#polkit.start(), this.#systemd.start()]);
  }

  /** Ends the bus without ceremony. */
  async kill(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined) return;
    this.#daemon = undefined;
    this.#polkit.stop();
    this.#systemd.stop();
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGKILL');
    await ended;
    await rm(places.busSocket, { force: true });
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /**
   * Whether asking for ModemManager's name starts ModemManager, as Debian's service file has it.
   */
  async setActivatable(on: boolean): Promise<void> {
    if (on) await writeFile(activationFile, activation);
    else await rm(activationFile, { force: true });
    await this.#polkit.reloadBus();
  }

  /** What polkit answers ModemManager from now on: yes to all, or no to all. */
  setAuthorized(authorized: boolean): void {
    this.#polkit.authorized = authorized;
  }

  /** Which job systemd says runs on a unit, such as 'restart'; undefined: none. */
  setSystemdJob(type?: string): void {
    this.#systemd.job = type;
  }

  /** The units that somebody asked systemd to restart so far. */
  restartedUnits(): readonly string[] {
    return this.#systemd.restarted;
  }

  /** What the world does when systemd is asked to restart ModemManager. */
  set onRestartModemManager(restart: () => Promise<void>) {
    this.#systemd.onRestartModemManager = restart;
  }

  /** The world's own connection to the bus. */
  get connection(): PolkitStub {
    return this.#polkit;
  }
}

/** Starts a program and waits for its first words on `stream`. */
async function started([file = '', ...args]: readonly string[], stream: Program['listening']): Promise<ChildProcess> {
  const child = spawn(file, args, { env: worldEnvironment, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  child.stderr.on('data', (text: Buffer) => process.stderr.write(text));
  await new Promise<void>((resolve, reject) => {
    child[stream].once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended at once with ${code}`)));
  });
  return child;
}

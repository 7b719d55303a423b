// The world's private system bus: dbus-daemon with an open policy, and the faults of a bus (ended, restarted).

import { type ChildProcess, spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
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

export class BusControls {
  readonly #polkit = new PolkitStub();
  readonly #systemd = new SystemdStub();
  #daemon: ChildProcess | undefined;

  /** Starts the bus, or starts it again at the same address after `kill`. Everyone who was on it has to come back by himself. */
  async start(): Promise<void> {
    if (this.#daemon !== undefined) return;
    await writeFile(places.busConfig, config);
    const args = [`--config-file=${places.busConfig}`, '--nofork', '--nopidfile', '--print-address=1'];
    const daemon = spawn('dbus-daemon', args, { env: worldEnvironment, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#daemon = daemon;
    await new Promise<void>((resolve, reject) => {
      daemon.stdout.once('data', () => resolve());
      daemon.once('error', reject);
      daemon.once('exit', (code) => reject(new Error(`dbus-daemon ended at once with ${code}`)));
    });
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

  /** Whether asking for ModemManager's name starts ModemManager, as Debian's service file has it. */
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

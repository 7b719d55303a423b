// The real ModemManager: starting it over the modem's sysfs, its death and resurrection, its log,
// its own mmcli. It may have been started by us or by the bus; its pid file says which process it
// is.

import { spawn } from 'node:child_process';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ModemManagerInstallation } from '../protocol.ts';
import type { BusControls } from './bus.ts';
import { command } from './command.ts';
import { places, worldEnvironment } from './places.ts';
import type { ModemEntry } from './polkit-stub.ts';

const pollMs = 20;

export interface ModemManagerParts {
  readonly installation: ModemManagerInstallation;
  readonly bus: BusControls;
  readonly debug: boolean;
}

export class ModemManagerControls {
  readonly #parts: ModemManagerParts;

  constructor(parts: ModemManagerParts) {
    this.#parts = parts;
  }

  /**
   * Writes the program that we and the bus start ModemManager with. Called once, when the world is
   * built.
   */
  async prepare(): Promise<void> {
    const { installation, debug } = this.#parts;
    const flags = [
      '--no-auto-scan',
      `--initial-kernel-events=${places.kernelEvents}`,
      ...(installation.udev ? [] : ['--test-no-udev']),
      ...(debug ? ['--debug'] : []),
      `--log-file=${places.log}/modem-manager.$$.log`,
    ];
    const lines = [
      '#!/bin/sh',
      `echo $$ > ${places.modemManagerPid}`,
      `exec chroot ${places.root} /usr/sbin/ModemManager ${flags.join(' ')} >> ${places.log}/modem-manager.out 2>&1`,
    ];
    await writeFile(places.launcher, `${lines.join('\n')}\n`);
    await chmod(places.launcher, 0o755);
  }

  /** Starts ModemManager unless it runs, and waits until it is on the bus. */
  async start(timeoutMs = 10_000): Promise<number> {
    if ((await this.pid()) === undefined) {
      await rm(places.modemManagerPid, { force: true });
      spawn(places.launcher, [], { env: worldEnvironment, stdio: 'ignore' }).on('error', () => {});
    }
    await until(timeoutMs, 'ModemManager on the bus', async () => (await this.modems()) !== undefined);
    return (await this.pid()) ?? 0;
  }

  /** Sends a signal (default SIGKILL) and, if it ends the process, waits for that. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) return;
    process.kill(pid, signal);
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return;
    // The bus may have started another one since.
    await until(20_000, 'the end of ModemManager', async () => (await this.pid()) !== pid);
  }

  /** Asks ModemManager to end; it disables its modems first. */
  terminate(): Promise<void> {
    return this.kill('SIGTERM');
  }

  /**
   * Ends and starts it: `SIGKILL` leaves the modem's session alone, `SIGTERM` lets ModemManager
   * take it down.
   */
  async restart(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  /**
   * `systemctl restart`: SIGTERM and SIGCONT at once, SIGKILL when it has not ended after 10 s
   * (systemd's own wait is 90 s).
   */
  async restartAsSystemd(): Promise<void> {
    const pid = await this.pid();
    if (pid !== undefined) {
      process.kill(pid, 'SIGTERM');
      process.kill(pid, 'SIGCONT');
      await until(10_000, 'the end of ModemManager', async () => (await this.pid()) !== pid).catch(() =>
        this.kill('SIGKILL'),
      );
    }
    await this.start();
  }

  /** Hangs it (SIGSTOP); `continue` wakes it. */
  stop(): Promise<void> {
    return this.kill('SIGSTOP');
  }

  continue(): Promise<void> {
    return this.kill('SIGCONT');
  }

  /** Its pid inside the world, or undefined when it does not run. */
  async pid(): Promise<number | undefined> {
    const text = await readFile(places.modemManagerPid, 'utf8').catch(() => '');
    const pid = Number(text.trim());
    if (!(pid > 0)) return undefined;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    return stat === '' || state === 'Z' ? undefined : pid;
  }

  /** The modems it shows, or undefined when it is not on the bus. */
  modems(): Promise<readonly ModemEntry[] | undefined> {
    return this.#parts.bus.connection.modems().catch(() => undefined);
  }

  /** Waits for the first modem to be shown and returns its object path. */
  async waitForModem(timeoutMs = 20_000): Promise<string> {
    let path: string | undefined;
    await until(timeoutMs, 'a modem', async () => {
      path = (await this.modems())?.[0]?.path;
      return path !== undefined;
    });
    return path ?? '';
  }

  /** Waits until no modem is shown. */
  async waitForNoModem(timeoutMs = 20_000): Promise<void> {
    await until(timeoutMs, 'the modem to go', async () => (await this.modems())?.length === 0);
  }

  /**
   * Waits for ModemManager's word for a modem's state, MMModemState: 3 disabled, 6 enabled, 8
   * registered, 11 connected.
   */
  async waitForState(state: number, timeoutMs = 20_000): Promise<void> {
    const reached = async (): Promise<boolean> =>
      (await this.modems())?.some((modem) => modem.state === state) ?? false;
    await until(timeoutMs, `modem state ${state}`, reached);
  }

  /** Everything it has logged, all its runs in order. */
  async log(): Promise<string> {
    const names = (await readdir(places.log)).filter((name) => name.startsWith('modem-manager.'));
    const order = (name: string): number => Number(name.split('.')[1]) || Number.MAX_SAFE_INTEGER;
    names.sort((left, right) => order(left) - order(right));
    const texts = await Promise.all(names.map((name) => readFile(`${places.log}/${name}`, 'utf8')));
    return texts.join('');
  }

  /**
   * Reports kernel events as udev would; nothing when ModemManager does not run, it will read them
   * when it starts.
   */
  async report(events: readonly string[]): Promise<void> {
    if ((await this.modems()) === undefined) return;
    for (const event of events) {
      await command('chroot', [places.root, '/usr/bin/mmcli', `--report-kernel-event=${event}`]);
    }
  }
}

async function until(timeoutMs: number, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

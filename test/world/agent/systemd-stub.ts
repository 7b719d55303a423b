// PID 1 as far as a daemon in the world asks for it: RestartUnit of ModemManager.service, and which
// job runs on a process's unit. It restarts as systemd does: SIGTERM and SIGCONT, after a while
// SIGKILL, then the start.

import dbus from 'dbus-next';
import { takeSeat } from './bus-seat.ts';

const systemdName = 'org.freedesktop.systemd1';
const rootPath = '/org/freedesktop/systemd1';
const unitPath = `${rootPath}/unit/asking_2eservice`;
const jobPath = `${rootPath}/job/1`;

export class SystemdStub {
  /**
   * What to do for RestartUnit("ModemManager.service"); its end is not waited for, as a job's is
   * not.
   */
  onRestartModemManager: () => Promise<void> = async () => {};
  /**
   * The type of the job that runs on every unit that is asked for, 'restart' or 'stop'; none when
   * undefined.
   */
  job: string | undefined;
  /** Names of the units that somebody had restarted, oldest first. */
  readonly restarted: string[] = [];
  #bus: dbus.MessageBus | undefined;

  async start(): Promise<void> {
    this.#bus = await takeSeat(systemdName, (bus, message) => this.#answer(bus, message));
  }

  stop(): void {
    this.#bus?.disconnect();
    this.#bus = undefined;
  }

  #answer(bus: dbus.MessageBus, message: dbus.Message): boolean {
    const reply = (signature: string, body: unknown[]): true => {
      bus.send(dbus.Message.newMethodReturn(message, signature, body));
      return true;
    };
    if (message.path === rootPath && message.member === 'RestartUnit') {
      const unit = String(message.body[0]);
      this.restarted.push(unit);
      if (unit === 'ModemManager.service') this.onRestartModemManager().catch(() => {});
      return reply('o', [jobPath]);
    }
    if (message.path === rootPath && message.member === 'GetUnitByPID') return reply('o', [unitPath]);
    if (message.path === unitPath && message.member === 'Get') {
      const job = this.job === undefined ? [0, '/'] : [1, jobPath];
      return reply('v', [new dbus.Variant('(uo)', job)]);
    }
    if (message.path === jobPath && message.member === 'Get') {
      return reply('v', [new dbus.Variant('s', this.job ?? '')]);
    }
    return false;
  }
}

// What the daemon works with that is outside of it, so that tests can give it another host.
import type { Bus } from '../dbus/bus.ts';
import type { Clock } from '../system/clock.ts';
import type { CommandRunner } from '../system/command.ts';
import type { SdNotify } from '../system/sd-notify.ts';

export interface Host {
  readonly clock: Clock;
  readonly commands: CommandRunner;
  readonly bus: Bus;
  readonly systemd: SdNotify;
  /** What stands before each path of the host's own files, such as /etc/resolv.conf; mostly ''. */
  readonly root: string;
}

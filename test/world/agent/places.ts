// Where things are inside a world. /run is the world's own tmpfs, so that all of it is gone when
// the world is.

export const places = {
  base: '/run/world',
  /** The folder that ModemManager sees as /sys. */
  sys: '/run/world/sys',
  /** The root directory that ModemManager and its mmcli run in. */
  root: '/run/world/root',
  log: '/run/world/log',
  services: '/run/world/services',
  temporary: '/run/world/tmp',
  busConfig: '/run/world/bus.conf',
  kernelEvents: '/run/world/kernel-events',
  launcher: '/run/world/start-modem-manager',
  modemManagerPid: '/run/world/modem-manager.pid',
  busSocket: '/run/dbus/system_bus_socket',
} as const;

export const busAddress = `unix:path=${places.busSocket}`;

/**
 * What every process in a world gets; PATH is that of the tests (test/prepare/needs.mjs), LC_ALL
 * because they read what programs print.
 */
export const worldEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
  TMPDIR: places.temporary,
  DBUS_SYSTEM_BUS_ADDRESS: busAddress,
};

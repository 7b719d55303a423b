// The world's view of the file system: its own /run, /dev and /sys, copies-on-write of /etc and
// /var/lib, and the root directory for ModemManager. All of it lives in the world's mount
// namespace; the machine's disk is never written to.

import { existsSync } from 'node:fs';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import type { ModemManagerInstallation } from '../protocol.ts';
import { command } from './command.ts';
import { places } from './places.ts';

const mount = (...args: string[]): Promise<string> => command('mount', args);

/** Everything that does not depend on which ModemManager runs. */
export async function mountWorld(): Promise<void> {
  await mount('-t', 'tmpfs', '-o', 'mode=755', 'world', '/run');
  const folders = [
    places.sys,
    places.root,
    places.log,
    places.services,
    places.temporary,
    '/run/dbus',
    '/run/udev/data',
  ];
  await Promise.all([...folders, '/run/lock', '/run/user'].map((path) => mkdir(path, { recursive: true })));
  await Promise.all([mountDevices(), mountOver('/etc'), mountOver('/var/lib')]);
}

/**
 * A private /dev, so that the modem's node is nobody else's. Nodes are bound: making them is
 * refused to ordinary users.
 */
async function mountDevices(): Promise<void> {
  const staging = `${places.base}/dev`;
  await mkdir(staging);
  await mount('-t', 'tmpfs', '-o', 'mode=755', 'world-dev', staging);
  for (const name of ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'fuse']) {
    if (!existsSync(`/dev/${name}`)) continue; // a kernel without FUSE
    await writeFile(`${staging}/${name}`, '');
    await mount('--bind', `/dev/${name}`, `${staging}/${name}`);
  }
  for (const name of ['pts', 'shm']) await mkdir(`${staging}/${name}`);
  await mount('--bind', '/dev/shm', `${staging}/shm`);
  // Its own pseudo-terminals, which ordinary users may open too.
  await mount('-t', 'devpts', '-o', 'newinstance,ptmxmode=0666', 'world-pts', `${staging}/pts`).catch(() =>
    mount('--bind', '/dev/pts', `${staging}/pts`),
  );
  const links = { fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2', ptmx: 'pts/ptmx' };
  for (const [name, target] of Object.entries(links)) await symlink(target, `${staging}/${name}`);
  await mount('--rbind', staging, '/dev');
}

/**
 * Lets everything below `path` be written without reaching the disk; a plain copy where overlayfs
 * is not to be had.
 */
async function mountOver(path: string): Promise<void> {
  const upper = `${places.base}/upper${path}`;
  const work = `${places.base}/work${path}`;
  await Promise.all([mkdir(upper, { recursive: true }), mkdir(work, { recursive: true })]);
  const options = `lowerdir=${path},upperdir=${upper},workdir=${work}`;
  try {
    await mount('-t', 'overlay', '-o', options, 'world-overlay', path);
  } catch {
    await rm(work, { recursive: true, force: true });
    if (path === '/etc') await cp(path, upper, { recursive: true, filter: readable, verbatimSymlinks: true });
    await mount('--bind', upper, path);
  }
}

async function readable(path: string): Promise<boolean> {
  const { access, constants } = await import('node:fs/promises');
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/**
 * The device namespace's own sysfs with the modem's USB devices in it. Needs the tree of sysfs.ts
 * to be there. Where the kernel refuses a sysfs of our own (a masked one in some containers) the
 * machine's stays, without the modem.
 */
export async function mountSysfs(): Promise<void> {
  await mount('-t', 'sysfs', 'world-sysfs', '/sys').catch(() => '');
  await mount('--bind', `${places.sys}/devices/platform`, '/sys/devices/platform').catch(() => '');
}

/**
 * ModemManager's root: the machine's own or an unpacked one, with the world's /run, /dev, /proc and
 * the modem's /sys.
 */
export async function mountModemManagerRoot({ root }: ModemManagerInstallation): Promise<void> {
  await mount('--rbind', root, places.root);
  if (root !== '/') {
    await mount('--bind', '/run', `${places.root}/run`);
    await mount('--rbind', '/dev', `${places.root}/dev`);
    await mount('--rbind', '/proc', `${places.root}/proc`);
  }
  await mount('--bind', places.sys, `${places.root}/sys`);
}

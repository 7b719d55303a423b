// NetworkManager inside a world, beside or instead of our daemon, as a person would set it up for
// this modem: keyfiles of type gsm, one an APN, tried by priority. The machine's own, or one that
// is unpacked and runs in a chroot. It gets folders of its own; nothing of the machine's is read or
// written.

import { LaunchedManager } from './launched-manager.ts';
import type { World } from './world.ts';

const folder = '/run/world/network-manager';
const launcher = `${folder}/start`;
const config = `${folder}/NetworkManager.conf`;
/**
 * The first line of its output, written when everything is ready for the program itself: from here
 * its start is measured.
 */
export const networkManagerStarts = 'NetworkManager starts';
const keyfiles = `${folder}/system-connections`;
/** Where one that is not the machine's own has its root directory. */
const chroot = `${folder}/root`;

export interface NetworkManagerOptions {
  /** One, or several to try in this order (a keyfile each, by autoconnect-priority). */
  readonly apn?: string | readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly pin?: string;
  /** Default: it may connect in another carrier's network. */
  readonly allowRoaming?: boolean;
  readonly attachApn?: string;
  readonly ipType?: 'ipv4' | 'ipv6' | 'ipv4v6';
  /** It manages eth0 too, with the address and the gateway that the world gives it. */
  readonly ethernet?: boolean;
  /** The root directory that it is installed in; default `/`. */
  readonly root?: string;
  /** Lines of more configuration, such as `[connectivity]` and what follows. */
  readonly configuration?: string;
}

/**
 * A running NetworkManager. `stop` is SIGTERM; it may be started again with the same files, as
 * systemd would.
 */
export class NetworkManagerInWorld extends LaunchedManager {
  /** Its root directory, as the world has it. */
  root = '/';

  /**
   * Writes the keyfiles anew and lets it read them; what is active stays as it is until it is
   * activated again.
   */
  async reload(options: NetworkManagerOptions): Promise<void> {
    await writeKeyfiles(this.world, options);
    await this.nmcli('connection', 'reload');
  }

  /** nmcli inside the world. */
  nmcli(...args: string[]) {
    return this.world.run(['chroot', this.root, '/usr/bin/nmcli', '--colors', 'no', ...args], { timeoutMs: 30_000 });
  }
}

/**
 * Starts a NetworkManager in `world`; resolves as soon as it runs, and it connects by itself. It
 * needs an empty /run/udev (then it waits for no udevd), and leaves /etc/resolv.conf and eth0
 * alone.
 */
export async function startNetworkManager(
  world: World,
  options: NetworkManagerOptions = {},
): Promise<NetworkManagerInWorld> {
  const main = `[main]\nplugins=keyfile\ndns=none\nno-auto-default=*\nsystemd-resolved=false\n`;
  const unmanaged = options.ethernet === true ? '' : 'unmanaged-devices=interface-name:eth0\n';
  const keyfile = `[keyfile]\npath=${keyfiles}\n${unmanaged}`;
  await world.files.write(config, `${main}${keyfile}[logging]\nlevel=INFO\n${options.configuration ?? ''}`);
  await writeKeyfiles(world, options);
  const root = options.root === undefined || options.root === '/' ? '/' : await mountRoot(world, options.root);
  await world.files.write(launcher, scriptFor(root), 0o755);
  const networkManager = new NetworkManagerInWorld(world, launcher, await world.spawn([launcher]));
  networkManager.root = root;
  return networkManager;
}

/** Makes an unpacked root the world's: with its bus, its devices and the folders above. */
async function mountRoot(world: World, root: string): Promise<string> {
  await world.run(['mkdir', '-p', chroot, '/run/NetworkManager']);
  const mounts = [
    ['--bind', root, chroot],
    ['--rbind', '/proc', `${chroot}/proc`],
    ['--rbind', '/sys', `${chroot}/sys`],
    ['--rbind', '/dev', `${chroot}/dev`],
    ['--bind', '/run', `${chroot}/run`],
  ];
  for (const mount of mounts) {
    const { code, stderr } = await world.run(['mount', ...mount]);
    if (code !== 0) throw new Error(`mount ${mount.join(' ')}: ${stderr}`);
  }
  return chroot;
}

const scriptFor = (root: string): string => `#!/bin/sh
# In a mount namespace of its own: what it keeps in these folders outlives it there no longer than the world.
cd ${root}
mkdir -p run/NetworkManager var/lib/NetworkManager ${folder}/lib ${folder}/run
if [ "$1" != inside ]; then exec unshare --mount "$0" inside; fi
set -e
mount -t tmpfs udev run/udev
mount --bind ${folder}/run run/NetworkManager
mount --bind ${folder}/lib var/lib/NetworkManager
# Where /sys is read-only NetworkManager asks no udev, which would never tell it that ethernet is ready.
mount -o remount,bind,ro sys
echo ${networkManagerStarts}
exec chroot ${root} /usr/sbin/NetworkManager -n --config=${config} --config-dir=${folder}/none --intern-config=${folder}/intern.conf
`;

function attachLines(apn: string): string[] {
  return ['initial-eps-bearer-configure=true', `initial-eps-bearer-apn=${apn}`];
}

const ethernetKeyfile = `[connection]
id=ethernet
uuid=7d6f9f8e-0c39-4a7e-9d2f-000000000100
type=ethernet
interface-name=eth0
autoconnect=true
[ipv4]
method=manual
address1=192.168.77.2/24,192.168.77.1
[ipv6]
method=ignore
`;

async function writeKeyfiles(world: World, { apn = 'vzwinternet', ...rest }: NetworkManagerOptions): Promise<void> {
  const apns = typeof apn === 'string' ? [apn] : apn;
  await world.files.remove(keyfiles);
  for (const [index, name] of apns.entries()) {
    await world.files.write(`${keyfiles}/lte-${index}.nmconnection`, keyfileOf(name, index, rest), 0o600);
  }
  if (rest.ethernet === true) await world.files.write(`${keyfiles}/ethernet.nmconnection`, ethernetKeyfile, 0o600);
}

function keyfileOf(apn: string, index: number, options: NetworkManagerOptions): string {
  const { user, password, pin, allowRoaming = true, attachApn, ipType = 'ipv4' } = options;
  const gsm = [
    `apn=${apn}`,
    ...(user === undefined ? [] : [`username=${user}`]),
    ...(password === undefined ? [] : [`password=${password}`]),
    ...(pin === undefined ? [] : [`pin=${pin}`]),
    ...(allowRoaming ? [] : ['home-only=true']),
    ...(attachApn === undefined ? [] : attachLines(attachApn === 'same' ? apn : attachApn)),
  ];
  return [
    '[connection]',
    `id=lte-${index}`,
    `uuid=7d6f9f8e-0c39-4a7e-9d2f-0000000000${String(index).padStart(2, '0')}`,
    'type=gsm',
    'autoconnect=true',
    `autoconnect-priority=${100 - index}`,
    '[gsm]',
    ...gsm,
    '[ipv4]',
    `method=${ipType === 'ipv6' ? 'disabled' : 'auto'}`,
    '[ipv6]',
    `method=${ipType === 'ipv4' ? 'ignore' : 'auto'}`,
    '',
  ].join('\n');
}

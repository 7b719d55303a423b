// systemd-networkd with its [MobileNetwork] support (systemd 262, Debian forky) inside a world, run
// from its unpacked root. It connects by itself as soon as ModemManager shows the modem.

import * as releases from '../prepare/releases.mjs';
import { rootOf } from '../prepare/unpack.mjs';
import { LaunchedManager } from './launched-manager.ts';
import type { World } from './world.ts';

const folder = '/run/world/networkd';
const launcher = `${folder}/start`;
const network = `${folder}/network/lte.network`;

export interface NetworkdOptions {
  /** networkd knows one; of a list the first is taken. */
  readonly apn?: string | readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly pin?: string;
}

/** A running systemd-networkd, which may be ended and started again with the same files. */
export class NetworkdInWorld extends LaunchedManager {
  /** Writes the .network file anew and sends SIGHUP, which is `networkctl reload`. */
  async reload(options: NetworkdOptions): Promise<void> {
    await this.world.files.write(network, networkFile(options));
    await this.process.kill('SIGHUP');
  }
}

/**
 * Starts systemd-networkd in `world`; resolves as soon as it runs. @throws when it is not unpacked
 */
export async function startNetworkd(world: World, options: NetworkdOptions = {}): Promise<NetworkdInWorld> {
  const root = rootOf(releases.networkd);
  if (root === undefined) throw new Error('systemd-networkd is missing: run node test/prepare/prepare.mjs faults');
  await world.files.write(network, networkFile(options));
  await world.files.write(launcher, script(root), 0o755);
  return new NetworkdInWorld(world, launcher, await world.spawn([launcher]));
}

/**
 * A read-only sysfs is what makes it not wait for udev; the runtime folders must belong to the user
 * that it becomes.
 */
const script = (root: string): string => `#!/bin/sh
if [ "$1" != inside ]; then exec unshare --mount "$0" inside; fi
set -e
mkdir -p ${folder}/root ${folder}/run ${folder}/run/dbus
for d in links leases lldp; do mkdir -p ${folder}/run/systemd/netif/$d; done
chown -R 998:998 ${folder}/run/systemd/netif
mount --bind ${root} ${folder}/root
mount --rbind /proc ${folder}/root/proc
mount -t sysfs -o ro sysfs ${folder}/root/sys
mount --rbind /dev ${folder}/root/dev
mount --bind ${folder}/run ${folder}/root/run
mount --bind ${folder}/network ${folder}/root/etc/systemd/network
mkdir -p ${folder}/root/run/dbus
mount --bind /run/dbus ${folder}/root/run/dbus
export SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=info
exec chroot ${folder}/root /${releases.networkd.program}
`;

function networkFile({ apn = 'vzwinternet', user, password, pin }: NetworkdOptions): string {
  const mobile = [
    // Above ethernet's, as a person would set it; without it the metric is 0.
    'RouteMetric=700',
    `APN=${typeof apn === 'string' ? apn : (apn[0] ?? '')}`,
    ...(user === undefined ? [] : [`User=${user}`]),
    ...(password === undefined ? [] : [`Password=${password}`]),
    ...(pin === undefined ? [] : [`PIN=${pin}`]),
  ];
  return [
    '[Match]',
    'Name=wwan0',
    '[Network]',
    'LinkLocalAddressing=no',
    'IPv6AcceptRA=no',
    '[MobileNetwork]',
    ...mobile,
    '',
  ].join('\n');
}

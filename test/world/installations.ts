// The ModemManagers that a world can run: the machine's own and those of other Debian releases,
// which test/prepare unpacks into a cache outside the repository.

import { modemManagers, modemManagerVersions } from '../prepare/releases.mjs';
import { rootOf } from '../prepare/unpack.mjs';
import type { ModemManagerInstallation } from './protocol.ts';

export type ModemManagerName = 'host' | (typeof modemManagerVersions)[number];

/** The one that a world runs when it is not told: by the environment, else the machine's. */
export function defaultModemManager(): ModemManagerName {
  const known: readonly ModemManagerName[] = ['host', ...modemManagerVersions];
  const wanted = process.env.WORLD_MODEMMANAGER ?? 'host';
  const name = known.find((one) => one === wanted);
  if (name === undefined) throw new Error(`WORLD_MODEMMANAGER=${wanted}: known are ${known.join(', ')}`);
  return name;
}

/**
 * Where `name` is installed, or undefined when it is not. The machine's own has a version's name
 * too.
 */
export function findModemManager(name: ModemManagerName): ModemManagerInstallation | undefined {
  const udev = name === '1.14.12';
  if (name === 'host') return { version: name, root: '/', udev };
  const release = modemManagers.find(({ version }) => version === name);
  const root = release && rootOf(release);
  return root === undefined ? undefined : { version: name, root, udev };
}

/** The versions that are to be had here, each once, the oldest first. */
export function installedModemManagers(): readonly (typeof modemManagerVersions)[number][] {
  return modemManagerVersions.filter((name) => findModemManager(name) !== undefined);
}

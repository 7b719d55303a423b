// The ModemManagers that a world can run: the machine's own and two others, unpacked from Debian's mirror by
// test/prepare into a cache outside the repository.

import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ModemManagerInstallation } from './protocol.ts';

export type ModemManagerName = 'host' | '1.14.12' | '1.20.4' | '1.24.0';

/** The cache folder: /var/cache for root, else the user's own. */
export function cacheFolder(): string {
  if (process.env.PERCEPT_LTE_CACHE !== undefined) return process.env.PERCEPT_LTE_CACHE;
  if (process.getuid?.() === 0) return '/var/cache/percept-lte';
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'percept-lte');
}

/** The one that a world runs when it is not told: by the environment, else the machine's. */
export function defaultModemManager(): ModemManagerName {
  const name = process.env.WORLD_MODEMMANAGER ?? 'host';
  if (name === 'host' || name === '1.14.12' || name === '1.20.4' || name === '1.24.0') return name;
  throw new Error(`WORLD_MODEMMANAGER=${name}: known are host, 1.14.12, 1.20.4 and 1.24.0`);
}

/** Where `name` is installed, or undefined when it is not. 1.20.4 is the machine's own on Debian 12. */
export async function findModemManager(name: ModemManagerName): Promise<ModemManagerInstallation | undefined> {
  const unpacked = join(cacheFolder(), `modemmanager-${name}`);
  const roots = name === 'host' ? ['/'] : name === '1.20.4' ? [unpacked, '/'] : [unpacked];
  for (const root of roots) {
    const there = await access(join(root, 'usr/sbin/ModemManager')).then(
      () => true,
      () => false,
    );
    if (there) return { version: name, root, udev: name === '1.14.12' };
  }
  return undefined;
}

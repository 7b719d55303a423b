// The packages that the tests install: today's for this machine, and those of 0.1.0.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstPackages } from '../build/first-release.ts';
import { type Format, hostArch } from './root.ts';

/** Made anew by each run of the tests (global-setup.ts). */
export const HOST_PACKAGES = fileURLToPath(new URL('../../build/host-packages', import.meta.url));

const inFolder = (folder: string, format: Format): string => {
  const name = readdirSync(folder).find((one) => one.endsWith(`.${format}`));
  if (name === undefined) throw new Error(`${folder} has no .${format}`);
  return join(folder, name);
};

export const today = (format: Format): string => inFolder(HOST_PACKAGES, format);

/** The folder of 0.1.0's packages; undefined in a clone without the history that they are made of. */
const before = firstPackages(hostArch());
export const hasFirst = before !== undefined;
export const first = (format: Format): string => inFolder(before ?? '', format);

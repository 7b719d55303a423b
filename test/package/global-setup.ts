// Before the tests of the packages: the packages for this machine, which are installed and run, and
// the agent of the worlds that they run in.
import { rmSync } from 'node:fs';
import { buildPackages } from '../build/package.ts';
import { bundleAgent } from '../world/agent/bundle.ts';
import { HOST_PACKAGES } from './packages.ts';
import { hostArch } from './root.ts';

export async function setup(): Promise<void> {
  rmSync(HOST_PACKAGES, { recursive: true, force: true });
  buildPackages(hostArch(), HOST_PACKAGES);
  await bundleAgent();
}

// Before any world test: the agent is bundled once, so that parallel workers find it ready.

import { bundleAgent } from './agent/bundle.ts';

export async function setup(): Promise<void> {
  await bundleAgent();
}

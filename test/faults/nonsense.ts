// Starts the false ModemManager (nonsense-service.mjs) in a world.

import { fileURLToPath } from 'node:url';
import type { WorldProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** Resolves when it owns ModemManager's name. */
export async function nonsense(world: World): Promise<WorldProcess> {
  const service = fileURLToPath(new URL('nonsense-service.mjs', import.meta.url));
  const impostor = await world.spawn([process.execPath, service]);
  await impostor.waitForOutput(/owned/);
  return impostor;
}

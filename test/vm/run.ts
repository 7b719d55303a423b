// npm run test:vm: sees to it that there is a guest, then runs the tests within a limit of time. Without QEMU it says so and skips them,
// except where $CI is set.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MissingTools } from '../build/tools.ts';
import { guestImage } from './image.ts';

/** Twice what a run takes on two busy cores. */
const LIMIT_MS = 30 * 60_000;

async function prepare(): Promise<boolean> {
  try {
    console.log('guest image: built on the first run, which takes about five minutes, then taken from the cache');
    await guestImage();
    return true;
  } catch (error) {
    if (!(error instanceof MissingTools) || process.env.CI !== undefined) throw error;
    console.log(`VM TESTS SKIPPED, ${error.message}`);
    return false;
  }
}

if (await prepare()) {
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const args = [vitest, 'run', '--config', 'test/vm/vitest.config.ts', ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', timeout: LIMIT_MS });
  process.exitCode = status ?? 1;
}

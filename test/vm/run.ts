// npm run test:vm: sees to it that there is a guest, then runs the tests within a limit of time.
// `npm run test:vm -- --image` only makes the guest.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { guestImage } from './image.ts';

/** Twice what a run takes on two busy cores. */
const LIMIT_MS = 30 * 60_000;

console.log('guest image: built on the first run, which takes about five minutes, then taken from the cache');
await guestImage();
if (!process.argv.includes('--image')) process.exitCode = tests();

/** The tests' exit code. */
function tests(): number {
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const args = [vitest, 'run', '--config', 'test/vm/vitest.config.ts', ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', timeout: LIMIT_MS });
  return status ?? 1;
}

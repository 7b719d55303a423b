// The daemon as it was before it was made lighter, built once from the repository's history.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../build/tools.ts';

const COMMIT = '754afc2';
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Its main.js; undefined where the history does not have it, as in a shallow clone. */
export function bundleBefore(): string | undefined {
  const bundle = join(cacheFolder(), `main-${COMMIT}.js`);
  if (existsSync(bundle)) return bundle;
  const work = mkdtempSync(join(cacheFolder(), `.${COMMIT}-`));
  const run = (command: string, args: readonly string[], cwd: string) =>
    spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  try {
    const archive = join(work, 'source.tar');
    if (!run('git', ['archive', '--output', archive, COMMIT], root)) return undefined;
    if (!run('tar', ['-xf', archive], work)) return undefined;
    symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'));
    if (!run(process.execPath, ['test/prepare/build.mjs'], work)) return undefined;
    copyFileSync(join(work, 'dist/main.js'), bundle);
    return bundle;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

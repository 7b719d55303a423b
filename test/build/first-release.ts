// Version 0.1.0 as the repository's history has it: what others are compared with, and upgraded
// from. What is made of it is kept in the cache folder.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Arch } from './runtime.ts';
import { cacheFolder } from './tools.ts';

const COMMIT = '754afc2';
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What `make` leaves in `target`, a path of its own, given the sources with dist/main.js built;
 * undefined where the history does not have them, as in a shallow clone, or cannot be built.
 */
function made(name: string, make: (source: string, target: string) => boolean): string | undefined {
  const kept = join(cacheFolder(), name);
  if (existsSync(kept)) return kept;
  const work = mkdtempSync(join(cacheFolder(), `.${COMMIT}-`));
  try {
    const archive = join(work, 'source.tar');
    if (!run('git', ['archive', '--output', archive, COMMIT], root)) return undefined;
    if (!run('tar', ['-xf', archive], work)) return undefined;
    symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'));
    if (!run(process.execPath, ['test/prepare/build.mjs'], work)) return undefined;
    if (!make(work, join(work, 'made'))) return undefined;
    renameSync(join(work, 'made'), kept);
    return kept;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): boolean {
  // It must not ask the history for its date: it is no repository.
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1700000000' };
  return spawnSync(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

/** Its main.js. */
export const firstBundle = (): string | undefined =>
  made(`main-${COMMIT}.js`, (source, target) => {
    copyFileSync(join(source, 'dist/main.js'), target);
    return true;
  });

/** The folder of its packages: .deb, .rpm and .tar.gz. */
export const firstPackages = (arch: Arch): string | undefined =>
  made(`packages-${COMMIT}-${arch}`, (source, target) => {
    const argv = ['--import', 'tsx', 'test/package/package.ts', '--arch', arch, '--out', target];
    return run(process.execPath, argv, source);
  });

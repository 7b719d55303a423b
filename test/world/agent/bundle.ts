// Makes the agent one file that Node starts at once, from the sources as they are now.

import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const world = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(world, '..', '..', 'build', 'world-agent.cjs');

/**
 * The bundle's path; built anew when a source is younger. Safe to call from several processes at
 * once.
 */
export async function bundleAgent(): Promise<string> {
  const built = await stat(output).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (built > (await youngest(world))) return output;
  await mkdir(dirname(output), { recursive: true });
  const temporary = `${output}.${process.pid}`;
  await build({
    entryPoints: [join(world, 'agent', 'main.ts')],
    outfile: temporary,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['x11', 'usocket'],
    logLevel: 'error',
  });
  await rename(temporary, output);
  return output;
}

async function youngest(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  const times = await Promise.all(files.map((entry) => stat(join(entry.parentPath ?? entry.path, entry.name))));
  return Math.max(...times.map(({ mtimeMs }) => mtimeMs));
}

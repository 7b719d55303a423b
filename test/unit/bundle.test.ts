import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test("the bundle loads nothing of the host's but Node's own modules, so nothing installed there can run in it", async () => {
  const entry = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
    outfile: 'main.js',
  });
  const outside = Object.values(metafile.inputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
  // `<runtime>` is esbuild's own.
  expect(outside.map(({ path }) => path).filter((path) => path !== '<runtime>' && !isBuiltin(path))).toEqual([]);
  expect(outside.length).toBeGreaterThan(0);
});

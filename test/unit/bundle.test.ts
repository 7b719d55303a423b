import { isBuiltin } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

async function bundled() {
  const entry = fileURLToPath(new URL('../../src/program.ts', import.meta.url));
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
  return metafile;
}

test("the bundle loads nothing of the host's but Node's own modules, so nothing installed there can run in it", async () => {
  const { inputs } = await bundled();
  const outside = Object.values(inputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
  // `<runtime>` is esbuild's own.
  expect(outside.map(({ path }) => path).filter((path) => path !== '<runtime>' && !isBuiltin(path))).toEqual([]);
  expect(outside.length).toBeGreaterThan(0);
});

test("the daemon starts late and large because zod's translations are in the bundle", async () => {
  const [output] = Object.values((await bundled()).outputs);
  const languages = Object.entries(output?.inputs ?? {})
    .filter(([path, { bytesInOutput }]) => path.includes('/zod/v4/locales/') && bytesInOutput > 1000)
    .map(([path]) => basename(path, '.js'));
  expect(languages).toEqual(['en']);
});

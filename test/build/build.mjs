// @ts-check
// npm run build: src/main.ts and everything that it needs, as one file for Node 20, dist/main.js.
// Typechecking is tsc's business.
import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const output = `${root}/dist/main.js`;

// dbus-next is CommonJS and requires Node's modules at run time, which an ES module has no
// `require` for.
const banner = `import { createRequire as percept_createRequire } from 'node:module';
const require = percept_createRequire(import.meta.url);`;

await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: output,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  banner: { js: banner },
  legalComments: 'none',
  // Without comments and indentation the source is a third shorter and pure ASCII, which V8 keeps
  // in one byte a character: 3 MB less memory. Names and lines stay, so that a stack trace in the
  // journal can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  logLevel: 'warning',
});
await chmod(output, 0o755);

// @ts-check
// npm run build: src/program.ts and everything that it needs, as one file for Node 20,
// dist/program.js, and dist/main.js, which runs it. Typechecking is tsc's business.
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
// A CommonJS module has no import.meta.
const banner = `const percept_url = require('node:url').pathToFileURL(__filename).href;`;

/** @type {import('esbuild').BuildOptions} */
const options = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  // Loaded in half the time that an ES module takes: of Node's own modules only what is used is
  // read, and a file without a package.json beside it is not tried as both.
  format: 'cjs',
  target: 'node20',
  // What is loaded when it is needed is required then: Node's loader of ES modules stays unused.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'percept_url' },
  legalComments: 'none',
  // Without comments and indentation the source is a third shorter and pure ASCII, which V8 keeps
  // in one byte a character: 3 MB less memory. Names and lines stay, so that a stack trace in the
  // journal can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  logLevel: 'warning',
};
await build({ ...options, entryPoints: ['src/main.ts'], outfile: 'dist/main.js', banner: { js: banner } });
await build({
  ...options,
  entryPoints: ['src/program.ts'],
  outfile: 'dist/program.js',
  // The function that main.js calls, as Node's own loader would wrap it.
  banner: { js: `(function(exports,require,module,__filename,__dirname){${banner}` },
  footer: { js: '})' },
});
await chmod(`${root}/dist/main.js`, 0o755);
// Read only where it is needed: connect.apn: auto.
await copyFile(`${root}/src/daemon/known-apns.txt`, `${root}/dist/known-apns.txt`);
// The repository's own package.json calls .js files ES modules.
await writeFile(`${root}/dist/package.json`, '{"type":"commonjs"}\n');

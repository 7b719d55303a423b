// npm run build: src/main.ts and everything that it needs, as one file for Node 20, dist/main.js. Typechecking is tsc's business.
import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const output = `${root}/dist/main.js`;

// dbus-next is CommonJS and requires Node's modules at run time, which an ES module has no `require` for.
const banner = `import { createRequire as percept_createRequire } from 'node:module';
const require = percept_createRequire(import.meta.url);`;

// dbus-next loads an XML library for introspection alone (225 kB, a tenth of the start). This program introspects nobody, and
// whoever introspects it is told the truth: it exports no object.
const noIntrospection = {
  name: 'no-introspection',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^xml2js$/ }, ({ path }) => ({ path, namespace: 'no-introspection' }));
    onLoad({ filter: /^/, namespace: 'no-introspection' }, () => ({
      contents: `exports.Builder = class { buildObject() { return '<node/>'; } };
        exports.Parser = class { parseString() { throw new Error('introspection is not part of this program'); } };`,
    }));
  },
};

await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: output,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Optional parts of dbus-next: an X11 transport and passing file descriptors. Neither is installed or used.
  external: ['x11', 'usocket'],
  banner: { js: banner },
  legalComments: 'none',
  plugins: [noIntrospection],
  // Without comments and indentation the source is a third shorter and pure ASCII, which V8 keeps in one byte a character: 3 MB
  // less memory. Names and lines stay, so that a stack trace in the journal can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  logLevel: 'warning',
});
await chmod(output, 0o755);

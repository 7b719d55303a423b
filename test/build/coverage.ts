// npm run coverage, after its tests: how much of src/ the unit and component tests run, by room,
// and whether what does things stands as high as what decides them. The scenarios run it all again,
// through dist/main.js.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Covered {
  readonly lines: { readonly total: number; readonly covered: number };
}

/** Rooms of functions without effects; every other room of src/ does things. */
const PURE = ['connection/', 'ip/', 'modem/errors/', 'modem/wire/', 'config/', 'status/'];

const isPure = (path: string) => PURE.some((room) => path.startsWith(room));

/** `connection/events` of `connection/events/session.ts`. */
const roomOf = (path: string) => path.split('/').slice(0, -1).slice(0, 2).join('/') || '.';

const summary = JSON.parse(readFileSync(`${root}/build/coverage/coverage-summary.json`, 'utf8')) as Record<
  string,
  Covered
>;
const files = Object.entries(summary)
  .filter(([path]) => path !== 'total')
  .map(([path, { lines }]) => ({ path: relative(`${root}/src`, path), ...lines }));

const rooms = [...new Set(files.map(({ path }) => roomOf(path)))].sort();
for (const room of rooms)
  print(
    room,
    files.filter(({ path }) => roomOf(path) === room),
  );
const pure = print(
  'what decides',
  files.filter(({ path }) => isPure(path)),
);
const impure = print(
  'what does',
  files.filter(({ path }) => !isPure(path)),
);
if (impure < pure) process.stdout.write('what does things is tested less than what decides them\n');

function print(name: string, of: readonly { readonly total: number; readonly covered: number }[]): number {
  const [total, covered] = [of.reduce((sum, f) => sum + f.total, 0), of.reduce((sum, f) => sum + f.covered, 0)];
  const share = total === 0 ? 1 : covered / total;
  process.stdout.write(`${name.padEnd(28)}${`${(100 * share).toFixed(1)} %`.padStart(8)}  of ${total} lines\n`);
  return share;
}

// @ts-check
// node test/prepare/prepare.mjs PURPOSE [--check]: sees to it that the machine has what an npm
// script needs, from a fresh clone on, and builds. Runs before any npm package is installed, so it
// uses Node alone. Says what it does, and is quick when all is there. With --check it changes
// nothing and says what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { aptGet, installCommand, installPackages, mayInstall } from './debian.mjs';
import { unpackDeb } from './debs.mjs';
import { missingOf, needsOf } from './needs.mjs';
import { rootOf, unpack } from './unpack.mjs';

/**
 * The npm script that it is for, and the folders of test/ whose needs are those of the script.
 * @type {Record<string, readonly string[]>}
 */
const purposes = {
  demo: ['demo'],
  test: ['unit', 'component', 'world', 'scenario', 'faults'],
  bench: ['bench'],
  coverage: ['unit', 'component'],
  faults: ['faults'],
  offline: ['offline'],
  soak: ['faults'],
  package: ['build'],
  'package:container': ['build/container'],
  'test:package': ['package'],
  'test:vm': ['vm'],
  monitoring: ['faults', 'monitoring'],
  'test:monitoring': ['monitoring'],
};

const root = fileURLToPath(new URL('../..', import.meta.url));

await main(process.argv[2] ?? '', process.argv.includes('--check'));

/** @param {string} purpose @param {boolean} checkOnly */
async function main(purpose, checkOnly) {
  const levels = purposes[purpose];
  if (levels === undefined) return fail(`usage: prepare.mjs ${Object.keys(purposes).join('|')} [--check]`, 2);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 10)) {
    const which = `Node.js ${process.versions.node} is too old`;
    return fail(`${which}: 20.10 or later is needed (nodejs.org, or your distribution's nodejs)`);
  }
  const needs = await needsOf(levels);
  if (checkOnly) return check(needs);
  installNodePackages();
  if (missingOf(needs).packages.length > 0 && mayInstall()) installPackages(missingOf(needs).packages);
  const { names, packages, debs } = missingOf(needs);
  if (names.length > 0) return fail(`missing: ${names.join(', ')}. On Debian run: ${installCommand(packages)}`);
  unpackDebs(debs);
  unpack(needs.releases);
  run(process.execPath, ['test/build/build.mjs']);
}

/** @param {Required<import('./needs.mjs').Needs>} needs */
function check(needs) {
  const { names, packages, debs } = missingOf(needs);
  const releases = needs.releases
    .filter((one) => rootOf(one) === undefined)
    .map(({ name, version }) => `${name} ${version}`);
  if (names.length > 0) process.stdout.write(`missing: ${names.join(', ')}. On Debian: ${installCommand(packages)}\n`);
  if (debs.length > 0) process.stdout.write(`not unpacked: ${debs.join(', ')}\n`);
  if (releases.length > 0) process.stdout.write(`not unpacked, its tests are left out: ${releases.join(', ')}\n`);
  if (names.length + debs.length > 0) process.exitCode = 1;
  else process.stdout.write('nothing is missing\n');
}

/** What apt cannot fetch it may after an update. @param {readonly string[]} names */
function unpackDebs(names) {
  const unpackAll = () => names.map((name) => unpackDeb(name)).find((why) => why !== undefined);
  let why = unpackAll();
  if (why !== undefined && mayInstall()) {
    aptGet(['update']);
    why = unpackAll();
  }
  if (why !== undefined) fail(why);
}

/** `npm ci` when there are no packages yet, or the lock file has changed since. */
function installNodePackages() {
  const installed = `${root}/node_modules/.package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}/package-lock.json`).mtimeMs) return;
  process.stdout.write('prepare: npm ci\n');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}

/** @param {string} command @param {readonly string[]} args */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) fail(`${command}: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with exit code ${status}`);
}

/** @param {string} text @returns {never} */
function fail(text, code = 1) {
  process.stderr.write(`prepare: ${text}\n`);
  process.exit(code);
}

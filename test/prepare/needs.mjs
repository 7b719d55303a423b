// @ts-check
// @ts-check
// What each level of tests needs of the machine, as data: `needs.mjs` in its folder says it, this
// file adds it up, says what is missing, and makes the folder that is all the PATH the level's
// tests get. So a need that nobody declared is missed on every machine, not only on a fresh one.
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isUnpacked as debIsUnpacked } from './debs.mjs';

/**
 * @typedef {object} Needs
 * @property {readonly string[]} [levels] folders of test/ whose needs are needed too
 * @property {Readonly<Record<string, string>>} [commands] a command, and the Debian package that
 * brings it
 * @property {Readonly<Record<string, string>>} [files] a file by its path, and the Debian package
 * that brings it
 * @property {readonly string[]} [debs] Debian packages that are unpacked into the cache folder and
 * never installed
 * @property {readonly import('./releases.mjs').Release[]} [releases] programs of other Debian
 * releases; left out when not to be had
 */

const test = fileURLToPath(new URL('..', import.meta.url));
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Where a command is, whatever PATH an ordinary user has; undefined when it is not there. @param
 * {string} name
 */
export function findCommand(name) {
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}

/**
 * All that the levels need, with what the levels that they name need.
 * @param {readonly string[]} levels
 * @returns {Promise<Required<Needs>>}
 */
export async function needsOf(levels) {
  /** @type {Required<Needs>} */
  let sum = { levels: [], commands: {}, files: {}, debs: [], releases: [] };
  const rest = [...levels];
  for (let level = rest.shift(); level !== undefined; level = rest.shift()) {
    if (sum.levels.includes(level)) continue;
    /** @type {{ needs: Needs }} */
    const { needs } = await import(`../${level}/needs.mjs`);
    rest.push(...(needs.levels ?? []));
    sum = {
      levels: [...sum.levels, level],
      commands: { ...sum.commands, ...needs.commands },
      files: { ...sum.files, ...needs.files },
      debs: [...new Set([...sum.debs, ...(needs.debs ?? [])])],
      releases: [...new Set([...sum.releases, ...(needs.releases ?? [])])],
    };
  }
  return sum;
}

/**
 * What is not there: names of commands, files and unpacked packages, and the Debian packages to
 * install for the first two.
 * @param {Required<Needs>} needs
 */
export function missingOf({ commands, files, debs }) {
  const missing = [
    ...Object.entries(commands).filter(([name]) => findCommand(name) === undefined),
    ...Object.entries(files).filter(([path]) => !existsSync(path)),
  ];
  return {
    names: missing.map(([name]) => name),
    packages: [...new Set(missing.flatMap(([, debian]) => debian.split(' ')))],
    debs: debs.filter((name) => !debIsUnpacked(name)),
  };
}

/**
 * Makes the folder of links to the commands of a level, `node` among them, and gives its path: the
 * whole PATH of its tests.
 * @param {string} level
 */
export async function commandFolder(level) {
  const { commands } = await needsOf([level]);
  const folder = `${test}../build/commands/${level}`;
  mkdirSync(folder, { recursive: true });
  const wanted = new Map([['node', process.execPath]]);
  for (const name of Object.keys(commands)) {
    const path = findCommand(name);
    if (path !== undefined) wanted.set(name, path);
  }
  for (const name of readdirSync(folder)) {
    if (wanted.get(name) !== readlinkSync(`${folder}/${name}`)) rmSync(`${folder}/${name}`);
    else wanted.delete(name);
  }
  for (const [name, path] of wanted) link(path, `${folder}/${name}`);
  return fileURLToPath(new URL(`../../build/commands/${level}`, import.meta.url));
}

/** Another process may have been faster. @param {string} target @param {string} path */
function link(target, path) {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
}

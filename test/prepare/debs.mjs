// @ts-check
// Debian packages of the machine's own release that must not be installed on it, since they take
// over its /etc/resolv.conf or its interfaces: unpacked into the cache folder and used inside
// namespaces.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { cacheFolder } from './archive.mjs';

/** One folder for each release of Debian. @param {string} name */
function folderOf(name) {
  const release = /^VERSION_ID="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  return `${cacheFolder()}/debs-${release}/${name}`;
}

/** @param {string} name */
export function isUnpacked(name) {
  return existsSync(folderOf(name));
}

/**
 * The folder that a package is unpacked in, for tests whose level needs it.
 * @param {string} name
 * @param {import('./needs.mjs').Needs} needs of the level
 */
export function unpackedDeb(name, { debs = [] }) {
  if (!debs.includes(name)) throw new Error(`${name} is not among the debs of this level's needs.mjs`);
  if (!isUnpacked(name)) throw new Error(`${name} is not unpacked: run node test/prepare/prepare.mjs test`);
  return folderOf(name);
}

/**
 * Fetches a package from the machine's own archive and unpacks it, once. @param {string} name
 * @returns {string | undefined} what went wrong
 */
export function unpackDeb(name) {
  const folder = folderOf(name);
  if (isUnpacked(name)) return undefined;
  process.stdout.write(`prepare: unpacking ${name} into ${folder}\n`);
  mkdirSync(`${folder}/..`, { recursive: true });
  const temporary = mkdtempSync(`${folder}.`);
  try {
    const options = /** @type {const} */ ({ cwd: temporary, encoding: 'utf8' });
    const downloaded = spawnSync('apt-get', ['download', '-o', 'APT::Sandbox::User=root', name], options);
    const file = readdirSync(temporary).find((entry) => entry.endsWith('.deb'));
    if (file === undefined) return `apt-get download ${name}: ${(downloaded.stderr ?? '').trim().split('\n').at(-1)}`;
    const unpacked = spawnSync('dpkg-deb', ['-x', file, 'tree'], options);
    if (unpacked.status !== 0) return `dpkg-deb -x ${file}: ${(unpacked.stderr ?? '').trim()}`;
    renameSync(`${temporary}/tree`, folder);
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

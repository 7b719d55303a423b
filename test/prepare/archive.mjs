// @ts-check
// Debian's archive as this machine knows it, and the folder into which what comes from there is
// unpacked, once.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';

/** The same folder that test/world/installations.ts looks in. */
export function cacheFolder() {
  if (process.env.PERCEPT_LTE_CACHE !== undefined) return process.env.PERCEPT_LTE_CACHE;
  if (process.getuid?.() === 0) return '/var/cache/percept-lte';
  return `${process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`}/percept-lte`;
}

/** The first Debian archive in the machine's own sources of apt, or undefined. */
export function mirror() {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(sources|list)$/.test(name)) : [];
  const files = ['/etc/apt/sources.list', ...names.map((name) => `${folder}/${name}`)].filter(existsSync);
  const addresses = files.flatMap(
    (file) => readFileSync(file, 'utf8').match(/^[^#\n]*?\bhttps?:\/\/\S+\/debian\/?(?=\s|$)/gm) ?? [],
  );
  return addresses[0]?.match(/https?:\/\/\S+/)?.[0];
}

// The plain archive, for hosts with neither rpm nor dpkg: the same files under one folder, and a
// script that puts them in their places.
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execute } from './tools.ts';
import { normalise, OWN_FOLDERS, type PackagedFile, type Release } from './tree.ts';

const ARCHITECTURE = { arm64: 'aarch64', x64: 'x86_64' } as const;

/** Writes percept-lte-VERSION-ARCH.tar.gz into `out` and gives its path. */
export function buildTarball(
  release: Release,
  stage: string,
  files: readonly PackagedFile[],
  work: string,
  out: string,
): string {
  const name = `percept-lte-${release.version}-${ARCHITECTURE[release.arch]}`;
  const tree = join(work, 'tar', name);
  mkdirSync(tree, { recursive: true });
  cpSync(stage, join(tree, 'root'), { recursive: true, preserveTimestamps: true });
  writeFileSync(join(tree, 'release'), `${release.version} ${ARCHITECTURE[release.arch]}\n`);
  writeFileSync(join(tree, 'files'), files.map(({ path }) => `${path}\n`).join(''));
  // Inner folders first, as rmdir wants them.
  writeFileSync(
    join(tree, 'folders'),
    [...OWN_FOLDERS]
      .reverse()
      .map((path) => `${path}\n`)
      .join(''),
  );
  writeFileSync(join(tree, 'install'), readFileSync(new URL('scripts/install', import.meta.url)));
  chmodSync(join(tree, 'install'), 0o755);
  normalise(tree, release.epoch);
  const plain = join(work, 'tar', `${name}.tar`);
  const owners = ['--owner=root:0', '--group=root:0', '--numeric-owner', `--mtime=@${release.epoch}`];
  execute('tar', ['--sort=name', '--format=gnu', ...owners, '-C', join(work, 'tar'), '-cf', plain, name]);
  const target = join(out, `${name}.tar.gz`);
  writeFileSync(target, gzipSync(readFileSync(plain), { level: 6 }));
  return target;
}

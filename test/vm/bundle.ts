// What the host makes for the guest: the modem as one file, the package as it is, and the package
// as a later version of itself.
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildPackages } from '../build/package.ts';
import { execute } from '../build/tools.ts';

/** The later version's number, and the line by which its program can be told apart. */
export const LATER = { version: '999.0.0', mark: '// a later version' } as const;

async function modemBundle(target: string): Promise<void> {
  const entry = fileURLToPath(new URL('modem/main.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile: target,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    logLevel: 'error',
  });
}

function laterPackage(deb: string, target: string): void {
  const work = mkdtempSync(join(tmpdir(), 'percept-lte-later-'));
  try {
    execute('dpkg-deb', ['-R', deb, work]);
    const control = join(work, 'DEBIAN/control');
    writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${LATER.version}`));
    appendFileSync(join(work, 'usr/lib/percept-lte/main.js'), `${LATER.mark}\n`);
    execute('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', work, target]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Fills the folder that the guest sees as /mnt/share. */
export async function fillShare(share: string): Promise<void> {
  rmSync(share, { recursive: true, force: true });
  mkdirSync(join(share, 'packages'), { recursive: true });
  await modemBundle(join(share, 'modem.cjs'));
  const built = mkdtempSync(join(tmpdir(), 'percept-lte-built-'));
  try {
    const deb = buildPackages('arm64', built).find((path) => path.endsWith('.deb'));
    if (deb === undefined) throw new Error('no .deb was built');
    cpSync(deb, join(share, 'packages', deb.split('/').at(-1) ?? ''));
    laterPackage(deb, join(share, 'later.deb'));
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
}

// npm run package: from dist/main.js to the .deb, .rpm and .tar.gz in build/packages. `--arch x64`
// builds them for a PC instead of the board; `--xz` packs the .deb and the .rpm smaller, for a release.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { buildDeb } from './deb.ts';
import { buildRpm } from './rpm.ts';
import type { Arch } from './runtime.ts';
import { buildTarball } from './tarball.ts';
import { execute } from './tools.ts';
import { layOut, type Release } from './tree.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * $SOURCE_DATE_EPOCH, else the time of the last commit: the same sources give the same packages.
 */
function sourceDate(): number {
  const given = process.env.SOURCE_DATE_EPOCH ?? execute('git', ['log', '-1', '--format=%ct'], { cwd: root });
  return z.coerce.number().int().positive().parse(given.trim());
}

/** Builds every format for `arch` into `out` and gives the paths. */
export function buildPackages(arch: Arch, out: string, compression: Release['compression'] = 'gzip'): string[] {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const release: Release = { arch, version, epoch: sourceDate(), root, compression };
  // Whoever builds, whatever their umask: modes end up in the packages.
  const umask = process.umask(0o022);
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'percept-lte-package-'));
  try {
    const stage = join(work, 'stage');
    mkdirSync(stage);
    const files = layOut(release, stage);
    return [buildDeb, buildRpm, buildTarball].map((build) => build(release, stage, files, work, out));
  } finally {
    process.umask(umask);
    rmSync(work, { recursive: true, force: true });
  }
}

function main(): void {
  const options = {
    arch: { type: 'string', default: 'arm64' },
    out: { type: 'string', default: join(root, 'build/packages') },
    xz: { type: 'boolean', default: false },
  } as const;
  const { arch, out, xz } = parseArgs({ options }).values;
  for (const path of buildPackages(z.enum(['arm64', 'x64']).parse(arch), resolve(out), xz ? 'xz' : 'gzip')) {
    console.log(`${path} ${(statSync(path).size / 1e6).toFixed(1)} MB`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

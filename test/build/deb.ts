// The Debian package around the staged tree.
import { chmodSync, cpSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OLDEST_IPROUTE2 } from '../../src/ip/ip-json.ts';
import { execute } from './tools.ts';
import { normalise, type PackagedFile, type Release } from './tree.ts';

const ARCHITECTURE = { arm64: 'arm64', x64: 'amd64' } as const;

const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'] as const;

function control({ arch, version }: Release, installedKiB: number): string {
  return `Package: percept-lte
Version: ${version}
Architecture: ${ARCHITECTURE[arch]}
Maintainer: percept-lte maintainers <percept-lte@example.com>
Section: net
Priority: optional
Installed-Size: ${installedKiB}
Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 9), modemmanager (>= 1.10), dbus, iproute2 (>= ${OLDEST_IPROUTE2}), iputils-ping
Description: keeps a board online over LTE, unattended, through ModemManager
 Connects the modem, configures its interface, proves that traffic passes,
 and mends what breaks. Brings its own Node runtime.
`;
}

/** Writes percept-lte_VERSION_ARCH.deb into `out` and gives its path. */
export function buildDeb(
  release: Release,
  stage: string,
  _files: readonly PackagedFile[],
  work: string,
  out: string,
): string {
  const tree = join(work, 'deb');
  cpSync(stage, tree, { recursive: true, preserveTimestamps: true });
  const meta = join(tree, 'DEBIAN');
  mkdirSync(meta);
  const kib = Number(execute('du', ['--apparent-size', '-ks', stage]).split('\t')[0]);
  writeFileSync(join(meta, 'control'), control(release, kib));
  // No conffile: where both sides changed it, dpkg stops an upgrade to ask which of the two to keep,
  // and fails where nobody answers. postinst puts it into its place unless there is one.
  renameSync(join(tree, '/etc/percept-lte.yaml'), join(tree, '/usr/lib/percept-lte/percept-lte.yaml'));
  rmdirSync(join(tree, 'etc'));
  for (const script of SCRIPTS) {
    writeFileSync(join(meta, script), readFileSync(new URL(`scripts/${script}`, import.meta.url)));
    chmodSync(join(meta, script), 0o755);
  }
  normalise(tree, release.epoch);
  const target = join(out, `percept-lte_${release.version}_${ARCHITECTURE[release.arch]}.deb`);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(release.epoch) };
  // Every dpkg reads both.
  execute('dpkg-deb', ['--root-owner-group', `-Z${release.compression}`, '--build', tree, target], { env });
  return target;
}

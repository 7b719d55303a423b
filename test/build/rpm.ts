// The RPM package around the staged tree, for CBL-Mariner: readable by rpm 4.14, and without a
// dependency whose name differs between distributions.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './tools.ts';
import { OWN_FOLDERS, type PackagedFile, type Release } from './tree.ts';

const ARCHITECTURE = { arm64: 'aarch64', x64: 'x86_64' } as const;

const RELEASE = '1';

// rpmbuild must change nothing in the tree, and must not look into binaries of another
// architecture.
const MACROS = {
  __os_install_post: '%{nil}',
  debug_package: '%{nil}',
  _build_id_links: 'none',
  _buildhost: 'localhost',
  use_source_date_epoch_as_buildtime: '1',
  clamp_mtime_to_source_date_epoch: '1',
};

/** zstd, today's default, is unknown to rpm 4.14. */
const PAYLOAD = { gzip: 'w6.gzdio', xz: 'w6.xzdio' } as const;

function fileLine({ path, mode, isConfig }: PackagedFile): string {
  return `${isConfig ? '%config(noreplace) ' : ''}%attr(0${mode.toString(8)}, root, root) ${path}`;
}

function specification(release: Release, stage: string, files: readonly PackagedFile[]): string {
  const script = (name: string) =>
    readFileSync(new URL(`scripts/rpm-${name}`, import.meta.url), 'utf8').replace(/^#!.*\n/, '');
  const folders = OWN_FOLDERS.map((folder) => `%dir %attr(0755, root, root) ${folder}`);
  return `Name: percept-lte
Version: ${release.version.replaceAll('-', '~')}
Release: ${RELEASE}
Summary: Keeps a board online over LTE, unattended, through ModemManager
License: MIT
AutoReqProv: no
# Weak: the vendor's image has them, but not under names that can be relied on.
Recommends: ModemManager
Recommends: iproute
Requires: systemd

%description
Connects the modem, configures its interface, proves that traffic passes,
and mends what breaks. Brings its own Node runtime.

%install
cp -a ${stage}/. %{buildroot}/

%post
${script('post')}
%preun
${script('preun')}
%postun
${script('postun')}
%files
${[...folders, ...files.map(fileLine)].join('\n')}
`;
}

/** Writes percept-lte-VERSION-1.ARCH.rpm into `out` and gives its path. */
export function buildRpm(
  release: Release,
  stage: string,
  files: readonly PackagedFile[],
  work: string,
  out: string,
): string {
  const top = join(work, 'rpm');
  mkdirSync(top);
  const specFile = join(top, 'percept-lte.spec');
  writeFileSync(specFile, specification(release, stage, files));
  const arch = ARCHITECTURE[release.arch];
  const defines = Object.entries({ ...MACROS, _binary_payload: PAYLOAD[release.compression], _topdir: top }).flatMap(
    ([name, value]) => ['--define', `${name} ${value}`],
  );
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(release.epoch) };
  execute('rpmbuild', ['-bb', '--quiet', '--target', `${arch}-linux`, ...defines, specFile], { env });
  const name = `percept-lte-${release.version.replaceAll('-', '~')}-${RELEASE}.${arch}.rpm`;
  copyFileSync(join(top, 'RPMS', arch, name), join(out, name));
  return join(out, name);
}

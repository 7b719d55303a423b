// The installed files, laid out under a staging folder: what goes where, with which mode. The
// formats around them are deb.ts, rpm.ts and tarball.ts.
import { chmodSync, copyFileSync, lutimesSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundledParts, licenceDocument, sbomDocument } from './dependencies.ts';
import { type Arch, nodeRuntime } from './runtime.ts';
import { compileAddon, stripTo } from './toolchain.ts';

/** A file of the package, by its path from the root of the host that it is installed on. */
export interface PackagedFile {
  readonly path: string;
  readonly mode: number;
  readonly isConfig: boolean;
}

export interface Release {
  readonly arch: Arch;
  readonly version: string;
  /** Seconds since 1970: every timestamp in every package, so that two builds are one. */
  readonly epoch: number;
  /** The repository, with dist/main.js built. */
  readonly root: string;
  /** xz saves a third of gzip's size, and takes a minute and a half more for each package. */
  readonly compression: 'gzip' | 'xz';
}

/** The folders that go when the package goes, if nobody else has put anything into them. */
export const OWN_FOLDERS = [
  '/usr/lib/percept-lte',
  '/usr/lib/NetworkManager',
  '/usr/lib/NetworkManager/conf.d',
  '/usr/lib/systemd/system/ModemManager.service.d',
  '/usr/share/doc/percept-lte',
  '/usr/share/doc/percept-lte/examples',
  '/usr/share/bash-completion',
  '/usr/share/bash-completion/completions',
  '/usr/share/zsh',
  '/usr/share/zsh/site-functions',
  '/usr/share/zsh/vendor-completions',
  '/usr/share/fish',
  '/usr/share/fish/vendor_completions.d',
] as const;

// exec: systemd and the shell then talk to Node itself.
const LAUNCHER = `#!/bin/sh
exec /usr/lib/percept-lte/node /usr/lib/percept-lte/main.js "$@"
`;

// usr/lib/systemd, not lib/systemd: Debian 11 without a merged /usr reads both, everybody else has
// only this one.
const COPIED: readonly (readonly [source: string, path: string, mode?: number])[] = [
  ['dist/main.js', '/usr/lib/percept-lte/main.js'],
  ['dist/program.js', '/usr/lib/percept-lte/program.js'],
  ['dist/known-apns.txt', '/usr/lib/percept-lte/known-apns.txt'],
  ['systemd/percept-lte.service', '/usr/lib/systemd/system/percept-lte.service'],
  ['systemd/percept-lte-wait-online.service', '/usr/lib/systemd/system/percept-lte-wait-online.service'],
  [
    'systemd/ModemManager.service.d/50-percept-lte.conf',
    '/usr/lib/systemd/system/ModemManager.service.d/50-percept-lte.conf',
  ],
  ['systemd/10-percept-lte.network', '/usr/lib/systemd/network/10-percept-lte.network'],
  ['systemd/10-percept-lte-multiplexed.network', '/usr/lib/systemd/network/10-percept-lte-multiplexed.network'],
  ['systemd/50-percept-lte-networkmanager.conf', '/usr/lib/NetworkManager/conf.d/50-percept-lte.conf'],
  // 0600 from the start: the day a PIN is written into it, nobody thinks of its mode.
  ['config/percept-lte.yaml', '/etc/percept-lte.yaml', 0o600],
  ['LICENSE', '/usr/share/doc/percept-lte/copyright'],
  ['docs/man/percept-lte.8', '/usr/share/man/man8/percept-lte.8'],
  ['docs/man/percept-lte.yaml.5', '/usr/share/man/man5/percept-lte.yaml.5'],
  ['config/completions/percept-lte.bash', '/usr/share/bash-completion/completions/percept-lte'],
  // Debian's zsh looks in the one, every other in the other.
  ['config/completions/percept-lte.zsh', '/usr/share/zsh/vendor-completions/_percept-lte'],
  ['config/completions/percept-lte.zsh', '/usr/share/zsh/site-functions/_percept-lte'],
  ['config/completions/percept-lte.fish', '/usr/share/fish/vendor_completions.d/percept-lte.fish'],
  ['README.md', '/usr/share/doc/percept-lte/README.md'],
  ['docs/monitoring.md', '/usr/share/doc/percept-lte/monitoring.md'],
  ['config/monitoring/percept-lte.rules.yaml', '/usr/share/doc/percept-lte/examples/percept-lte.rules.yaml'],
  ...['percept-lte-metrics.socket', 'percept-lte-metrics.service', 'percept-lte.dashboard.json'].map(
    (name) => [`config/monitoring/${name}`, `/usr/share/doc/percept-lte/examples/${name}`] as const,
  ),
  ['config/percept-lte.yaml.d/50-fleet.yaml', '/usr/share/doc/percept-lte/examples/50-fleet.yaml'],
  ['config/hooks/50-iotedge', '/usr/share/doc/percept-lte/examples/50-iotedge'],
  ['config/hooks/60-wireguard', '/usr/share/doc/percept-lte/examples/60-wireguard'],
  ['config/hooks/70-data-plan', '/usr/share/doc/percept-lte/examples/70-data-plan'],
];

/** Lays out the files of a release under `stage`, which must be empty. */
export function layOut(release: Release, stage: string): PackagedFile[] {
  const files: PackagedFile[] = [];
  const place = (path: string, mode: number, write: (target: string) => void) => {
    const target = join(stage, path);
    mkdirSync(dirname(target), { recursive: true });
    write(target);
    chmodSync(target, mode);
    files.push({ path, mode, isConfig: path.startsWith('/etc/') });
  };
  const { arch, root, version, epoch } = release;
  const runtime = nodeRuntime(arch);
  const parts = bundledParts(root);
  for (const [source, path, mode = 0o644] of COPIED)
    place(path, mode, (target) => copyFileSync(join(root, source), target));
  const text = (content: string) => (target: string) => writeFileSync(target, content);
  place('/usr/bin/percept-lte', 0o755, text(LAUNCHER));
  place('/usr/share/doc/percept-lte/third-party-licences.txt', 0o644, text(licenceDocument(parts, runtime)));
  place('/usr/share/doc/percept-lte/sbom.cdx.json', 0o644, text(sbomDocument(parts, arch, version, epoch)));
  place('/usr/lib/percept-lte/node', 0o755, (target) => stripTo(arch, join(runtime, 'bin/node'), target));
  const helper = join(root, 'src/system/sd-notify.c');
  place('/usr/lib/percept-lte/sd_notify.node', 0o644, (target) => compileAddon(arch, runtime, helper, target));
  normalise(stage, epoch);
  return files;
}

/**
 * Sets every timestamp below `folder`, and the modes of the folders, to what does not depend on who
 * builds and when.
 */
export function normalise(folder: string, epoch: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) normalise(join(folder, entry.name), epoch);
    else lutimesSync(join(folder, entry.name), epoch, epoch);
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, epoch, epoch);
}

// A root directory to install into, for want of a board: merged /usr, a shell, the few commands
// that the packages' scripts call, with their libraries, copied from this machine. The databases of
// dpkg and rpm hold one package, `board`, which provides by name what the packages want to be
// there; so what they require is really looked up. There is no kernel and no systemd in it:
// `systemctl` writes down what it is told, and enables and disables by the real one, offline.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Arch, nodeRuntime } from '../build/runtime.ts';
import { execute } from '../build/tools.ts';
import { findCommand } from '../prepare/needs.mjs';

const COMMANDS = [
  ...['sh', 'cat', 'chown', 'chmod', 'cmp', 'cp', 'dirname', 'grep', 'id', 'ln', 'ls', 'mkdir', 'mv'],
  ...['readlink', 'rm', 'rmdir', 'uname', 'systemctl'],
];

const SYSTEMCTL = `#!/bin/sh
echo "$*" >> /systemctl.log
verb=$1
shift
[ "\${1:-}" != --now ] || shift
case $verb in
  enable | disable) SYSTEMD_OFFLINE=1 exec systemctl-real --quiet "$verb" "$@" ;;
  is-active) exit 3 ;;
esac
`;

/** What the packages want by name; Debian's with the versions that they ask for. */
const PROVIDED = {
  deb: [
    'libc6 (= 2.31)',
    'libgcc-s1',
    'libstdc++6 (= 10)',
    'modemmanager (= 1.14)',
    'dbus',
    'iproute2 (= 5.10)',
    'iputils-ping',
  ],
  rpm: ['/bin/sh', 'systemd'],
};

export type Format = 'deb' | 'rpm' | 'tar.gz';

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program as root, or as what a user namespace calls root. Nothing is on its input. */
function tryAsRoot(...argv: readonly string[]): Ran {
  const [command = '', ...args] = process.getuid?.() === 0 ? argv : ['unshare', '--map-root-user', ...argv];
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', input: '' });
  if (error !== undefined) throw error;
  return { status, output: stdout + stderr };
}

function asRoot(...argv: readonly string[]): string {
  const { status, output } = tryAsRoot(...argv);
  if (status !== 0) throw new Error(`${argv.join(' ')}: exit code ${status}\n${output}`);
  return output;
}

export class Root {
  readonly path = mkdtempSync(join(tmpdir(), 'percept-lte-root-'));

  /** `isBooted`: its scripts see a systemd that runs; else it is the image of a board. */
  constructor({ isBooted = true } = {}) {
    chmodSync(this.path, 0o755);
    for (const folder of ['bin', 'sbin', 'lib', 'lib64']) {
      mkdirSync(this.at('usr', folder), { recursive: true });
      symlinkSync(`usr/${folder}`, this.at(folder));
    }
    for (const folder of ['dev', 'etc', 'run', 'tmp', 'var/lib', 'var/log', 'var/cache', 'opt'])
      mkdirSync(this.at(folder), { recursive: true });
    writeFileSync(this.at('dev/null'), '');
    writeFileSync(this.at('etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    writeFileSync(this.at('etc/group'), 'root:x:0:\n');
    if (isBooted) mkdirSync(this.at('run/systemd/system'), { recursive: true });
    for (const name of COMMANDS) this.#copyWithLibraries(findCommand(name) ?? '', `usr/bin/${name}`);
    renameSync(this.at('usr/bin/systemctl'), this.at('usr/bin/systemctl-real'));
    writeFileSync(this.at('usr/bin/systemctl'), SYSTEMCTL, { mode: 0o755 });
    for (const library of librariesOf(join(nodeRuntime(hostArch()), 'bin/node'))) this.#copy(library, library);
  }

  at(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  read(path: string): string {
    return readFileSync(this.at(path), 'utf8');
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Runs a program in it. @throws when it fails */
  run(...argv: readonly string[]): string {
    return asRoot('chroot', this.path, ...argv);
  }

  try(...argv: readonly string[]): Ran {
    return tryAsRoot('chroot', this.path, ...argv);
  }

  /** What `systemctl` was told since the last call. */
  calls(): string[] {
    const log = this.at('systemctl.log');
    const told = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    rmSync(log, { force: true });
    return told.filter((call) => !call.startsWith('is-active'));
  }

  /** Every path in it that has our name. */
  ours(): string[] {
    const pruned = ['-path', './opt', '-o', '-path', './var/lib/dpkg', '-o', '-path', './var/lib/rpm'];
    const argv = ['.', '(', ...pruned, ')', '-prune', '-o', '-name', '*percept*', '-print'];
    return execute('find', argv, { cwd: this.path })
      .split('\n')
      .filter(Boolean)
      .map((path) => path.slice(1))
      .sort();
  }

  #copyWithLibraries(from: string, to: string): void {
    for (const library of librariesOf(from)) this.#copy(library, library);
    this.#copy(from, to);
  }

  #copy(from: string, to: string): void {
    if (existsSync(this.at(to))) return;
    mkdirSync(dirname(this.at(to)), { recursive: true });
    copyFileSync(from, this.at(to));
  }
}

/** This machine's, by Node's name: what is installed here is also run. */
export const hostArch = (): Arch => (process.arch === 'arm64' ? 'arm64' : 'x64');

/** The libraries that a program loads, and what loads them. */
function librariesOf(program: string): string[] {
  return [...execute('ldd', [program]).matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path = '']) => path);
}

/** How a package gets into a root and out of it. Each gives what was said. */
export interface Installer {
  install(root: Root, archive: string): string;
  /** To an older version. */
  downgrade(root: Root, archive: string): string;
  remove(root: Root): string;
}

const dpkg = (root: Root, ...args: string[]) => {
  if (!existsSync(root.at('var/lib/dpkg/status'))) {
    for (const folder of ['info', 'updates', 'triggers'])
      mkdirSync(root.at('var/lib/dpkg', folder), { recursive: true });
    writeFileSync(root.at('var/lib/dpkg/status'), '');
    asRoot('dpkg', `--root=${root.path}`, '-i', boardDeb(root));
  }
  return asRoot('dpkg', `--root=${root.path}`, ...args);
};

/** CBL-Mariner's place for the database; Debian's rpm has another default. */
const DATABASE = ['--dbpath', '/var/lib/rpm'];

const rpm = (root: Root, ...args: string[]) => {
  if (!existsSync(root.at('var/lib/rpm'))) {
    mkdirSync(root.at('var/lib/rpm'), { recursive: true });
    asRoot('rpm', '--root', root.path, ...DATABASE, '-i', boardRpm(root));
  }
  return asRoot('rpm', '--root', root.path, ...DATABASE, ...args);
};

/** Unpacks the archive in the root and runs its `install` there. */
const tarball = (root: Root, archive: string, ...args: string[]) => {
  rmSync(root.at('opt'), { recursive: true, force: true });
  mkdirSync(root.at('opt'));
  execute('tar', ['-xzf', archive, '-C', root.at('opt'), '--strip-components=1']);
  return root.run('/opt/install', ...args);
};

export const installers: Readonly<Record<Format, Installer>> = {
  deb: {
    install: (root, archive) => dpkg(root, '-i', archive),
    downgrade: (root, archive) => dpkg(root, '-i', archive),
    remove: (root) => dpkg(root, '-r', 'percept-lte'),
  },
  rpm: {
    install: (root, archive) => rpm(root, '-U', archive),
    downgrade: (root, archive) => rpm(root, '-U', '--oldpackage', archive),
    remove: (root) => rpm(root, '-e', 'percept-lte'),
  },
  'tar.gz': {
    install: (root, archive) => tarball(root, archive),
    downgrade: (root, archive) => tarball(root, archive),
    remove: (root) => root.run('/opt/install', '--uninstall'),
  },
};

/** The installed files that the package manager finds changed, a line each as it says them. */
export const changedFiles: Readonly<Record<'deb' | 'rpm', (root: Root) => string[]>> = {
  deb: (root) => linesOf(tryAsRoot('dpkg', `--root=${root.path}`, '--verify', 'percept-lte').output),
  rpm: (root) => linesOf(tryAsRoot('rpm', '--root', root.path, ...DATABASE, '-V', 'percept-lte').output),
};

/** Debian's rpm begins with a warning that one does not do this on Debian. */
const linesOf = (output: string) => output.split('\n').filter((line) => line !== '' && !line.startsWith('rpm: '));

function boardDeb(root: Root): string {
  const tree = mkdtempSync(join(root.path, 'tmp/deb-'));
  mkdirSync(join(tree, 'DEBIAN'));
  const architecture = execute('dpkg', ['--print-architecture']).trim();
  const lines = [
    ...['Package: board', 'Version: 1', `Architecture: ${architecture}`, 'Maintainer: nobody <nobody@example.com>'],
    ...[`Provides: ${PROVIDED.deb.join(', ')}`, 'Description: what the root has by copy'],
  ];
  writeFileSync(join(tree, 'DEBIAN/control'), `${lines.join('\n')}\n`);
  execute('dpkg-deb', ['--root-owner-group', '--build', tree, root.at('tmp/board.deb')]);
  return root.at('tmp/board.deb');
}

function boardRpm(root: Root): string {
  const top = root.at('tmp/rpm');
  mkdirSync(top);
  const tags = ['Name: board', 'Version: 1', 'Release: 1', 'Summary: what the root has by copy', 'License: none'];
  const provides = PROVIDED.rpm.map((name) => `Provides: ${name}`);
  writeFileSync(join(top, 'board.spec'), [...tags, ...provides, '%description', 'As above.', '%files', ''].join('\n'));
  execute('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${top}`, join(top, 'board.spec')]);
  return execute('find', [top, '-name', '*.rpm']).trim();
}

// The guest's disk: Debian 11 arm64, the board's generation, with this project's files in it,
// booted once and kept as a snapshot. Everything is cached by what it is made of.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeRuntime } from '../build/runtime.ts';
import { stripTo } from '../build/toolchain.ts';
import { cacheFolder, execute } from '../build/tools.ts';
import { mirror } from '../prepare/archive.mjs';
import { Guest, type GuestFiles } from './guest.ts';

const SUITE = 'bullseye';

const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'udev', 'kmod', 'procps', 'linux-image-arm64'],
  ...['modemmanager', 'policykit-1', 'iproute2', 'iputils-ping', 'libstdc++6'],
  // The modem's own needs.
  ...['nftables', 'socat'],
];

// The root disk's drivers are modules; nothing else is needed to get at it.
const INITRAMFS = String.raw`mkdir -p "$1/etc/initramfs-tools/conf.d"
printf 'MODULES=list\nCOMPRESS=gzip\n' > "$1/etc/initramfs-tools/conf.d/guest"
printf 'virtio_pci\nvirtio_blk\next4\n' > "$1/etc/initramfs-tools/modules"`;

// The clock of a machine that builds may be wrong, and bullseye's archive is as old as it is.
const APT = ['Acquire::Check-Valid-Until "false"', 'Acquire::Check-Date "false"', 'APT::Install-Recommends "false"'];

const EXCLUDED = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];

/** What would only cost time or fill the log in a guest without a network and with one console. */
const MASKED = [
  ...['serial-getty@ttyAMA0.service', 'serial-getty@hvc0.service', 'getty@tty1.service', 'systemd-timesyncd.service'],
  ...['apt-daily.timer', 'apt-daily-upgrade.timer', 'e2scrub_reap.service', 'fstrim.timer', 'logrotate.timer'],
];

const DISK_MB = 1500;
const overlay = fileURLToPath(new URL('guest', import.meta.url));

/** The state of a guest that has booted and has nothing installed yet. */
export const BOOTED = 'booted';

function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
}

function overlayContents(): string[] {
  const entries = readdirSync(overlay, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return paths.flatMap((path) => [path.slice(overlay.length), readFileSync(path, 'utf8')]);
}

/**
 * Makes `build` fill a folder once; an interrupted build leaves nothing that would be taken for a
 * whole one.
 */
async function cached(name: string, build: (folder: string) => Promise<void> | void): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  const work = mkdtempSync(join(cacheFolder(), '.image-'));
  try {
    await build(work);
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

function enableEmulation(): void {
  // In a container or a fresh machine nobody has mounted it.
  if (!existsSync('/proc/sys/fs/binfmt_misc/register')) {
    execute('mount', ['-t', 'binfmt_misc', 'binfmt_misc', '/proc/sys/fs/binfmt_misc']);
  }
  if (!existsSync('/proc/sys/fs/binfmt_misc/qemu-aarch64')) execute('update-binfmts', ['--enable', 'qemu-aarch64']);
}

function rootFiles(): Promise<string> {
  return cached(`root-${digest([SUITE, ...PACKAGES, INITRAMFS, ...APT, ...EXCLUDED])}`, (folder) => {
    enableEmulation();
    const options = [
      ...['--mode=root', '--architectures=arm64', '--variant=apt', `--include=${PACKAGES.join(',')}`],
      ...APT.map((line) => `--aptopt=${line}`),
      ...EXCLUDED.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
      `--essential-hook=${INITRAMFS}`,
    ];
    execute('mmdebstrap', [...options, SUITE, join(folder, 'root'), `deb ${mirror()} ${SUITE} main`]);
  });
}

function addOwnFiles(root: string): void {
  cpSync(overlay, root, { recursive: true });
  const units = join(root, 'etc/systemd/system');
  const wants = join(units, 'sysinit.target.wants');
  mkdirSync(wants, { recursive: true });
  symlinkSync('../control-shell.service', join(wants, 'control-shell.service'));
  for (const unit of MASKED) {
    rmSync(join(units, unit), { force: true });
    symlinkSync('/dev/null', join(units, unit));
  }
  mkdirSync(join(root, 'opt/vm'), { recursive: true });
  mkdirSync(join(root, 'mnt/share'), { recursive: true });
  stripTo('arm64', join(nodeRuntime('arm64'), 'bin/node'), join(root, 'opt/vm/node'));
  chmodSync(join(root, 'opt/vm/node'), 0o755);
  // The image builder left the building host's in both.
  for (const [path, content] of [
    ['etc/hostname', 'percept\n'],
    ['etc/resolv.conf', '# nobody has set a name server\n'],
    ['etc/fstab', '/dev/vda / ext4 defaults 0 1\n'],
    ['etc/machine-id', ''],
  ] as const) {
    rmSync(join(root, path), { force: true });
    writeFileSync(join(root, path), content);
  }
  // What kept the image small must not keep a package's own documentation out.
  rmSync(join(root, 'etc/dpkg/dpkg.cfg.d/99mmdebstrap'), { force: true });
}

async function buildGuest(root: string, work: string): Promise<void> {
  const tree = join(work, 'root');
  execute('cp', ['-a', join(root, 'root'), tree]);
  addOwnFiles(tree);
  const files = { kernel: join(work, 'kernel'), initrd: join(work, 'initrd'), disk: join(work, 'disk.qcow2') };
  cpSync(join(tree, 'vmlinuz'), files.kernel, { dereference: true });
  cpSync(join(tree, 'initrd.img'), files.initrd, { dereference: true });
  const raw = join(work, 'disk.raw');
  execute('mke2fs', ['-q', '-t', 'ext4', '-L', 'root', '-d', tree, raw, `${DISK_MB}M`]);
  execute('qemu-img', ['convert', '-O', 'qcow2', raw, files.disk]);
  rmSync(raw);
  rmSync(tree, { recursive: true });
  const guest = await Guest.start({ ...files, share: join(work, 'share') });
  try {
    await guest.ready();
    await guest.save(BOOTED);
  } finally {
    await guest.stop();
  }
}

/**
 * The files of a guest with the snapshot `BOOTED`; several minutes the first time. The disk must be
 * copied before it is written to.
 */
export async function guestImage(): Promise<Omit<GuestFiles, 'share'>> {
  const root = await rootFiles();
  const source = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  const key = digest([root, nodeRuntime('arm64'), source, ...overlayContents()]);
  const folder = await cached(`guest-${key}`, (work) => buildGuest(root, work));
  return { kernel: join(folder, 'kernel'), initrd: join(folder, 'initrd'), disk: join(folder, 'disk.qcow2') };
}

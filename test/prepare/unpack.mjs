// @ts-check
// Unpacks programs of other Debian releases from the machine's mirror into the cache folder, once.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cacheFolder, mirror } from './archive.mjs';
import { installPackages, mayInstall } from './debian.mjs';

/** @typedef {import('./releases.mjs').Release} Release */

/** Places for a world to mount over, which the extract variant does not make. */
const mountPoints = ['proc', 'sys', 'dev', 'run', 'root', 'etc/systemd/network', 'var/lib/NetworkManager', 'tmp'];
/** Whom the programs want to be. */
const passwd = 'root:x:0:0:root:/root:/bin/sh\nsystemd-network:x:998:998::/:/usr/sbin/nologin\n';
const group = 'root:x:0:\nsystemd-network:x:998:\n';
/**
 * Where /usr is merged, the packages bring nothing outside it, and the links are the installer's
 * business.
 */
const usrLinks = ['lib', 'lib64', 'bin', 'sbin'];

/** @param {Release} release */
const folderOf = ({ folder }) => `${cacheFolder()}/${folder}`;

const hasMmdebstrap = () => existsSync('/usr/bin/mmdebstrap');

/**
 * The root directory that a release's program runs in: `/` when the machine has that very version,
 * undefined when it is not to be had. @param {Release} release
 */
export function rootOf(release) {
  if (existsSync(`${folderOf(release)}/${release.program}`)) return folderOf(release);
  return hostVersion(release.program).includes(release.version) ? '/' : undefined;
}

/**
 * Unpacks whatever is missing. Never fails: what cannot be had is named with the reason, and left
 * out.
 * @param {readonly Release[]} releases
 */
export function unpack(releases) {
  const wanted = releases.filter((release) => rootOf(release) === undefined);
  if (wanted.length === 0) return;
  if (!hasMmdebstrap() && mayInstall()) installPackages(['mmdebstrap']);
  for (const release of wanted) {
    const why = unpackOne(release);
    const { name, version } = release;
    if (why !== undefined) process.stdout.write(`prepare: ${name} ${version} is left out: ${why}\n`);
  }
}

/** @type {Map<string, string>} */
const hostVersions = new Map();

/** What the machine's own program says of itself, '' when there is none. @param {string} program */
function hostVersion(program) {
  const known = hostVersions.get(program);
  const version =
    known ?? spawnSync(`/${program}`, ['--version'], { encoding: 'utf8' }).stdout?.split('\n', 1)[0] ?? '';
  hostVersions.set(program, version);
  return version;
}

/** @param {Release} release @returns {string | undefined} why it cannot be had */
function unpackOne(release) {
  if (!hasMmdebstrap()) return 'mmdebstrap is missing (on Debian: sudo apt-get install mmdebstrap)';
  const archive = mirror();
  if (archive === undefined) return 'the sources of apt name no Debian archive';
  const target = folderOf(release);
  const temporary = `${target}.${process.pid}`;
  const { name, version, suites, packages, program } = release;
  process.stdout.write(`prepare: unpacking ${name} ${version} (Debian ${suites.at(-1)}) into ${target}\n`);
  mkdirSync(cacheFolder(), { recursive: true });
  try {
    const args = [
      ...['--quiet', '--variant=extract', `--include=${packages.join(',')}`],
      // A mirror may lag behind, and old suites are no longer signed anew: the signature is checked
      // all the same.
      '--aptopt=Acquire::Check-Valid-Until "false"',
      ...(suites.length > 1 ? [`--aptopt=APT::Default-Release "${suites.at(-1)}"`] : []),
      ...[suites[0], temporary, ...suites.map((suite) => `deb ${archive} ${suite} main`)],
    ];
    const { status, stderr } = spawnSync('mmdebstrap', args, { encoding: 'utf8' });
    if (status !== 0) return `mmdebstrap failed: ${(stderr ?? '').trim().split('\n').at(-1)}`;
    completeTree(temporary);
    const says = versionIn(temporary, program);
    if (!says.includes(version)) return `Debian ${suites.at(-1)} now has "${says}"`;
    renameSync(temporary, target);
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @param {string} root */
function completeTree(root) {
  for (const name of usrLinks) {
    if (!existsSync(`${root}/usr/${name}`)) mkdirSync(`${root}/usr/${name}`);
    if (!existsSync(`${root}/${name}`)) symlinkSync(`usr/${name}`, `${root}/${name}`);
  }
  for (const folder of mountPoints) mkdirSync(`${root}/${folder}`, { recursive: true });
  for (const [file, content] of Object.entries({ passwd, group })) {
    if (!existsSync(`${root}/etc/${file}`)) writeFileSync(`${root}/etc/${file}`, content);
  }
}

/**
 * The first line that a program in another root says of its version. @param {string} root @param
 * {string} program
 */
function versionIn(root, program) {
  const asRoot = process.getuid?.() === 0 ? [] : ['unshare', '--map-root-user'];
  const [file = '', ...args] = [...asRoot, 'chroot', root, `/${program}`, '--version'];
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  return (stdout || stderr || 'nothing').split('\n', 1)[0] ?? '';
}

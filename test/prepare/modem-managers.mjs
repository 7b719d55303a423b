// The other ModemManagers that the worlds run: of Debian 11 (the board's own version) and of Debian 13, unpacked from the
// machine's mirror into the cache folder, once. What cannot be had is said and left out; the tests then skip it by name.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { cacheFolder, mirror } from './archive.mjs';
import { hasCommand, installPackages } from './debian.mjs';

const releases = [
  ['1.14.12', 'bullseye'],
  ['1.20.4', 'bookworm'],
  ['1.24.0', 'trixie'],
];

/** Unpacks whatever is missing. Never fails. */
export function unpackModemManagers() {
  const own = spawnSync('ModemManager', ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const wanted = releases.filter(([version]) => !own.includes(version) && !existsSync(rootOf(version)));
  if (wanted.length === 0) return;
  if (!hasCommand('mmdebstrap') && process.getuid?.() === 0 && hasCommand('apt-get')) installPackages(['mmdebstrap']);
  if (!hasCommand('mmdebstrap')) {
    leaveOut(wanted, 'mmdebstrap is missing (on Debian: sudo apt-get install mmdebstrap)');
    return;
  }
  for (const [version, suite] of wanted) unpack(version, suite);
}

function rootOf(version) {
  return `${cacheFolder()}/modemmanager-${version}`;
}

function unpack(version, suite) {
  const target = rootOf(version);
  const temporary = `${target}.${process.pid}`;
  const archive = mirror();
  if (archive === undefined) {
    leaveOut([[version, suite]], 'the sources of apt name no Debian archive');
    return;
  }
  process.stdout.write(`prepare: unpacking ModemManager ${version} (Debian ${suite}) into ${target}\n`);
  mkdirSync(cacheFolder(), { recursive: true });
  const source = `deb ${archive} ${suite} main`;
  const args = ['--quiet', '--variant=extract', '--include=modemmanager', suite, temporary, source];
  const { status, stderr } = spawnSync('mmdebstrap', args, { encoding: 'utf8' });
  if (status !== 0 || !existsSync(`${temporary}/usr/sbin/ModemManager`)) {
    rmSync(temporary, { recursive: true, force: true });
    leaveOut([[version, suite]], `mmdebstrap failed: ${(stderr ?? '').trim().split('\n').at(-1)}`);
    return;
  }
  // Places for the world to mount over, which the extract variant does not make.
  for (const folder of ['proc', 'sys', 'dev', 'run']) mkdirSync(`${temporary}/${folder}`, { recursive: true });
  renameSync(temporary, target);
}

function leaveOut(versions, why) {
  const names = versions.map(([version]) => version).join(' and ');
  process.stdout.write(`prepare: tests with ModemManager ${names} are left out: ${why}\n`);
}

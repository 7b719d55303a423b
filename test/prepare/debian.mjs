// Commands that must be on the machine, and installing them from Debian's packages without letting anything start by itself.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const policyFile = '/usr/sbin/policy-rc.d';
/** Daemons that the packages would enable. On this machine they are wanted as programs only. */
const units = [
  'ModemManager.service',
  'NetworkManager.service',
  'NetworkManager-dispatcher.service',
  'NetworkManager-wait-online.service',
];
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Whether a command is in one of the usual folders, whatever PATH an ordinary user has. */
export function hasCommand(name) {
  return folders.some((folder) => existsSync(`${folder}/${name}`));
}

/**
 * Sees to it that all of `[command, Debian package]` are there; root on Debian installs what is missing.
 * Returns undefined, or a sentence that says what to do.
 */
export function requireCommands(commands) {
  const missing = () => commands.filter(([command]) => !hasCommand(command));
  if (missing().length === 0) return undefined;
  if (process.getuid?.() === 0 && hasCommand('apt-get')) installPackages(packagesOf(missing()));
  const still = missing();
  if (still.length === 0) return undefined;
  const names = still.map(([command]) => command).join(', ');
  const install = `sudo apt-get install --no-install-recommends ${packagesOf(still).join(' ')}`;
  return `missing: ${names}. On Debian run: ${install}`;
}

function packagesOf(commands) {
  return [...new Set(commands.map(([, debian]) => debian))];
}

/** Installs packages; no daemon is started now, and those that were not there before are not enabled either. */
export function installPackages(packages) {
  process.stdout.write(`prepare: apt-get install ${packages.join(' ')}\n`);
  const fresh = units.filter((unit) => !existsSync(`/lib/systemd/system/${unit}`));
  const ownPolicy = !existsSync(policyFile);
  if (ownPolicy) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    if (aptGet(install) !== 0) {
      aptGet(['update']);
      aptGet(install);
    }
    const installed = fresh.filter((unit) => existsSync(`/lib/systemd/system/${unit}`));
    if (installed.length > 0 && hasCommand('systemctl')) {
      spawnSync('systemctl', ['disable', ...installed], { stdio: 'ignore' });
      process.stdout.write(`prepare: installed but not enabled: ${installed.join(' ')}\n`);
    }
  } finally {
    if (ownPolicy) rmSync(policyFile, { force: true });
  }
}

function aptGet(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Five minutes for another installation that holds the lock.
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];
  return spawnSync('apt-get', [...options, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status;
}

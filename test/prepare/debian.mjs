// @ts-check
// Installing Debian packages without letting anything start by itself.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';

const policyFile = '/usr/sbin/policy-rc.d';
/** Whether packages can be installed here without asking anybody. */
export function mayInstall() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** The command that a person would type. @param {readonly string[]} packages */
export function installCommand(packages) {
  return `sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
}

/**
 * Installs packages. No daemon of theirs is started, now or at the next boot: they are wanted as
 * programs only. @param {readonly string[]} packages
 */
export function installPackages(packages) {
  process.stdout.write(`prepare: apt-get install ${packages.join(' ')}\n`);
  const before = enabled();
  const ownPolicy = !existsSync(policyFile);
  if (ownPolicy) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    if (aptGet(install) !== 0) {
      aptGet(['update']);
      aptGet(install);
    }
  } finally {
    if (ownPolicy) rmSync(policyFile, { force: true });
  }
  const fresh = enabled().filter((link) => !before.includes(link));
  for (const link of fresh) rmSync(link);
  const names = [...new Set(fresh.map((link) => link.split('/').at(-1)))];
  if (names.length > 0) process.stdout.write(`prepare: installed but not enabled: ${names.join(' ')}\n`);
}

/** What systemd starts by itself: the links that `systemctl enable` makes. */
function enabled() {
  const folders = ['/etc/systemd/system', '/etc/systemd/user'].filter((folder) => existsSync(folder));
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isSymbolicLink())
      .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`),
  );
}

/** @param {readonly string[]} args */
export function aptGet(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Five minutes for another installation that holds the lock.
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];
  return spawnSync('apt-get', [...options, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status;
}

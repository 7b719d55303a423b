// node test/prepare/prepare.mjs demo|test|bench: sees to it that the machine has what that needs, from a fresh clone on, and
// builds. Runs before any npm package is installed, so it uses Node alone. Says what it does, and is quick when all is there.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { requireCommands } from './debian.mjs';
import { modemManagers, networkd } from './releases.mjs';
import { hostVersion, unpack } from './unpack.mjs';

const purposes = ['demo', 'test', 'bench'];

/** What a world is made of (test/world): each command and the Debian package that brings it. */
const worldCommands = [
  ['ModemManager', 'modemmanager'],
  ['mmcli', 'modemmanager'],
  ['dbus-daemon', 'dbus-daemon'],
  ['dbus-monitor', 'dbus-bin'],
  ['dbus-broker-launch', 'dbus-broker'],
  ['systemd-socket-activate', 'systemd'],
  ['ip', 'iproute2'],
  ['ss', 'iproute2'],
  ['ping', 'iputils-ping'],
  ['nft', 'nftables'],
  ['dnsmasq', 'dnsmasq-base'],
  ['busybox', 'busybox'],
  ['sysctl', 'procps'],
  ['unshare', 'util-linux'],
  ['mount', 'mount'],
  ['perl', 'perl-base'],
];
const benchCommands = [['NetworkManager', 'network-manager']];

const root = fileURLToPath(new URL('../..', import.meta.url));

main(process.argv[2]);

function main(purpose) {
  if (!purposes.includes(purpose)) fail(`usage: prepare.mjs ${purposes.join('|')}`, 2);
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 20)
    fail(
      `Node.js ${process.versions.node} is too old: 20.10 or later is needed (nodejs.org, or your distribution's nodejs)`,
    );
  installNodePackages();
  const missing = requireCommands([...worldCommands, ...(purpose === 'bench' ? benchCommands : [])]);
  if (missing !== undefined) fail(missing);
  if (purpose === 'test') unpack([...modemManagers.filter((one) => !hostVersion(one).includes(one.version)), networkd]);
  run(process.execPath, ['test/build/build.mjs']);
}

/** `npm ci` when there are no packages yet, or the lock file has changed since. */
function installNodePackages() {
  const installed = `${root}/node_modules/.package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}/package-lock.json`).mtimeMs) return;
  process.stdout.write('prepare: npm ci\n');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) fail(`${command}: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with exit code ${status}`);
}

function fail(text, code = 1) {
  process.stderr.write(`prepare: ${text}\n`);
  process.exit(code);
}

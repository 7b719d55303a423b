// @ts-check
// What a command must leave as it found it, as lines to be compared: processes, namespaces, mounts,
// interfaces, name servers and what starts by itself. Packages and the caches may come; the README
// says so.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** @param {() => string[]} read @returns {string[]} nothing for what ends while it is looked at */
function tolerant(read) {
  try {
    return read();
  } catch {
    return [];
  }
}

const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));

const processes = pids.flatMap((pid) =>
  tolerant(() => [`process ${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`]),
);
const namespaces = pids.flatMap((pid) =>
  tolerant(() => readdirSync(`/proc/${pid}/ns`).map((kind) => `namespace ${readlinkSync(`/proc/${pid}/ns/${kind}`)}`)),
);
// Without the ids, which only number them: root, mount point, and what it is.
const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' '))
  .map((fields) => `mount ${fields[3]} ${fields[4]} ${fields.slice(fields.indexOf('-') + 1, -1).join(' ')}`);
const interfaces = readdirSync('/sys/class/net').map((name) => `interface ${name}`);
const nameServers = existsSync('/etc/resolv.conf') ? readFileSync('/etc/resolv.conf', 'utf8').trim().split('\n') : [];
// The links that `systemctl enable` makes.
const enabled = ['/etc/systemd/system', '/etc/systemd/user'].flatMap((folder) =>
  (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [])
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => `enabled ${entry.parentPath ?? entry.path}/${entry.name}`),
);

const lines = [...new Set([...processes, ...namespaces, ...mounts, ...interfaces, ...nameServers, ...enabled])];
process.stdout.write(`${lines.sort().join('\n')}\n`);

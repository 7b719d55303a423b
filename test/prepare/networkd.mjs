// Unpacks Debian forky's systemd into the cache, for the comparison with systemd-networkd: 6 s, 60 MB, nothing is installed.
// Its Release file may be older than its Valid-Until on mirrors that lag; its signature is checked all the same.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, mirror } from './archive.mjs';

const cache = cacheFolder();
const root = join(cache, 'systemd-networkd');
const source = `deb [check-valid-until=no] ${mirror()} forky main`;
const passwd = 'root:x:0:0:root:/root:/bin/sh\nsystemd-network:x:998:998::/:/usr/sbin/nologin\n';

if (!existsSync(join(root, 'usr/lib/systemd/systemd-networkd'))) {
  const fresh = `${root}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const args = ['--variant=extract', '--include=systemd,udev,dbus', 'forky', fresh, source];
  execFileSync('mmdebstrap', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  for (const name of ['lib', 'lib64', 'bin', 'sbin']) {
    if (!existsSync(join(fresh, name))) symlinkSync(`usr/${name}`, join(fresh, name));
  }
  for (const name of ['proc', 'sys', 'run', 'dev', 'root', 'usr/sbin', 'usr/lib64', 'etc/systemd/network', 'var/lib']) {
    mkdirSync(join(fresh, name), { recursive: true });
  }
  writeFileSync(join(fresh, 'etc/passwd'), passwd);
  writeFileSync(join(fresh, 'etc/group'), 'root:x:0:\nsystemd-network:x:998:\n');
  renameSync(fresh, root);
}

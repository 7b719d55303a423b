// /etc/resolv.conf as containers have it: a mount of its own in a folder that is read-only. The
// mounts are in another namespace, and reached from here by /proc.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileBackend } from '../../../src/network/dns/file.ts';
import { WrittenFiles } from '../../../src/network/dns/written-files.ts';
import { type Namespace, openNamespace } from './namespace.ts';

const { signal } = new AbortController();
const OTHERS = 'search lan\nnameserver 192.168.7.1\n';
const wanted = { interface: 'wwan0', servers: ['198.51.100.53'], preferred: true };

let folder: string;
let namespace: Namespace;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'percept-lte-in-place-'));
  mkdirSync(join(folder, 'etc'));
  writeFileSync(join(folder, 'etc/resolv.conf'), OTHERS);
  namespace = await openNamespace({ mount: true });
  const [etc, file] = [join(folder, 'etc'), join(folder, 'etc/resolv.conf')];
  await namespace.output(
    'sh',
    '-ec',
    `mount --make-rprivate /; mount --bind ${etc} ${etc}; mount --bind ${file} ${file}; mount -o remount,bind,ro ${etc}`,
  );
});
afterEach(() => {
  namespace.end();
  rmSync(folder, { recursive: true });
});

test('it is written in place, and is to the byte what it was afterwards', async () => {
  const root = `/proc/${namespace.pid}/root${folder}`;
  expect(() => writeFileSync(join(root, 'etc/other'), '')).toThrow('EROFS');
  const before = inode();
  const backend = fileBackend({ root, written: new WrittenFiles() });
  expect(await backend.put(wanted, false, signal)).toBe(true);
  expect(text()).toMatch(/nameserver 198\.51\.100\.53\n.*nameserver 192\.168\.7\.1\n/s);
  expect(await backend.put(wanted, true, signal)).toBe(false);
  await backend.take('wwan0', signal);
  expect(text()).toBe(OTHERS);
  expect(inode()).toBe(before);
});

const text = () => readFileSync(join(folder, 'etc/resolv.conf'), 'utf8');
const inode = () => statSync(join(folder, 'etc/resolv.conf')).ino;

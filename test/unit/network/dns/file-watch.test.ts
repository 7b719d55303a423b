// What is heard of a file in a real folder.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FileWatch } from '../../../../src/network/dns/file-watch.ts';

function watching() {
  const root = mkdtempSync(join(tmpdir(), 'watch-'));
  mkdirSync(join(root, 'etc'));
  mkdirSync(join(root, 'run'));
  const path = (name: string) => join(root, name);
  const write = (name: string) => writeFileSync(path(name), 'nameserver 192.168.7.1\n');
  const changed = vi.fn();
  const file = new FileWatch(path('etc/resolv.conf'), changed);
  onTestFinished(() => {
    file.close();
    rmSync(root, { recursive: true });
  });
  const heard = () => vi.waitFor(() => expect(changed).toHaveBeenCalled(), 10_000);
  return { file, changed, heard, path, write };
}

test.each<[string, (path: (name: string) => string, write: (name: string) => void) => void]>([
  ['written in place', (_path, write) => write('etc/resolv.conf')],
  [
    'replaced by a rename',
    (path, write) => {
      write('etc/beside');
      renameSync(path('etc/beside'), path('etc/resolv.conf'));
    },
  ],
  ['taken away', (path) => rmSync(path('etc/resolv.conf'))],
])('nobody notices that the file was %s', async (_, change) => {
  const { file, heard, path, write } = watching();
  write('etc/resolv.conf');
  expect(await file.renew()).toBe(true);
  change(path, write);
  await heard();
  expect(file.isStale).toBe(true);
});

test('nobody notices that the file behind the link was replaced', async () => {
  const { file, changed, heard, path, write } = watching();
  write('run/stub.conf');
  symlinkSync('../run/stub.conf', path('etc/resolv.conf'));
  expect(await file.renew()).toBe(true);
  write('run/other');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(changed).not.toHaveBeenCalled();
  renameSync(path('run/other'), path('run/stub.conf'));
  await heard();
});

test('a file that is not there yet is not waited for', async () => {
  const { file, heard, write } = watching();
  expect(await file.renew()).toBe(true);
  write('etc/resolv.conf');
  await heard();
});

test('a host without the folder is listened to for ever', async () => {
  const { file, path } = watching();
  rmSync(path('etc'), { recursive: true });
  expect(await file.renew()).toBe(false);
});

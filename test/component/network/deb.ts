// Debian packages that must not be installed on the host, since they take over its /etc/resolv.conf: unpacked into a cache folder and used inside namespaces.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = resolve(import.meta.dirname, '../../../.cache/debs');

/** The folder that the package is unpacked in; fetched from the host's own Debian mirror the first time. */
export async function unpackDeb(name: string): Promise<string> {
  const folder = join(CACHE, name);
  const done = await stat(folder).catch(() => undefined); // not yet
  if (done !== undefined) return folder;
  await mkdir(CACHE, { recursive: true });
  const temporary = await mkdtemp(join(CACHE, `.${name}-`));
  try {
    await run('apt-get', ['download', name], { cwd: temporary });
    const file = (await readdir(temporary)).find((entry) => entry.endsWith('.deb')) ?? '';
    await run('dpkg-deb', ['-x', join(temporary, file), join(temporary, 'tree')]);
    // Another worker may have been faster: then its folder is as good.
    await rename(join(temporary, 'tree'), folder).catch(() => {});
    return folder;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

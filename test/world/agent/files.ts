// Files inside the world. /etc and /var/lib are copies-on-write and /run is the world's own, so
// nothing written there stays.

import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export class FileControls {
  /** Writes a whole file (UTF-8) and creates its folders. */
  async write(path: string, text: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { mode });
    await chmod(path, mode);
  }

  /** The file's text; throws ENOENT when it is not there. */
  read(path: string): Promise<string> {
    return readFile(path, 'utf8');
  }

  exists(path: string): Promise<boolean> {
    return stat(path).then(
      () => true,
      () => false,
    );
  }

  async remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true });
  }
}

// A folder for the files of a configuration, new for each test of whoever imports this.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'percept-lte-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a file there, with that mode whatever the umask is. Returns its path. */
export const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

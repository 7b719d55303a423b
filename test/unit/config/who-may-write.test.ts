// A configuration that somebody besides root may write: told, and used all the same.
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../../src/config/load.ts';
import { writableByOthers } from '../../../src/config/who-may-write.ts';
import { file, folder } from './config-folder.ts';

const FILES = ['c.yaml', 'c.yaml.d/50-fleet.yaml', 'image/10-image.yaml'];

/** What is said of a configuration of three files, with these modes. */
async function said(modes: Readonly<Record<string, number>>): Promise<string[]> {
  for (const name of FILES) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    file(name, 'connect: { apn: web }', 0o644);
  }
  for (const [name, mode] of Object.entries(modes)) chmodSync(join(folder, name), mode);
  const { owned, config } = await readConfig(join(folder, 'c.yaml'), {}, { imageFolder: join(folder, 'image') });
  expect(config.connect.apn).toEqual({ kind: 'list', apns: ['web'] });
  const own = statSync(join(folder, 'c.yaml')).uid;
  return writableByOthers(owned, own).map(({ text, remedy }) => `${text} → ${remedy}`.replaceAll(`${folder}/`, ''));
}

test('files and folders that root alone may write: nothing is said', async () => {
  expect(await said({})).toEqual([]);
});

test.each([
  ['c.yaml', '666'],
  ['c.yaml', '664'],
  ['c.yaml.d/50-fleet.yaml', '646'],
  ['image/10-image.yaml', '666'],
  ['c.yaml.d', '777'],
  ['c.yaml.d', '1777'],
  ['image', '775'],
])('%s that others may write (mode %s) is told with what to do', async (name, mode) => {
  expect(await said({ [name]: Number.parseInt(mode, 8) })).toEqual([
    `${name} may be written by others: whoever writes it says where this board connects, from the next reload on` +
      ` → chmod go-w ${name}, then: systemctl reload percept-lte`,
  ]);
});

test('a file of another user is told, one of root or of the daemon’s own user is not', () => {
  const owned = [0, 107, 1000].map((uid) => ({ path: `/etc/${uid}.yaml`, mode: 0o100644, uid }));
  const told = writableByOthers(owned, 107);
  expect(told.map(({ remedy }) => remedy)).toEqual(['chown root /etc/1000.yaml, then: systemctl reload percept-lte']);
  expect(told[0]?.text).toContain('/etc/1000.yaml belongs to another user');
});

test('a name that a shell would read as more than a name stands in quotes', () => {
  const [one] = writableByOthers([{ path: "/etc/a'b;c.yaml", mode: 0o100666, uid: 0 }], 0);
  expect(one?.remedy).toBe(String.raw`chmod go-w '/etc/a'\''b;c.yaml', then: systemctl reload percept-lte`);
});

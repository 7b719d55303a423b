// The packages as a board's package manager takes them: installed for real into a root directory
// of its own (root.ts), upgraded from 0.1.0, and removed; and the archive for boards without one.
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { execute } from '../build/tools.ts';
import { first, hasFirst, today } from './packages.ts';
import { changedFiles, installers, Root } from './root.ts';

const CONFIG = '/etc/percept-lte.yaml';
const LINK = '/etc/systemd/system/multi-user.target.wants/percept-lte.service';
const MEMORY = 'var/lib/percept-lte/memory.json';
const EDITED = 'connect:\n  apn: internet\n';

const roots: Root[] = [];
afterEach(async () => {
  for (const root of roots.splice(0)) root.remove();
  // Everything here is synchronous; vitest wants to hear of a worker now and then.
  await setImmediate();
});

function newRoot(options?: { isBooted: boolean }): Root {
  const root = new Root(options);
  roots.push(root);
  return root;
}

/** As a board has it that has run for a while. */
function live(root: Root): void {
  writeFileSync(root.at(CONFIG), EDITED);
  mkdirSync(root.at('var/lib/percept-lte'), { mode: 0o700 });
  writeFileSync(root.at(MEMORY), '{}\n', { mode: 0o600 });
  mkdirSync(root.at('var/cache/percept-lte'));
}

const modeOf = (root: Root, path: string) => (statSync(root.at(path)).mode & 0o7777).toString(8);

describe.each(['deb', 'rpm', 'tar.gz'] as const)('%s', (format) => {
  const { install, downgrade, remove } = installers[format];

  test('installed, it is enabled and started, runs, and belongs to root alone', () => {
    const root = newRoot();
    install(root, today(format));
    expect(root.calls()).toEqual([
      'daemon-reload',
      'enable percept-lte.service',
      '--no-block start percept-lte.service',
    ]);
    expect(root.ours()).toContain(LINK);
    expect(root.run('/usr/bin/percept-lte', '--version').trim()).toBe(manifest.version);
    expect(root.try('/usr/bin/percept-lte', 'check').output).toMatch(/^ok: /);
    expect(modeOf(root, CONFIG)).toBe('600');
    expect(modeOf(root, 'usr/bin/percept-lte')).toBe('755');
    const foreign = ['-newer', root.at('etc/group'), '!', '-type', 'l', '-path', '*percept*'];
    const odd = ['(', '!', '-uid', String(process.getuid?.()), '-o', '-perm', '/022', ')'];
    expect(execute('find', [root.at('usr'), root.at('etc'), ...foreign, ...odd])).toBe('');
  });

  test('in the image of a board it is enabled, and nothing is started', () => {
    const root = newRoot({ isBooted: false });
    install(root, today(format));
    expect(root.calls().filter((call) => !call.startsWith('enable'))).toEqual([]);
    expect(root.ours()).toContain(LINK);
    remove(root);
    expect(root.ours()).not.toContain(LINK);
  });

  test.skipIf(!hasFirst)('from 0.1.0 and back: config and memory stay, each restarts it once, nobody is asked', () => {
    const root = newRoot();
    install(root, first(format));
    live(root);
    root.calls();
    for (const [step, version] of [
      [() => install(root, today(format)), manifest.version],
      [() => downgrade(root, first(format)), '0.1.0'],
      [() => install(root, today(format)), manifest.version],
    ] as const) {
      step();
      // Not a word of stop: the old one serves until the new one is in its place.
      expect([...new Set(root.calls())]).toEqual(['daemon-reload', 'try-restart percept-lte.service']);
      expect(root.run('/usr/bin/percept-lte', '--version').trim()).toBe(version);
      expect(root.read(CONFIG)).toBe(EDITED);
      expect(modeOf(root, CONFIG)).toBe('600');
      expect(root.read(MEMORY)).toBe('{}\n');
      expect(root.ours()).toContain(LINK);
    }
  });

  test('removed, it leaves config and memory; installed again it is enabled again', () => {
    const root = newRoot();
    install(root, today(format));
    live(root);
    root.calls();
    remove(root);
    expect(root.calls()).toEqual([
      'disable --now percept-lte.service percept-lte-wait-online.service',
      'daemon-reload',
    ]);
    // rpm puts an edited config of a package that goes out of the way, by its own rule.
    const kept = format === 'rpm' ? `${CONFIG}.rpmsave` : CONFIG;
    expect(root.ours()).toEqual([kept, '/var/lib/percept-lte']);
    expect(root.read(kept)).toBe(EDITED);
    for (const folder of ['usr/lib/NetworkManager', 'usr/share/fish', 'usr/share/zsh'])
      expect(existsSync(root.at(folder)), folder).toBe(false);
    install(root, today(format));
    expect(root.calls()).toContain('enable percept-lte.service');
    expect(root.ours()).toContain(LINK);
    expect(root.read(MEMORY)).toBe('{}\n');
  });
});

test.each(['deb', 'rpm'] as const)('%s: the package manager finds every file as it was packed', (format) => {
  const root = newRoot();
  installers[format].install(root, today(format));
  expect(changedFiles[format](root)).toEqual([]);
  chmodSync(root.at('usr/lib/percept-lte/main.js'), 0o644);
  appendFileSync(root.at('usr/lib/percept-lte/main.js'), ' ');
  expect(changedFiles[format](root).join()).toContain('/usr/lib/percept-lte/main.js');
});

test('purged, the deb leaves nothing', () => {
  const root = newRoot();
  installers.deb.install(root, today('deb'));
  live(root);
  execute('dpkg', [`--root=${root.path}`, '-P', 'percept-lte']);
  expect(root.ours()).toEqual([]);
});

describe('the archive’s install', () => {
  const unpack = (root: Root) => installers['tar.gz'].install(root, today('tar.gz'));

  test('run again it changes nothing and starts nothing anew, but mends what was damaged', () => {
    const root = newRoot();
    unpack(root);
    root.calls();
    expect(root.run('/opt/install')).toContain('0 of them new or changed');
    expect(root.calls()).toEqual([]);
    writeFileSync(root.at('usr/lib/percept-lte/main.js'), 'broken');
    expect(root.run('/opt/install')).toContain('1 of them new or changed');
    expect(root.calls()).toEqual(['daemon-reload', 'try-restart percept-lte.service']);
    expect(root.run('/usr/bin/percept-lte', '--version').trim()).toBe(manifest.version);
  });

  test('what the version before had and this one has not is removed', () => {
    const root = newRoot();
    unpack(root);
    writeFileSync(root.at('usr/lib/percept-lte/gone'), '');
    appendFileSync(root.at('usr/lib/percept-lte/files'), '/usr/lib/percept-lte/gone\n');
    expect(root.run('/opt/install')).toContain('/usr/lib/percept-lte/gone is removed');
    expect(readdirSync(root.at('usr/lib/percept-lte'))).not.toContain('gone');
  });

  test('--root DIR installs into an image, and --uninstall takes it away again, twice as well as once', () => {
    const host = newRoot();
    const image = '/tmp/image';
    mkdirSync(host.at(image));
    unpack(host);
    host.calls();
    const before = execute('find', [host.at('usr'), host.at('etc'), '-printf', '%p %T@ %i\n']);
    host.run('/opt/install', '--root', image);
    expect(readdirSync(host.at(image, 'etc/systemd/system/multi-user.target.wants'))).toEqual(['percept-lte.service']);
    expect(
      host.run(`${image}/usr/lib/percept-lte/node`, `${image}/usr/lib/percept-lte/main.js`, '--version').trim(),
    ).toBe(manifest.version);
    expect(host.run('/opt/install', '--uninstall', '--root', image)).toContain('percept-lte is removed');
    expect(host.run('/opt/install', '--uninstall', '--root', image)).toContain('is not installed');
    expect(execute('find', [host.at(image), '-type', 'f']).trim()).toBe(host.at(image, CONFIG));
    expect(host.calls(), 'the host is not touched').toEqual([]);
    expect(execute('find', [host.at('usr'), host.at('etc'), '-printf', '%p %T@ %i\n'])).toBe(before);
  });

  test('a link that leads out of the image is refused before anything is changed', () => {
    const host = newRoot();
    unpack(host);
    rmSync(host.at(CONFIG));
    mkdirSync(host.at('tmp/image'));
    symlinkSync('/etc', host.at('tmp/image/etc'));
    const { status, output } = host.try('/opt/install', '--root', '/tmp/image');
    expect([status, output]).toEqual([1, 'install: /tmp/image/etc leads out of /tmp/image; nothing was changed\n']);
    expect(readdirSync(host.at('tmp/image'))).toEqual(['etc']);
    expect(host.ours()).not.toContain(CONFIG);
  });

  test.each(['deb', 'rpm'] as const)('where the %s is installed it refuses, and names who has it', (format) => {
    const root = newRoot();
    installers[format].install(root, today(format));
    const unpacked = root.at('tmp/unpacked');
    mkdirSync(unpacked);
    execute('tar', ['-xzf', today('tar.gz'), '-C', unpacked, '--strip-components=1']);
    // From outside: the root has no rpm.
    const install = () => execute(`${unpacked}/install`, ['--root', root.path]);
    expect(install).toThrow(`percept-lte was installed by ${format === 'deb' ? 'dpkg' : 'rpm'} in ${root.path}`);
  });

  test.each([
    [['--remove'], "there is no option '--remove'"],
    [['--root'], '--root needs a folder'],
    [['--root', '/nowhere'], '/nowhere is no folder'],
  ])('%s is refused', (argv, says) => {
    const root = newRoot();
    unpack(root);
    const { status, output } = root.try('/opt/install', ...argv);
    expect(status).not.toBe(0);
    expect(output).toContain(says);
  });
});

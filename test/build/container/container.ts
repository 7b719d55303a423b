// Runs Dockerfile.build with buildah where no base image can be pulled: on a Debian 12 made here,
// with this host's Node and npm in it. Leaves the packages in build/container-packages. As root; CI
// compares them with those of `npm run package`.
import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, execute } from '../tools.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const BASE = 'localhost/percept-lte-base:bookworm';
const RESULT = 'localhost/percept-lte-packages';

const HOST_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const APT = ['Acquire::Check-Valid-Until "false"', 'Acquire::Check-Date "false"'];

// Neither needs a kernel feature that a container or a virtual machine may lack.
const env = { ...process.env, BUILDAH_ISOLATION: 'chroot', STORAGE_DRIVER: 'vfs' };
const buildah = (...args: string[]) => execute('buildah', args, { env, cwd: root }).trim();

/** A Debian 12 as an archive, made once. */
function baseArchive(): string {
  const archive = join(cacheFolder(), 'container-base-bookworm.tar');
  if (existsSync(archive)) return archive;
  const options = APT.map((line) => `--aptopt=${line}`);
  const partial = `${archive.slice(0, -4)}.part.tar`;
  execute('mmdebstrap', ['--variant=minbase', '--include=ca-certificates', ...options, 'bookworm', partial]);
  execute('mv', [partial, archive]);
  return archive;
}

/** Makes the base image: that Debian with what the host's `node` and `npm` are. */
function baseImage(): void {
  const npm = dirname(dirname(realpathSync(execute('sh', ['-c', 'command -v npm']).trim())));
  const container = buildah('from', 'scratch');
  try {
    buildah('add', '--quiet', container, baseArchive(), '/');
    buildah('copy', '--quiet', container, process.execPath, '/usr/local/bin/node');
    buildah('copy', '--quiet', container, npm, '/usr/local/lib/npm');
    buildah('run', container, '--', 'ln', '-s', '../lib/npm/bin/npm-cli.js', '/usr/local/bin/npm');
    buildah('run', container, '--', 'ln', '-s', '../lib/npm/bin/npx-cli.js', '/usr/local/bin/npx');
    // A host behind an inspecting proxy trusts what Debian does not; npm in the container must
    // trust the same.
    if (existsSync(HOST_CERTIFICATES)) {
      buildah('copy', '--quiet', container, HOST_CERTIFICATES, '/usr/local/share/host-certificates.crt');
      buildah('config', '--env', 'NODE_EXTRA_CA_CERTS=/usr/local/share/host-certificates.crt', container);
    }
    // The clock of the machine that builds may be wrong.
    for (const line of APT)
      buildah('run', container, '--', 'sh', '-c', `echo '${line};' >> /etc/apt/apt.conf.d/99clock`);
    buildah('commit', '--quiet', container, BASE);
  } finally {
    buildah('rm', container);
  }
}

baseImage();
const epoch = process.env.SOURCE_DATE_EPOCH ?? execute('git', ['log', '-1', '--format=%ct'], { cwd: root }).trim();
const given = ['--build-arg', `BASE=${BASE}`, '--build-arg', `SOURCE_DATE_EPOCH=${epoch}`];
buildah('bud', '--pull-never', '--network=host', ...given, '-f', 'Dockerfile.build', '-t', RESULT, '.');
const target = join(root, 'build/container-packages');
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const container = buildah('from', '--pull-never', RESULT);
execute('sh', ['-c', 'cp "$1"/percept-lte* "$2"/', 'sh', buildah('mount', container), target]);
buildah('umount', container);
buildah('rm', container);
buildah('rmi', RESULT, BASE);
console.log(execute('sha256sum', ['--', ...execute('ls', [target]).trim().split('\n')], { cwd: target }).trim());

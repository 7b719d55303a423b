// @ts-check
// What building and packaging need of the machine: see test/prepare/needs.mjs. One file of C is
// compiled for arm64, with the cross compiler where the machine is something else.
const cross = process.arch !== 'arm64';
const prefix = cross ? 'aarch64-linux-gnu-' : '';

/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  commands: {
    npm: 'npm',
    git: 'git',
    tar: 'tar',
    du: 'coreutils',
    'dpkg-deb': 'dpkg',
    rpmbuild: 'rpm',
    [`${prefix}gcc`]: cross ? 'gcc-aarch64-linux-gnu' : 'gcc',
    [`${prefix}strip`]: cross ? 'binutils-aarch64-linux-gnu' : 'binutils',
  },
  files: cross
    ? { '/usr/aarch64-linux-gnu/include/stdio.h': 'libc6-dev-arm64-cross' }
    : { '/usr/include/stdio.h': 'libc6-dev' },
};

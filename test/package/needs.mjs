// @ts-check
// What the tests of the packages need beside what builds them: see test/prepare/needs.mjs.
/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  levels: ['build', 'world'],
  commands: {
    objdump: 'binutils',
    dpkg: 'dpkg',
    rpm: 'rpm',
    rpm2cpio: 'rpm2cpio',
    cpio: 'cpio',
    'systemd-analyze': 'systemd',
    systemctl: 'systemd',
    ldd: 'libc-bin',
    chroot: 'coreutils',
    unshare: 'util-linux',
    grep: 'grep',
    gcc: 'gcc',
    gzip: 'gzip',
    sh: 'dash',
    find: 'findutils',
    diff: 'diffutils',
    cmp: 'diffutils',
  },
};

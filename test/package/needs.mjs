// @ts-check
// What the tests of the packages need beside what builds them: see test/prepare/needs.mjs.
/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  levels: ['build'],
  commands: {
    objdump: 'binutils',
    rpm: 'rpm',
    rpm2cpio: 'rpm2cpio',
    cpio: 'cpio',
    'systemd-analyze': 'systemd',
    sh: 'dash',
    find: 'findutils',
    diff: 'diffutils',
  },
};

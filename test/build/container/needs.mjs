// @ts-check
// What building in a container needs of the machine: see test/prepare/needs.mjs.
/** @type {import('../../prepare/needs.mjs').Needs} */
export const needs = {
  commands: {
    buildah: 'buildah',
    mmdebstrap: 'mmdebstrap',
    git: 'git',
    npm: 'npm',
    sh: 'dash',
    sha256sum: 'coreutils',
  },
};

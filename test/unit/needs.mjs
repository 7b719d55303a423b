// @ts-check
// What the unit tests need of the machine: see test/prepare/needs.mjs.
/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  commands: {
    sh: 'dash',
    bash: 'bash',
    cat: 'coreutils',
    mkfifo: 'coreutils',
    sleep: 'coreutils',
    tar: 'tar',
    gzip: 'gzip',
    unshare: 'util-linux',
    mount: 'mount',
  },
};

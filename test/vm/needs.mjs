// @ts-check
// What the guest needs of the machine beside the packages that are installed in it: see
// test/prepare/needs.mjs.
/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  levels: ['build'],
  commands: {
    'qemu-system-aarch64': 'qemu-system-arm ipxe-qemu',
    'qemu-img': 'qemu-utils',
    'qemu-aarch64-static': 'qemu-user-static',
    'update-binfmts': 'binfmt-support',
    mmdebstrap: 'mmdebstrap',
    'arch-test': 'arch-test',
    mke2fs: 'e2fsprogs',
    setpriv: 'util-linux',
    mount: 'mount',
  },
};

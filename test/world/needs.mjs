// @ts-check
// What a world is made of: see test/prepare/needs.mjs.
import { modemManagers } from '../prepare/releases.mjs';

/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  commands: {
    ModemManager: 'modemmanager',
    mmcli: 'modemmanager',
    'dbus-daemon': 'dbus-daemon',
    'dbus-send': 'dbus-bin',
    'dbus-broker-launch': 'dbus-broker',
    'systemd-socket-activate': 'systemd',
    ip: 'iproute2',
    ss: 'iproute2',
    ping: 'iputils-ping',
    nft: 'nftables',
    dnsmasq: 'dnsmasq-base',
    unshare: 'util-linux',
    setpriv: 'util-linux',
    mount: 'mount',
    umount: 'mount',
    openssl: 'openssl',
    // The carrier's own tools, and what the scripts of the tests are made of.
    perl: 'perl-base',
    sh: 'dash',
    ps: 'procps',
    kill: 'procps',
    sysctl: 'procps',
    chroot: 'coreutils',
    mknod: 'coreutils',
    stty: 'coreutils',
    mkdir: 'coreutils',
    mkfifo: 'coreutils',
    ln: 'coreutils',
    rm: 'coreutils',
    cat: 'coreutils',
    ls: 'coreutils',
    dd: 'coreutils',
    test: 'coreutils',
    true: 'coreutils',
    sleep: 'coreutils',
    find: 'findutils',
  },
  files: { '/etc/protocols': 'netbase', '/etc/services': 'netbase' },
  releases: modemManagers,
};

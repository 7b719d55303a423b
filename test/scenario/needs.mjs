// @ts-check
// What the scenarios need beside a world: see test/prepare/needs.mjs.
import { networkd } from '../prepare/releases.mjs';

/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  levels: ['world'],
  commands: {
    NetworkManager: 'network-manager',
    nmcli: 'network-manager',
    busybox: 'busybox',
    pgrep: 'procps',
    which: 'debianutils',
    env: 'coreutils',
    chown: 'coreutils',
  },
  debs: ['dhcpcd-base', 'isc-dhcp-client'],
  releases: [networkd],
};

// @ts-check
// What `npm run bench` needs beside what the demo does: see test/prepare/needs.mjs.
/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  levels: ['demo'],
  commands: { NetworkManager: 'network-manager', nmcli: 'network-manager', 'dbus-monitor': 'dbus-bin' },
};

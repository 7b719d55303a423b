// @ts-check
// What `npm run bench` needs beside what the demo does: see test/prepare/needs.mjs.
import { networkManager } from '../prepare/releases.mjs';

/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  levels: ['demo'],
  releases: [networkManager],
  commands: {
    git: 'git',
    NetworkManager: 'network-manager',
    nmcli: 'network-manager',
    'dbus-monitor': 'dbus-bin',
  },
};

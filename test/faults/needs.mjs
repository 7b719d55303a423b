// @ts-check
// What the table of faults needs beside a world, the managers that it is played on among it: see
// test/prepare/needs.mjs.
import { networkd, networkManager } from '../prepare/releases.mjs';

/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  levels: ['world'],
  commands: { bash: 'bash', busybox: 'busybox', chown: 'coreutils', env: 'coreutils' },
  releases: [networkManager, networkd],
};

// Where each kind of test is, and what it may cost: unit and component tests run anywhere in parallel; the others build worlds of namespaces
// (test/world), after the worlds' agent has been bundled once. The daemon's scenarios run against each ModemManager that prepare has found.
import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { cacheFolder } from './world/installations.ts';

/** Mostly waiting for ModemManager's own 2.5 s of probing, so more worlds than cores. */
const WORLDS_AT_ONCE = 4;

const unpacked = (version: string) => existsSync(`${cacheFolder()}/modemmanager-${version}/usr/sbin/ModemManager`);

/** The board's first; `host` is 1.20.4 on Debian 12. prepare.mjs names those that are left out. */
const modemManagers = ['1.14.12', 'host', '1.24.0'].filter((version) => version === 'host' || unpacked(version));

const worldly = {
  globalSetup: ['test/world/global-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  maxConcurrency: 3,
  // Real programs on a host that may be busy: a world that went wrong is built anew once. Twice is a fault.
  retry: 1,
  pool: 'forks' as const,
};

/** These choose their ModemManagers themselves. */
const ownChoice = ['test/scenario/modem-client.test.ts'];

export default defineConfig({
  test: {
    poolOptions: { forks: { maxForks: WORLDS_AT_ONCE, minForks: 1 } },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000, pool: 'forks' } },
      {
        test: {
          name: 'component',
          include: ['test/component/**/*.test.ts'],
          retry: 1,
          testTimeout: 60_000,
          pool: 'forks',
        },
      },
      {
        test: {
          ...worldly,
          name: 'world',
          include: ['test/world/**/*.test.ts', 'test/faults/**/*.test.ts', ...ownChoice],
        },
      },
      ...modemManagers.map((version) => ({
        test: {
          ...worldly,
          name: `modemmanager ${version}`,
          include: ['test/scenario/**/*.test.ts'],
          exclude: ownChoice,
          env: { WORLD_MODEMMANAGER: version },
        },
      })),
    ],
  },
});

// Where each kind of test is, and what it may cost: unit and component tests run anywhere in parallel; world and scenario
// tests build worlds of namespaces (test/world), two at a time, after the worlds' agent has been bundled once.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    poolOptions: { forks: { maxForks: 2, minForks: 1 } },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], pool: 'threads' } },
      {
        test: {
          name: 'component',
          include: ['test/component/**/*.test.ts'],
          testTimeout: 20_000,
          pool: 'threads',
        },
      },
      {
        test: {
          name: 'world',
          include: ['test/world/**/*.test.ts', 'test/scenario/**/*.test.ts'],
          globalSetup: ['test/world/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

// npm run test:package: the packages themselves. Needs dist/main.js and what test/build/tools.ts
// installs or names.
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/package/global-setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});

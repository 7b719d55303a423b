import { defineConfig } from 'vitest/config';

// npm run test:vm. Deadlines are for an emulated machine on a busy host: at least four times what
// was measured.
export default defineConfig({
  test: {
    include: ['test/vm/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    bail: 0,
    reporters: ['verbose'],
  },
});

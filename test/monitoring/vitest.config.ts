import { defineConfig } from 'vitest/config';

// npm run test:monitoring: the alerts and the dashboard by Prometheus' own tool.
export default defineConfig({
  test: { include: ['test/monitoring/**/*.test.ts'], testTimeout: 60_000 },
});

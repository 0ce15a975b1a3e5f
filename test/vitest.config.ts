import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    // A test that waits for something waits for an event; this bounds what never comes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // Two workers on two cores: four node processes of a cluster test run beside them.
    maxWorkers: 2,
    // Only what fails prints what it logged.
    silent: 'passed-only',
    slowTestThreshold: 2_000,
  },
});

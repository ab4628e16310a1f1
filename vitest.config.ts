import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**', 'node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    /** Kafkajs 2.2.4 sets timers in the past. */
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    /** Many tests wait for windows and processes: a worker more than there are processors. */
    maxWorkers: Math.max(3, availableParallelism() + 1),
  },
});

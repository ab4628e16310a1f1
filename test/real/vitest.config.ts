import { defineConfig } from 'vitest/config';

/** Tests against real servers, which they install and start themselves; two files at a time, since the servers are heavy. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 900_000,
    setupFiles: 'test/support/note-evidence.ts',
    pool: 'forks',
    /** Kafkajs 2.2.4 sets timers in the past. */
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    maxWorkers: 2,
  },
});

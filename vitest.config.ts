import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Their tests leave nothing behind in a process: no variables of the environment, no clients made over. */
const sharing = [
  'test/core/*.test.ts',
  'test/core/{contract,delta,columnar,formats,pipeline}/**/*.test.ts',
  'test/core/adapters/{duckdb,files,lake,registries}/**/*.test.ts',
  'test/{capabilities,docs,fuzz,lib,simulation,support}/**/*.test.ts',
  'test/scripts/local/**/*.test.ts',
];
const never = ['test/real/**', 'node_modules/**'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: 'test/support/note-evidence.ts',
    pool: 'forks',
    /** Kafkajs 2.2.4 sets timers in the past. */
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    /** Many tests wait for windows and processes: a worker more than there are processors. */
    maxWorkers: Math.max(3, availableParallelism() + 1),
    projects: [
      { extends: true, test: { name: 'sharing', include: sharing, exclude: never, isolate: false } },
      { extends: true, test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: [...sharing, ...never] } },
    ],
  },
});

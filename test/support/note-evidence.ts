import { afterEach } from 'vitest';
import { takeEvidence } from './capability-evidence.ts';

/* Set up for every file of tests: a test answers for what was done since the one before it, hooks included. */
afterEach(({ task }) => {
  Object.assign(task.meta, { capability: takeEvidence() });
});

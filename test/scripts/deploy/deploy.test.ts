import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const script = join(import.meta.dirname, '../../../scripts/deploy/deploy.ts');

test.each([
  ['local', 'local'],
  ['nowhere', 'nowhere'],
  [undefined, 'none'],
])('%s is not deployed to AWS', (environment, got) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [script, ...(environment === undefined ? [] : [environment])],
    {
      encoding: 'utf8',
    },
  );
  expect(stderr).toContain(`expected an environment out of dev, prod; got ${got}`);
  expect(status).toBe(2);
});

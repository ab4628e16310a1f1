import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { forbiddenImports } from '../../scripts/import-arrows.ts';

test('the tree has no import against the arrows', async () => {
  expect(await forbiddenImports(process.cwd())).toEqual([]);
});

test('an import against the arrows is found, with the reason', async () => {
  const root = mkdtempSync(join(tmpdir(), 'arrows-'));
  const files = {
    'lambdas/core/delta/replay.ts': "import type { X } from '../pipeline/x.ts';\nimport 'node:fs';\nexport type Y = X;",
    'lambdas/core/pipeline/x.ts': "import '@aws-sdk/client-s3'; export type X = 1;",
    'lib/stack.ts': "import 'aws-cdk-lib'; export {};",
    'bin/app.ts': "import '../lib/stack.ts';",
    'scripts/a.ts': 'export {};',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  expect((await forbiddenImports(root)).map(({ from, to }) => `${from} → ${to}`).sort()).toEqual([
    'lambdas/core/delta/replay.ts → lambdas/core/pipeline/x.ts',
    'lambdas/core/delta/replay.ts → node:fs',
    'lambdas/core/pipeline/x.ts → @aws-sdk/client-s3',
  ]);
});

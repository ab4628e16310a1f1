import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingsFiles } from '../../scripts/settings-files.ts';

const root = join(import.meta.dirname, '../..');

test('what is generated from the schema of settings is fresh: else run npm run generate', async () => {
  for (const { path, expected, found } of await settingsFiles(root)) expect(found, path).toBe(expected);
});

test('every key is explained', async () => {
  const docs = (await settingsFiles(root)).find(({ path }) => path === 'docs/configuration.md');
  const rows = [...(docs?.expected ?? '').matchAll(/^\| `([\w.<>]+)` \| (.*) \| (.*) \| (.*) \|$/gm)];
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter(([, , , , meaning]) => meaning?.trim() === '').map(([, key]) => key)).toEqual([]);
});

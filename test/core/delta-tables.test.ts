import { describe, expect, test } from 'vitest';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { canonicalLines, liveFile, sha256OfLines, snapshotOf } from '../support/canonical-lines.ts';
import { deltaTables, deltaTablesFolder, linesOf } from '../support/delta-tables.ts';

const tables = deltaTables();

test('tables that others wrote are there to be read', () => {
  if (deltaTablesFolder === undefined) {
    console.info('../shared/delta-tables is absent: the tables that others wrote are not read here');
  }
  if (process.env.CI) expect(deltaTablesFolder).toBeDefined();
});

const byPath = (left: { path: string }, right: { path: string }) => (left.path < right.path ? -1 : 1);

describe.each(tables)('$table', ({ folder, versions }) => {
  const store = fileObjectStore(folder);

  const withRows = versions.filter(({ rows }) => rows !== undefined);
  test.each(withRows)('version $version: $rows rows', async ({ version, rows, sha256, expected }) => {
    const lines = await canonicalLines(store, await snapshotOf(store, version));
    if (expected !== undefined) expect(lines).toEqual(linesOf(expected));
    expect({ rows: lines.length, sha256: sha256OfLines(lines) }).toEqual({ rows, sha256 });
  });

  const withFiles = versions.filter(({ files }) => files !== undefined);
  test.each(withFiles)('version $version: live files', async ({ version, files }) => {
    const { files: live } = await snapshotOf(store, version);
    const wanted = linesOf(files!).map((line) => JSON.parse(line) as ReturnType<typeof liveFile>);
    expect([...live.values()].map(liveFile).sort(byPath)).toEqual(wanted.sort(byPath));
  });

  const refused = versions.filter(({ error }) => error !== undefined);
  test.each(refused)('version $version: $error', async ({ version, error }) => {
    const reading = snapshotOf(store, version).then((snapshot) => canonicalLines(store, snapshot));
    await expect(reading).rejects.toMatchObject({ name: error, message: expect.stringContaining('expected') });
  });
});

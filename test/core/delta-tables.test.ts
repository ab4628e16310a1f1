import { describe, expect, test } from 'vitest';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { canonicalLines, liveFile, openedTable, sha256OfLines } from '../support/canonical-lines.ts';
import { deltaTables, deltaTablesFolder, linesOf } from '../support/delta-tables.ts';

const tables = deltaTables();

test('tables that others wrote are there to be read', () => {
  if (deltaTablesFolder === undefined) {
    console.info('../shared/delta-tables is absent: the tables that others wrote are not read here');
  }
  if (process.env.CI) expect(deltaTablesFolder, 'expected the folder in continuous integration').toBeDefined();
});

const byPath = (left: { path: string }, right: { path: string }) => (left.path < right.path ? -1 : 1);

describe.each(tables)('$table', ({ folder, versions }) => {
  const store = fileObjectStore(folder);

  const withRows = versions.filter(({ rows }) => rows !== undefined);
  test.each(withRows)('version $version: $rows rows', async ({ version, rows, sha256, expected }) => {
    const lines = await canonicalLines(store, await openedTable(store, version));
    if (expected !== undefined) expect(lines).toEqual(linesOf(expected));
    expect({ rows: lines.length, sha256: sha256OfLines(lines) }).toEqual({ rows, sha256 });
  });

  const withFiles = versions.filter(({ files }) => files !== undefined);
  test.each(withFiles)('version $version: live files', async ({ version, files }) => {
    const wanted = linesOf(files!).map((line) => JSON.parse(line) as ReturnType<typeof liveFile>);
    const snapshot = await loadSnapshot(store, checkpointCodec, version);
    expect([...snapshot!.files.values()].map(liveFile).sort(byPath)).toEqual(wanted.sort(byPath));
    const streamed = await Array.fromAsync((await openedTable(store, version)).files(), liveFile);
    expect(streamed.sort(byPath)).toEqual(wanted);
  });

  const refused = versions.filter(({ error }) => error !== undefined);
  test.each(refused)('version $version: $error', async ({ version, error }) => {
    const reading = openedTable(store, version).then((table) => canonicalLines(store, table));
    await expect(reading).rejects.toMatchObject({ name: error, message: expect.stringContaining('expected') });
  });
});

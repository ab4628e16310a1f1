import { parquetMetadata } from 'hyparquet';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { openTableFiles } from '#delta/live-files.ts';
import { checkpointPath, commitPath, logFolder, paddedVersion } from '#delta/log-path.ts';
import { findLogSegment } from '#delta/log-segment.ts';
import { loadLogState } from '#delta/log-state.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { addFile, removeFile, tableCreation, txnAction } from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const nowMs = 1_700_000_000_000;
let store: ReturnType<typeof memoryObjectStore>;
beforeEach(() => {
  store = memoryObjectStore(() => nowMs);
});

const put = (version: number, ...actions: Action[]) => store.put(commitPath(version), serializeActions(actions));

/** Version n adds `n.parquet` and removes the one before. */
async function tableOf(versions: number): Promise<void> {
  await put(0, ...tableCreation());
  for (let version = 1; version <= versions; version++) {
    await put(
      version,
      { add: addFile(`${version}.parquet`) },
      { remove: removeFile(`${version - 1}.parquet`) },
      txnAction('app', BigInt(version)),
    );
  }
}

const livePaths = async (atVersion?: number) => [
  ...((await loadSnapshot(store, checkpointCodec, atVersion))?.files.keys() ?? []),
];

const streamedPaths = async () =>
  Array.fromAsync((await openTableFiles(store, checkpointCodec))!.files(), ({ path }) => path);

/** Overwrites the pages of the paths of added files. */
async function damageFiles(path: string): Promise<void> {
  const bytes = new Uint8Array((await store.read(path))!.bytes);
  const { row_groups } = parquetMetadata(bytes.slice().buffer);
  for (const { meta_data: chunk } of row_groups.flatMap(({ columns }) => columns)) {
    if (chunk!.path_in_schema.join('.') !== 'add.path') continue;
    const start = Number(chunk!.dictionary_page_offset ?? chunk!.data_page_offset);
    bytes.fill(0xff, start, start + Number(chunk!.total_compressed_size));
  }
  await store.put(path, bytes);
}

describe('a damaged checkpoint', () => {
  const damages: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['that is no Parquet file', () => new TextEncoder().encode('PAR1 but no more than that, PAR1')],
    ['that was cut short', (bytes) => bytes.slice(0, -100)],
    ['whose pages are overwritten', (bytes) => bytes.fill(0xff, 4, bytes.length >> 1)],
  ];

  test.each(damages)('%s is left for the one before it', async (_, damage) => {
    await tableOf(5);
    await writeCheckpoint(store, checkpointCodec, 2, nowMs);
    await writeCheckpoint(store, checkpointCodec, 4, nowMs);
    const { bytes } = (await store.read(checkpointPath(4)))!;
    await store.put(checkpointPath(4), damage(bytes.slice()));
    for (const version of [0, 1]) await store.delete(commitPath(version));
    expect(await livePaths()).toEqual(['5.parquet']);
    expect(await streamedPaths()).toEqual(['5.parquet']);
    expect((await loadLogState(store, checkpointCodec))?.txns.get('app')?.version).toBe(5n);
  });

  test('whose files alone are damaged is left for the one before it when they are read', async () => {
    await tableOf(6);
    await writeCheckpoint(store, checkpointCodec, 2, nowMs);
    for (const version of [3, 5]) await writeCheckpoint(store, checkpointCodec, version, nowMs);
    for (const version of [3, 5]) await damageFiles(checkpointPath(version));
    expect((await loadLogState(store, checkpointCodec))?.version).toBe(6);
    expect(await streamedPaths()).toEqual(['6.parquet']);
    await store.delete(checkpointPath(2));
    await store.delete(commitPath(0));
    await expect(streamedPaths()).rejects.toMatchObject({
      name: 'CorruptLog',
      message: expect.stringContaining(checkpointPath(3)),
    });
  });

  test('is left for all commits, where no other is there', async () => {
    await tableOf(5);
    await store.put(checkpointPath(4), new Uint8Array([1]));
    expect(await livePaths()).toEqual(['5.parquet']);
  });

  test('is told where nothing else leads to the version', async () => {
    await tableOf(5);
    await store.put(checkpointPath(4), new Uint8Array([1]));
    await store.delete(commitPath(0));
    await expect(livePaths()).rejects.toMatchObject({
      name: 'CorruptLog',
      message: expect.stringContaining(checkpointPath(4)),
    });
  });

  test('is no outage of the store: that one is told as it is', async () => {
    await tableOf(5);
    await writeCheckpoint(store, checkpointCodec, 4, nowMs);
    const outage = new Error('no connection');
    const failing = { ...store, readRange: () => Promise.reject(outage) };
    await expect(loadSnapshot(failing, checkpointCodec)).rejects.toBe(outage);
  });
});

describe('a compacted file', () => {
  const compactedPath = (from: number, to: number) =>
    `${logFolder}${paddedVersion(from)}.${paddedVersion(to)}.compacted.json`;
  const compacted = [
    { add: addFile('4.parquet') },
    { remove: removeFile('1.parquet') },
    { remove: removeFile('2.parquet') },
    { remove: removeFile('3.parquet') },
    txnAction('app', 4n),
  ];

  test('stands in for commits that are gone', async () => {
    await tableOf(6);
    await store.put(compactedPath(2, 4), serializeActions(compacted));
    for (const version of [3, 4]) await store.delete(commitPath(version));
    expect(await livePaths()).toEqual(['6.parquet']);
    expect(await livePaths(4)).toEqual(['4.parquet']);
    expect(await livePaths(2)).toEqual(['2.parquet']);
    await expect(livePaths(3)).rejects.toMatchObject({ name: 'VersionNotReconstructible' });
  });

  test('may be all that is left of the latest version', async () => {
    await tableOf(4);
    await store.put(compactedPath(2, 4), serializeActions(compacted));
    for (const version of [2, 3, 4]) await store.delete(commitPath(version));
    const state = await loadLogState(store, checkpointCodec);
    expect(state).toMatchObject({ version: 4, etag: undefined, commitTimestampMs: nowMs });
    expect(await livePaths()).toEqual(['4.parquet']);
  });

  test('is left aside where the commits are there', async () => {
    await tableOf(4);
    await store.put(compactedPath(0, 4), serializeActions([{ add: addFile('wrong.parquet') }]));
    expect(await livePaths()).toEqual(['4.parquet']);
    expect((await findLogSegment(store))?.commits).toHaveLength(5);
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { checksumOf } from '#delta/last-checkpoint.ts';
import { checkpointPath, commitPath, lastCheckpointPath } from '#delta/log-path.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import {
  addFile,
  metaDataAction,
  protocolAction,
  removeFile,
  tableCreation,
  txnAction,
} from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const nowMs = 1_700_000_000_000;
const dayMs = 86_400_000;
let store: ReturnType<typeof memoryObjectStore>;
beforeEach(() => {
  store = memoryObjectStore();
});

const put = (version: number, ...actions: Action[]) => store.put(commitPath(version), serializeActions(actions));
const hint = async () =>
  JSON.parse(new TextDecoder().decode((await store.read(lastCheckpointPath))?.bytes ?? new Uint8Array()));
/** The snapshot as its checkpoint alone tells it. */
async function fromCheckpoint(version: number) {
  for (let before = 0; before <= version; before++) await store.delete(commitPath(before));
  return (await loadSnapshot(store, checkpointCodec, version))!;
}

test('the pointer says what was written, with a checksum that holds', async () => {
  await put(0, ...tableCreation({ add: addFile('a') }, { add: addFile('b') }, txnAction('x', 1n)));
  await writeCheckpoint(store, checkpointCodec, 0, nowMs);
  const written = await store.head(checkpointPath(0));
  const found = await hint();
  expect(found).toEqual({
    version: 0,
    size: 5,
    sizeInBytes: written!.sizeBytes,
    numOfAddFiles: 2,
    checksum: checksumOf(found),
  });
});

test('every kind of action keeps what checkpoints keep', async () => {
  const vector = { storageType: 'u' as const, pathOrInlineDv: 'ab^-aqEH', offset: 1, sizeInBytes: 40, cardinality: 6 };
  const add = addFile('p=%2520/x', {
    partitionValues: { p: null, q: 'ü' },
    stats: '{"numRecords":9007199254740993}',
    tags: { a: 'b' },
    deletionVector: vector,
    baseRowId: 2n ** 60n,
    defaultRowCommitVersion: 0n,
  });
  const remove = removeFile('gone', {
    deletionTimestamp: nowMs,
    extendedFileMetadata: true,
    partitionValues: {},
    size: 9,
  });
  const domain = { domain: 'd', configuration: '{"a":1}', removed: false };
  const protocol = protocolAction({
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['deletionVectors'],
    writerFeatures: ['deletionVectors', 'domainMetadata'],
  });
  const metaData = metaDataAction({
    name: 'n',
    configuration: { k: 'v' },
    partitionColumns: ['p', 'q'],
    createdTime: 3,
  });
  await put(0, protocol, metaData, { add }, { remove }, txnAction('x', 2n ** 63n - 1n, { lastUpdated: 4 }), {
    domainMetadata: domain,
  });
  await writeCheckpoint(store, checkpointCodec, 0, nowMs);
  const snapshot = await fromCheckpoint(0);
  expect(snapshot.protocol).toEqual(protocol.protocol);
  expect(snapshot.metaData).toEqual(metaData.metaData);
  expect([...snapshot.txns.values()]).toEqual([{ appId: 'x', version: 2n ** 63n - 1n, lastUpdated: 4 }]);
  expect([...snapshot.domains.values()]).toEqual([domain]);
  expect([...snapshot.files.values()]).toEqual([{ ...add, dataChange: false }]);
  expect([...snapshot.tombstones.values()]).toEqual([{ ...remove, dataChange: false }]);
});

describe('retention', () => {
  const removedAt = (path: string, deletionTimestamp: number) => ({ remove: removeFile(path, { deletionTimestamp }) });

  test('tombstones are kept for a week', async () => {
    await put(0, ...tableCreation(removedAt('old', nowMs - 8 * dayMs), removedAt('young', nowMs - 6 * dayMs)));
    await writeCheckpoint(store, checkpointCodec, 0, nowMs);
    expect([...(await fromCheckpoint(0)).tombstones.keys()]).toEqual(['young']);
  });

  test('tombstones are kept as long as the table says', async () => {
    const metaData = metaDataAction({ configuration: { 'delta.deletedFileRetentionDuration': 'interval 1 day' } });
    await put(0, protocolAction(), metaData, removedAt('old', nowMs - 2 * dayMs), removedAt('young', nowMs));
    await writeCheckpoint(store, checkpointCodec, 0, nowMs);
    expect([...(await fromCheckpoint(0)).tombstones.keys()]).toEqual(['young']);
  });

  test('transactions are kept for ever, unless the table says otherwise', async () => {
    const txns = [
      txnAction('undated', 1n),
      txnAction('old', 1n, { lastUpdated: 0 }),
      txnAction('new', 1n, { lastUpdated: nowMs }),
    ];
    await put(0, ...tableCreation(...txns));
    await writeCheckpoint(store, checkpointCodec, 0, nowMs);
    await put(1, metaDataAction({ configuration: { 'delta.setTransactionRetentionDuration': 'interval 7 days' } }));
    await writeCheckpoint(store, checkpointCodec, 1, nowMs);
    expect([...(await loadSnapshot(store, checkpointCodec, 0))!.txns.keys()]).toHaveLength(3);
    expect([...(await fromCheckpoint(1)).txns.keys()]).toEqual(['new']);
  });
});

test.each(['a row group', 'the footer'])(
  'a checkpoint of which %s reads back otherwise is not pointed at',
  async (part) => {
    await put(0, ...tableCreation({ add: addFile('a') }));
    const path = checkpointPath(0);
    const { openUpload } = store;
    store.openUpload = async (at) => {
      const upload = await openUpload(at);
      return {
        ...upload,
        async completeIfAbsent() {
          const outcome = await upload.completeIfAbsent();
          const { bytes } = (await store.read(path))!;
          const place = part === 'a row group' ? 40 : bytes.length - 100;
          bytes[place] = bytes[place]! ^ 1;
          await store.put(path, bytes);
          return outcome;
        },
      };
    };
    await expect(writeCheckpoint(store, checkpointCodec, 0, nowMs)).rejects.toMatchObject({ name: 'CorruptLog' });
    expect(await store.head(lastCheckpointPath)).toBeUndefined();
  },
);

test('a pointer never goes back', async () => {
  await put(0, ...tableCreation());
  await put(1, { add: addFile('a') });
  await writeCheckpoint(store, checkpointCodec, 1, nowMs);
  await writeCheckpoint(store, checkpointCodec, 0, nowMs);
  expect(await hint()).toMatchObject({ version: 1 });
});

test('a checkpoint that is there is left alone, and pointed at', async () => {
  await put(0, ...tableCreation({ add: addFile('a') }));
  await writeCheckpoint(store, checkpointCodec, 0, nowMs);
  const before = await store.head(checkpointPath(0));
  await store.delete(lastCheckpointPath);
  await writeCheckpoint(store, checkpointCodec, 0, nowMs + 30 * dayMs);
  expect(await store.head(checkpointPath(0))).toEqual(before);
  expect(await hint()).toMatchObject({ version: 0, numOfAddFiles: 1 });
});

test('a format that says no options has none', async () => {
  const { metaData } = metaDataAction();
  const line = JSON.stringify({ metaData: { ...metaData, format: { provider: 'parquet', options: null } } });
  const protocol = new TextDecoder().decode(serializeActions([protocolAction()]));
  await store.put(commitPath(0), new TextEncoder().encode(protocol + line));
  expect(await writeCheckpoint(store, checkpointCodec, 0, nowMs)).toMatchObject({ version: 0, size: 2 });
  expect((await fromCheckpoint(0)).metaData).toEqual(metaData);
});

test('a table that cannot be written gets no checkpoint', async () => {
  await put(0, protocolAction({ minWriterVersion: 7, writerFeatures: ['rowTracking'] }), metaDataAction());
  await expect(writeCheckpoint(store, checkpointCodec, 0, nowMs)).rejects.toMatchObject({ name: 'UnsupportedFeature' });
  expect(await store.head(checkpointPath(0))).toBeUndefined();
});

test('of nothing there is no checkpoint', async () => {
  await expect(writeCheckpoint(store, checkpointCodec, 0, nowMs)).rejects.toMatchObject({
    name: 'VersionNotReconstructible',
  });
});

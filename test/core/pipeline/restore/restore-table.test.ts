import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { type RestorePorts, restoreTable } from '#pipeline/restore/restore-table.ts';
import {
  addFile,
  metaDataAction,
  protocolAction,
  removeFile,
  schemaString,
  tableCreation,
  txnAction,
} from '../../../support/actions.ts';
import { memoryLedger } from '../../../support/memory-ledger.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';

let nowMs: number;
let objects: ReturnType<typeof memoryObjectStore>;
let ports: RestorePorts;
let version: number;
let counts: [metric: string, value: number, table: string | undefined][];

beforeEach(() => {
  nowMs = 1_000;
  version = -1;
  counts = [];
  objects = memoryObjectStore(() => nowMs);
  let ids = 0;
  ports = {
    ledger: memoryLedger(),
    logOf: () => ({ objects, logStore: conditionalLogStore(objects) }),
    codec: checkpointCodec,
    clock: () => nowMs,
    ids: () => `id-${++ids}`,
    measurements: { count: (metric, value, about) => counts.push([metric, value, about.table]) },
  };
});

/** Has others do something before each of the next commits, one thing after another. */
function beforeCommits(...others: (() => Promise<unknown>)[]): void {
  const inner = conditionalLogStore(objects);
  ports.logOf = () => ({
    objects,
    logStore: {
      ...inner,
      async commit(...args) {
        await others.shift()?.();
        return inner.commit(...args);
      },
    },
  });
}

/** One commit of another, a second after the last; files that it adds are there. */
async function write(...actions: Action[]): Promise<void> {
  nowMs += 1_000;
  version += 1;
  await objects.put(commitPath(version), serializeActions(actions));
  for (const action of actions) if ('add' in action) await objects.put(action.add.path, new Uint8Array(1));
}

const restore = (to: { version: number } | { timestampMs: number }, dryRun = false) =>
  restoreTable({ tableName: 'clicks', to, dryRun }, ports);
const snapshot = async () => (await loadSnapshot(objects, checkpointCodec))!;
const livePaths = async () => [...(await snapshot()).files.keys()].sort();

/** Versions 0: a and b; 1: c, txn x at 1; 2: a and b merged; 3: a column and d, txn x at 2. */
async function fourVersions(): Promise<void> {
  await write(...tableCreation({ add: addFile('a') }, { add: addFile('b') }));
  await write(txnAction('x', 1n), { add: addFile('c') });
  await write({ remove: removeFile('a') }, { remove: removeFile('b') }, { add: addFile('ab') });
  await write(txnAction('x', 2n), { add: addFile('d') }, grownMetaData);
}

const grownMetaData = metaDataAction({
  schemaString: schemaString(['id', 'long'], ['new', 'string']),
  configuration: { owner: 'me' },
});

describe('restoring a table', () => {
  test('counts what it does: files by table, what somebody must look at by environment', async () => {
    await fourVersions();
    await restore({ version: 1 }, true);
    await restore({ version: 1 });
    await objects.delete('ab');
    expect((await restore({ version: 2 })).kind).toBe('filesGone');
    await expect(restore({ version: 9 })).rejects.toThrow();
    expect(counts).toEqual([
      ['RestoreRuns', 1, 'clicks'],
      ['RestoreRuns', 1, 'clicks'],
      ['RestoredFiles', 2, 'clicks'],
      ['RestoreRemovedFiles', 2, 'clicks'],
      ['RestoreRuns', 1, 'clicks'],
      ['RestoresRefused', 1, undefined],
      ['RestoreRuns', 1, 'clicks'],
      ['RestoreFailures', 1, undefined],
    ]);
  });

  test('a dry run writes nothing, not even to finish what another has begun', async () => {
    await fourVersions();
    let finished = 0;
    const logStore = { ...conditionalLogStore(objects), finish: async () => void finished++ };
    ports = { ...ports, logOf: () => ({ objects, logStore }) };
    expect(await restore({ version: 1 }, true)).toMatchObject({ kind: 'planned' });
    expect(finished).toBe(0);
    expect(await restore({ version: 1 })).toMatchObject({ kind: 'restored' });
    expect(finished).toBe(1);
  });

  test('brings back files and metaData of a version by a new one; transactions stay', async () => {
    await fourVersions();
    expect(await restore({ version: 1 })).toEqual({
      kind: 'restored',
      version: 4,
      target: 1,
      addedFiles: 2,
      addedBytes: 200,
      removedFiles: 2,
      removedBytes: 200,
      metaDataChanges: true,
    });
    expect(await livePaths()).toEqual(['a', 'b', 'c']);
    const { metaData, txns } = await snapshot();
    expect(metaData).toEqual(metaDataAction().metaData);
    expect(txns.get('x')?.version).toBe(2n);
    const text = new TextDecoder().decode((await objects.read(commitPath(4)))!.bytes);
    expect(JSON.parse(text.split('\n')[0]!).commitInfo).toMatchObject({
      operation: 'RESTORE',
      operationParameters: { version: 1, timestamp: null },
      operationMetrics: { numOfFilesAfterRestore: '3', tableSizeAfterRestore: '300', numRestoredFiles: '2' },
    });
  });

  test('goes forth again, over a checkpoint too', async () => {
    await fourVersions();
    await restore({ version: 0 });
    await writeCheckpoint(objects, checkpointCodec, 4, nowMs);
    expect(await restore({ version: 3 })).toMatchObject({ kind: 'restored', version: 5, metaDataChanges: true });
    expect(await livePaths()).toEqual(['ab', 'c', 'd']);
    expect((await snapshot()).metaData).toEqual(grownMetaData.metaData);
  });

  test('to an instant takes the version that was the latest then', async () => {
    await fourVersions();
    expect(await restore({ timestampMs: 3_500 })).toMatchObject({ kind: 'restored', target: 1 });
    expect(await livePaths()).toEqual(['a', 'b', 'c']);
    await expect(restore({ timestampMs: 1_500 })).rejects.toMatchObject({ name: 'VersionNotReconstructible' });
  });

  test('to what it is makes no version', async () => {
    await fourVersions();
    expect(await restore({ version: 3 })).toEqual({ kind: 'same', target: 3 });
    expect(await objects.head(commitPath(4))).toBeUndefined();
  });

  test('metaData that is written in another way is the same, and not written again', async () => {
    const { schemaString: text } = metaDataAction().metaData;
    const named = { name: 'clicks', createdTime: 5, configuration: { a: '1', b: '2' } };
    await write(protocolAction(), metaDataAction(named), { add: addFile('a') });
    const otherText = JSON.stringify(JSON.parse(text), (_, value) =>
      typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value,
    );
    expect(otherText).not.toBe(text);
    const { id, format, ...others } = metaDataAction({ ...named, configuration: { b: '2', a: '1' } }).metaData;
    const written = { ...others, schemaString: otherText, format: { options: {}, provider: format.provider }, id };
    await write({ metaData: written }, { add: addFile('b') });
    expect(await restore({ version: 0 })).toMatchObject({ kind: 'restored', removedFiles: 1, metaDataChanges: false });
  });

  test('with a dry run tells what it would do, and writes nothing', async () => {
    await fourVersions();
    const before = objects.objects.size;
    expect(await restore({ version: 2 }, true)).toMatchObject({ kind: 'planned', target: 2, removedFiles: 1 });
    expect(objects.objects.size).toBe(before);
  });

  test('is refused when files are gone: the first is named, all are counted', async () => {
    await fourVersions();
    await objects.delete('b');
    await objects.delete('a');
    expect(await restore({ version: 0 })).toEqual({ kind: 'filesGone', target: 0, gone: 2, first: 'a' });
    expect(await objects.head(commitPath(4))).toBeUndefined();
    expect(await restore({ version: 2 })).toMatchObject({ kind: 'restored' });
  });

  test('asks for deletion vectors as well, which are part of a file', async () => {
    const deletionVector = {
      storageType: 'u',
      pathOrInlineDv: 'vBn[lx{q8@P<9BNH/isA',
      sizeInBytes: 1,
      cardinality: 1,
    } as const;
    await write(
      protocolAction({
        minReaderVersion: 3,
        minWriterVersion: 7,
        readerFeatures: ['deletionVectors'],
        writerFeatures: ['deletionVectors'],
      }),
      metaDataAction(),
      { add: addFile('a') },
    );
    await write({ remove: removeFile('a') }, { add: addFile('a', { deletionVector }) });
    await write({ remove: removeFile('a', { deletionVector }) }, { add: addFile('b') });
    expect(await restore({ version: 1 })).toEqual({
      kind: 'filesGone',
      target: 1,
      gone: 1,
      first: 'deletion_vector_61d16c75-6994-46b7-a15b-8b538852e50e.bin',
    });
    expect(await restore({ version: 0 })).toMatchObject({ kind: 'restored', addedFiles: 1, removedFiles: 1 });
  });

  test('of no table, or to a version that is not there', async () => {
    expect(await restore({ version: 0 })).toEqual({ kind: 'noTable' });
    await fourVersions();
    await expect(restore({ version: 9 })).rejects.toMatchObject({ name: 'VersionNotReconstructible' });
  });

  test('is refused where rows of an append-only table would go', async () => {
    await fourVersions();
    await write(metaDataAction({ configuration: { 'delta.appendOnly': 'true' } }));
    await expect(restore({ version: 3 })).resolves.toMatchObject({ kind: 'restored', removedFiles: 0 });
    await write(metaDataAction({ configuration: { 'delta.appendOnly': 'true' } }));
    await expect(restore({ version: 1 })).rejects.toMatchObject({ name: 'AppendOnlyTable' });
  });

  test('is refused for another partitioning, and for features that were given up', async () => {
    await write(protocolAction({ minWriterVersion: 4 }), metaDataAction());
    await write(protocolAction(), metaDataAction({ partitionColumns: ['id'] }));
    await expect(restore({ version: 0 })).rejects.toThrow(
      'version 0: expected partition columns as the table has now, [id], got []',
    );
    await write(metaDataAction());
    await expect(restore({ version: 0 })).rejects.toThrow('it gave up writer version 4');
  });

  test('keeps the protocol and the incarnation', async () => {
    await write(...tableCreation());
    await write(protocolAction({ minWriterVersion: 4 }), metaDataAction({ id: 'another' }), { add: addFile('a') });
    expect(await restore({ version: 0 })).toMatchObject({ kind: 'restored' });
    const { protocol, metaData } = await snapshot();
    expect([protocol.minWriterVersion, metaData.id]).toEqual([4, 'another']);
  });

  test('leaves it be how long transactions last: staged rows are stranded once theirs expire', async () => {
    const configuration = { owner: 'web', 'delta.setTransactionRetentionDuration': 'interval 7 days' };
    await write(protocolAction(), metaDataAction({ configuration }), { add: addFile('a') });
    await write(metaDataAction({ configuration: {} }), { add: addFile('b') });
    await restore({ version: 0 });
    expect((await snapshot()).metaData.configuration).toEqual({ owner: 'web' });
  });

  test('undoes what others append meanwhile, and starts over when they touch files of the version', async () => {
    await fourVersions();
    beforeCommits(
      () => write({ add: addFile('e') }),
      () => write({ remove: removeFile('c') }, { add: addFile('cc', { dataChange: false }) }),
    );
    expect(await restore({ version: 2 })).toMatchObject({ kind: 'restored', version: 6, removedFiles: 3 });
    expect(await livePaths()).toEqual(['ab', 'c']);
  });

  test('keeps what others have brought back meanwhile, in a table that lets both stand', async () => {
    const configuration = { 'delta.isolationLevel': 'SnapshotIsolation' };
    await write(protocolAction(), metaDataAction({ configuration }), { add: addFile('a') }, { add: addFile('b') });
    await write({ remove: removeFile('a') }, { remove: removeFile('b') }, { add: addFile('c') });
    beforeCommits(() => write({ add: addFile('a') }, { add: addFile('d') }));
    expect(await restore({ version: 0 })).toMatchObject({ kind: 'restored', addedFiles: 1, removedFiles: 2 });
    expect(await livePaths()).toEqual(['a', 'b']);
  });

  test('tells when a vacuum took files between the question and the commit', async () => {
    await fourVersions();
    beforeCommits(() => objects.delete('a'));
    await expect(restore({ version: 1 })).rejects.toThrow(
      'table clicks: expected every file that version 4 brought back to be there, 1 went while it was committed, a first: restore version 3, or repair the table',
    );
  });
});

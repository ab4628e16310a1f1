import { beforeAll, describe, expect, test } from 'vitest';
import { checkpointCodecOf } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action, AddFile } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { openTableFiles } from '#delta/live-files.ts';
import { checkpointPath, commitPath, lastCheckpointPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { bindPredicate, parsePredicate } from '#delta/predicate.ts';
import { parseSchema } from '#delta/schema.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { addFile, metaDataAction, protocolAction, removeFile, schemaString, txnAction } from '../../support/actions.ts';
import { countedStore } from '../../support/counted-store.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

/** Small row groups make a large checkpoint of few files. */
const checkpointCodec = checkpointCodecOf(4_096);
const nowMs = 1_700_000_000_000;
const columns = schemaString(['id', 'long'], ['day', 'date'], ['n', 'integer']);
const partitions = 100;
const perPartition = 200;
const files = partitions * perPartition;

const dayOf = (partition: number) => new Date(Date.UTC(2024, 0, 1 + partition)).toISOString().slice(0, 10);

function fileAt(partition: number, index: number): AddFile {
  const id = partition * perPartition + index;
  return addFile(`day=${dayOf(partition)}/n=${partition}/part-${index}.parquet`, {
    partitionValues: { day: dayOf(partition), n: String(partition) },
    stats: `{"numRecords":1,"minValues":{"id":${id}},"maxValues":{"id":${id}},"nullCount":{"id":0}}`,
  });
}

const put = (store: ObjectStore, version: number, ...actions: Action[]) =>
  store.put(commitPath(version), serializeActions(actions));

/** Three row groups of files, and a version after their checkpoint. */
let original: ReturnType<typeof memoryObjectStore>;
beforeAll(async () => {
  original = memoryObjectStore();
  const adds = Array.from({ length: files }, (_, number) => ({
    add: fileAt(number % partitions, Math.floor(number / partitions)),
  }));
  const metaData = metaDataAction({ schemaString: columns, partitionColumns: ['day', 'n'] });
  await put(original, 0, protocolAction(), metaData, txnAction('a', 1n), ...adds);
  await writeCheckpoint(original, checkpointCodec, 0, nowMs);
});

function copyOf(store: typeof original): typeof original {
  const copy = memoryObjectStore();
  for (const [path, object] of store.objects) copy.objects.set(path, object);
  return copy;
}

const bound = (text: string) => bindPredicate(parsePredicate(text), parseSchema(columns));
const pathsOf = async (files: AsyncIterable<{ path: string }>) =>
  (await Array.fromAsync(files, ({ path }) => path)).sort();

describe('of a large checkpoint', () => {
  /** What the end of a file is fetched in, for its footer. */
  const footerBytes = 65_536;
  const wholeBytes = () => original.objects.get(checkpointPath(0))!.sizeBytes;

  test('a commit reads the footer and what is no file', async () => {
    const { store, fetched } = countedStore(original);
    expect((await loadLogState(store, checkpointCodec))?.txns.get('a')?.version).toBe(1n);
    expect(fetched.get(checkpointPath(0))).toBeLessThan(footerBytes + 8_192);
  });

  test.each([
    ['day = 2024-01-08', 200, 0.65],
    ['n in (7, 8)', 400, 0.65],
    ['n < 0', 0, 0],
    ['n = 7 and id = 1450', 1, 0.65],
    ['id = 1450', 1, 0.9],
    ['id < 0', 0, 0.75],
  ])('a scan where %s finds %i files in a part of it', async (predicate, expected, part) => {
    const { store, fetched } = countedStore(original);
    const table = await openTableFiles(store, checkpointCodec);
    fetched.clear();
    const found = await pathsOf(table!.files({ predicate: bound(predicate) }));
    expect(found).toHaveLength(expected);
    expect(fetched.get(checkpointPath(0))).toBeLessThanOrEqual(footerBytes + wholeBytes() * part);
  });
});

describe('the checkpoint after a large one', () => {
  test('holds what it held, without what was removed and with what was added', async () => {
    const store = copyOf(original);
    await put(
      store,
      1,
      { remove: removeFile(fileAt(3, 5).path, { deletionTimestamp: nowMs }) },
      { add: { ...fileAt(99, 6), size: 7 } },
      { add: addFile('fresh', { partitionValues: { day: null, n: null } }) },
    );
    const before = (await loadSnapshot(store, checkpointCodec))!;
    const hint = await writeCheckpoint(store, checkpointCodec, 1, nowMs);
    expect(hint).toMatchObject({ version: 1, size: 4 + files, numOfAddFiles: files });
    for (const version of [0, 1]) await store.delete(commitPath(version));
    await store.delete(checkpointPath(0));
    const after = (await loadSnapshot(store, checkpointCodec))!;
    const held = (found: ReadonlyMap<string, object>) =>
      new Map([...found].map(([key, file]) => [key, { ...file, dataChange: false }]));
    expect(after.txns).toEqual(before.txns);
    expect(held(after.files)).toEqual(held(before.files));
    expect(held(after.tombstones)).toEqual(held(before.tombstones));
  });

  test('copies the bytes of row groups that stay', async () => {
    const store = copyOf(original);
    await put(store, 1, { remove: removeFile(fileAt(99, 5).path, { deletionTimestamp: nowMs }) });
    await writeCheckpoint(store, checkpointCodec, 1, nowMs);
    const [first, second] = [0, 1].map((version) => Buffer.from(store.objects.get(checkpointPath(version))!.bytes));
    const probe = first!.subarray(first!.length >> 2, (first!.length >> 2) + 512);
    expect(second!.includes(probe)).toBe(true);
  });

  test('of a damaged one is made from the commits before', async () => {
    const store = copyOf(original);
    const damaged = store.objects.get(checkpointPath(0))!;
    const bytes = damaged.bytes.slice();
    store.objects.set(checkpointPath(0), {
      ...damaged,
      bytes: bytes.fill(0xff, bytes.length >> 2, bytes.length >> 1),
    });
    await put(store, 1, { add: addFile('fresh', { partitionValues: { day: null, n: null } }) });
    const hint = await writeCheckpoint(store, checkpointCodec, 1, nowMs);
    expect(hint.numOfAddFiles).toBe(files + 1);
  });
});

describe('a V2 checkpoint', () => {
  const v2 = (...rest: Action[]): Action[] => [
    protocolAction({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['v2Checkpoint'],
      writerFeatures: ['v2Checkpoint'],
    }),
    metaDataAction({ schemaString: columns, configuration: { 'delta.checkpointPolicy': 'v2' } }),
    ...rest,
  ];
  let ids = 0;
  const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;

  test('has its files in a sidecar, and the next one goes on from it', async () => {
    const store = memoryObjectStore();
    await put(store, 0, ...v2({ add: addFile('a') }, { add: addFile('b') }, txnAction('x', 3n)));
    const first = await writeCheckpoint(store, checkpointCodec, 0, nowMs, newId);
    expect(first).toMatchObject({ version: 0, size: 7, numOfAddFiles: 2 });
    expect(await writeCheckpoint(store, checkpointCodec, 0, nowMs, newId)).toEqual(first);
    await put(store, 1, { remove: removeFile('a', { deletionTimestamp: nowMs }) }, { add: addFile('c') });
    const second = await writeCheckpoint(store, checkpointCodec, 1, nowMs, newId);
    expect(second).toMatchObject({ version: 1, size: 8, numOfAddFiles: 2 });
    for (const path of [...store.objects.keys()]) {
      if (path.endsWith('.json') || path.includes('00000.checkpoint')) store.objects.delete(path);
    }
    const paths = [...store.objects.keys()].sort();
    expect(paths.filter((path) => path.startsWith('_delta_log/_sidecars/'))).toHaveLength(2);
    expect(paths).toContain(lastCheckpointPath);
    const snapshot = await loadSnapshot(store, checkpointCodec);
    expect([...snapshot!.files.keys()].sort()).toEqual(['b', 'c']);
    expect([...snapshot!.tombstones.keys()]).toEqual(['a']);
    expect(snapshot!.txns.get('x')?.version).toBe(3n);
  });

  test('is classic where nobody names files', async () => {
    const store = memoryObjectStore();
    await put(store, 0, ...v2({ add: addFile('a') }));
    await writeCheckpoint(store, checkpointCodec, 0, nowMs);
    expect(store.objects.has(checkpointPath(0))).toBe(true);
  });
});

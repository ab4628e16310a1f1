import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action, AddFile, MetaData } from '#delta/actions.ts';
import type { FileAction } from '#delta/checkpoint-codec.ts';
import { serializeLastCheckpoint } from '#delta/last-checkpoint.ts';
import { checkpointPath, commitPath, lastCheckpointPath } from '#delta/log-path.ts';
import { serializeSchema } from '#delta/schema.ts';

/** A table of which there is a log only: nothing that is measured reads data files. */
export interface LargeTable {
  liveFiles: number;
  partitions: number;
  /** The version of its checkpoint; absent: it has none, and begins at version 0. */
  checkpointVersion?: number;
  lastVersion: number;
}

const addsPerCommit = 10;
/** Each so many versions one takes small files of a partition together, as optimize does. */
const versionsPerOptimize = 100;
const removesPerOptimize = 20;
const startMs = Date.UTC(2026, 0, 1);

const field = (name: string, type: string) => ({ name, type, nullable: true, metadata: {} });
const metaData: MetaData = {
  id: '5b0e4c1c-6b3a-4f61-9f3e-9a9d1f4f5d10',
  format: { provider: 'parquet', options: {} },
  schemaString: serializeSchema({
    type: 'struct',
    fields: [field('id', 'long'), field('at', 'timestamp'), field('name', 'string'), field('p', 'string')],
  }),
  partitionColumns: ['p'],
  configuration: {},
};
const protocol = { minReaderVersion: 1, minWriterVersion: 2 };

export const partitionOf = (number: number): string => String(number).padStart(4, '0');

/** One of the table's files, by its number. */
export function fileOf(number: number, partition: number): AddFile {
  const p = partitionOf(partition);
  const at = (offsetMs: number) => new Date(startMs + number * 1_000 + offsetMs).toISOString();
  const id = number * 1_000;
  const name = (index: number) => `name-${((index * 7_919) % 100_000).toString(36)}`;
  return {
    path: `p=${p}/part-${number.toString(16).padStart(8, '0')}-4a34-4ad3-8b2c-1a2b3c4d5e6f.parquet`,
    partitionValues: { p },
    size: 1_000_000 + (number % 5_000),
    modificationTime: startMs + number,
    dataChange: true,
    stats: `{"numRecords":1000,"minValues":{"id":${id},"at":"${at(0)}","name":"${name(number)}"},"maxValues":{"id":${id + 999},"at":"${at(999)}","name":"${name(number)}z"},"nullCount":{"id":0,"at":0,"name":0}}`,
  };
}

/** Files before the first of the commits that are written. */
function filesBefore({ liveFiles, checkpointVersion = 0, lastVersion }: LargeTable): number {
  const versions = lastVersion - checkpointVersion;
  const optimizes = Math.floor(versions / versionsPerOptimize);
  return liveFiles - (versions - optimizes) * addsPerCommit - optimizes * (1 - removesPerOptimize);
}

/** Writes the table's log: its checkpoint, and the commits since. */
export async function writeLargeTable(folder: string, table: LargeTable): Promise<void> {
  const { partitions, checkpointVersion, lastVersion } = table;
  const first = filesBefore(table);
  mkdirSync(join(folder, '_delta_log'), { recursive: true });
  const write = (path: string, bytes: Uint8Array) => writeFileSync(join(folder, path), bytes);
  const perPartition = first / partitions;
  const before = function* (): Generator<FileAction> {
    for (let number = 0; number < first; number++) yield { add: fileOf(number, Math.floor(number / perPartition)) };
  };
  if (checkpointVersion === undefined) {
    write(commitPath(0), serializeActions([{ commitInfo: {} }, { protocol }, { metaData }, ...before()]));
  } else {
    await writeCheckpoint(folder, checkpointVersion, before());
    write(commitPath(checkpointVersion), serializeActions([{ commitInfo: { operation: 'WRITE' } }]));
  }
  let next = first;
  for (let version = (checkpointVersion ?? 0) + 1; version <= lastVersion; version++) {
    const actions: Action[] = [{ commitInfo: { timestamp: startMs + version, operation: 'WRITE' } }];
    const since = version - (checkpointVersion ?? 0);
    if (since % versionsPerOptimize === 0) {
      const partition = (since / versionsPerOptimize) % partitions;
      const beginning = Math.ceil(partition * perPartition);
      for (let number = beginning; number < beginning + removesPerOptimize; number++) {
        const { path, partitionValues, size } = fileOf(number, partition);
        const deletionTimestamp = Date.now();
        actions.push({
          remove: { path, partitionValues, size, deletionTimestamp, dataChange: false, extendedFileMetadata: true },
        });
      }
      actions.push({ add: { ...fileOf(next++, partition), dataChange: false } });
    } else {
      for (let added = 0; added < addsPerCommit; added++) {
        actions.push({ add: fileOf(next, (next * 7_919) % partitions) });
        next++;
      }
    }
    write(commitPath(version), serializeActions(actions));
  }
}

async function writeCheckpoint(folder: string, version: number, files: Iterable<FileAction>): Promise<void> {
  const store = fileObjectStore(folder);
  const upload = await store.openUpload(checkpointPath(version));
  const state = [{ protocol }, { metaData }];
  const content = { state, metaData, protocol, previous: [], keeps: () => true, files };
  const { actions, addFiles, sizeBytes } = await checkpointCodec.write(content, upload);
  await upload.complete();
  const hint = { version, size: actions, sizeInBytes: sizeBytes, numOfAddFiles: addFiles };
  await store.put(lastCheckpointPath, serializeLastCheckpoint(hint));
}

/** The table without a checkpoint that was written of its last version. */
export function withoutCheckpoint(folder: string, version: number, lastCheckpoint: Uint8Array): void {
  rmSync(join(folder, checkpointPath(version)), { force: true });
  writeFileSync(join(folder, lastCheckpointPath), lastCheckpoint);
}

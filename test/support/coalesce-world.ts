import { fileEncoder } from '#adapters/kernel/file-encoder.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import { scanTable } from '#columnar/read/scan-table.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import type { LogStore } from '#delta/log-store.ts';
import type { DataType } from '#delta/schema.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import type { FileJoiner } from '#pipeline/coalesce/coalesce-files.ts';
import { fileJoiner } from '#pipeline/coalesce/join-files.ts';
import type { StagedFile } from '#pipeline/ledger/manifest.ts';
import { CommitWorld } from './commit.ts';
import { manifest, manifestRange, stagedFile } from './manifests.ts';
import { field } from './schemas.ts';

export const join = fileJoiner(fileEncoder());

export const idColumn: [name: string, type: DataType] = ['id', 'long'];
export const nameColumn: [name: string, type: DataType] = ['name', 'string'];

/** A file to stage: of ids unless said otherwise. */
export interface Staged {
  columns?: [name: string, type: DataType][];
  rows?: ColumnValue[][];
  compression?: Compression;
  rest?: Partial<StagedFile>;
}

/** A table whose manifests name files that are there, and a joiner that counts. */
export class CoalesceWorld extends CommitWorld {
  joins = 0;
  #ordinal = 0;

  constructor(coalesce: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) {
    super({ logStore: 'conditional', coalesce: { minRowGroupBytes: 1, minFiles: 2, ...coalesce }, ...settings });
    this.ports.join = this.counting(join);
  }

  counting(join: FileJoiner): FileJoiner {
    return (job, store) => {
      this.joins += 1;
      return join(job, store);
    };
  }

  /** Stages a manifest of one file. */
  async stageFile({
    columns: named = [idColumn],
    rows,
    compression = 'zstd',
    rest = {},
  }: Staged = {}): Promise<string> {
    const ordinal = ++this.#ordinal;
    const columns = new RowColumns(named.map(([name, type]) => field(name, type)));
    for (const row of rows ?? [[BigInt(ordinal)]]) columns.append(row);
    const { bytes } = await encodeParquet(columns, compression);
    const path = `part-${ordinal}.parquet`;
    await this.objects.put(path, bytes);
    const stats = statisticsOf(columns);
    const file = stagedFile(path, { sizeBytes: bytes.length, rows: columns.rows, stats, ...rest });
    await this.stage(manifest([manifestRange(ordinal, { rows: columns.rows })], { files: [file] }));
    return path;
  }

  async rows(): Promise<unknown[]> {
    const { metaData, files } = (await loadSnapshot(this.objects, checkpointCodec))!;
    return Array.fromAsync(scanTable(this.objects, { metaData, files: files.values() }));
  }

  dataFiles(): string[] {
    return [...this.objects.objects.keys()].filter((path) => path.endsWith('.parquet') && !path.startsWith('_'));
  }

  /** The log store with its answers, or what happens before them, changed. */
  commitWith(change: (commit: LogStore['commit']) => LogStore['commit']) {
    const log = this.ports.logOf('clicks');
    const logStore = { ...log.logStore, commit: change(log.logStore.commit) };
    return this.commit({ logOf: () => ({ ...log, logStore }) });
  }
}

/** The world with its table made. */
export async function coalesceWorld(
  coalesce: Record<string, unknown> = {},
  record: Parameters<CommitWorld['createTable']>[0] = {},
): Promise<CoalesceWorld> {
  const world = new CoalesceWorld(coalesce);
  await world.createTable(record);
  return world;
}

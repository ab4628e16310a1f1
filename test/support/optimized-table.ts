import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duckdbRewriter } from '#adapters/duckdb/duckdb-rewriter.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import type { Kernel } from '#columnar/kernel/kernel.ts';
import { type Row, scanTable } from '#columnar/read/scan-table.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import type { MetricName } from '#contract/metrics.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import { parseActions } from '#delta/action-json.ts';
import type { Action, AddFile, PartitionValues } from '#delta/actions.ts';
import { planAppend, planCreate } from '#delta/append.ts';
import { nextCommitTime } from '#delta/commit-time.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { encodePath, partitionDirectory } from '#delta/file-path.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { StructField } from '#delta/schema.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import type { OptimizePorts } from '#pipeline/optimize/optimize-table.ts';
import { memoryObjectStore } from './memory-object-store.ts';
import { field } from './schemas.ts';

interface OptimizedTableOptions {
  fields?: StructField[];
  partitionColumns?: string[];
  configuration?: Record<string, string>;
  /** The table's settings. */
  settings?: Record<string, unknown>;
  store?: ObjectStore;
  /** Files are written by our own encoder rather than by parquet-wasm. */
  kernel?: Kernel;
}

/** A table `t` of real data files, and the ports that optimize it; `close` removes what DuckDB wrote to disk. */
export class OptimizedTable {
  nowMs = 1_700_000_000_000;
  readonly store: ObjectStore;
  readonly counts: Partial<Record<MetricName, number>> = {};
  readonly ports: OptimizePorts;
  readonly #options: OptimizedTableOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'alluvium-optimize-'));
  #ids = 0;
  fields: StructField[];

  constructor(options: OptimizedTableOptions = {}) {
    this.#options = options;
    this.fields = options.fields ?? [field('id', 'long'), field('name', 'string')];
    this.store = options.store ?? memoryObjectStore(() => this.nowMs);
    const { tables } = settingsSchema.parse({ sources: {}, tables: { t: options.settings ?? {} } });
    this.ports = {
      settings: { tables },
      logOf: () => ({ objects: this.store, logStore: conditionalLogStore(this.store) }),
      codec: checkpointCodec,
      rewriter: duckdbRewriter({ temporaryFolder: this.#folder, memoryMiB: 256, threads: 1 }),
      clock: () => this.nowMs,
      ids: () => `id-${++this.#ids}`,
      measurements: {
        count: (metric, value) => {
          this.counts[metric] = (this.counts[metric] ?? 0) + value;
        },
      },
    };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  async #commit(plan: (txnId: string) => Promise<Action[]>): Promise<number> {
    const txnId = this.ports.ids();
    const state = await loadLogState(this.store, checkpointCodec);
    const version = state === undefined ? 0 : state.version + 1;
    const actions = await plan(txnId);
    const outcome = await conditionalLogStore(this.store).commit(version, actions, txnId);
    if (outcome.kind !== 'committed') throw new Error(`expected to commit version ${version}, got ${outcome.kind}`);
    return version;
  }

  create(): Promise<number> {
    const { partitionColumns = [], configuration = {} } = this.#options;
    const schema = { type: 'struct' as const, fields: this.fields };
    return this.#commit(async (txnId) =>
      planCreate({
        id: 'table-1',
        schema,
        partitionColumns,
        configuration,
        files: [],
        txns: [],
        txnId,
        nowMs: this.nowMs,
        engineInfo: 'test',
      }),
    );
  }

  /** Commits actions as they are. */
  commit(...actions: Action[]): Promise<number> {
    return this.#commit(async (txnId) => [{ commitInfo: { txnId } }, ...actions]);
  }

  /** Appends one file of rows, in the order of the columns that are not partitioned by. `more` changes its action. */
  async append(
    rows: readonly (readonly ColumnValue[])[],
    { partitionValues = {}, ...more }: Partial<AddFile> = {},
  ): Promise<AddFile> {
    const { partitionColumns = [] } = this.#options;
    const columns = new RowColumns(this.fields.filter(({ name }) => !partitionColumns.includes(name)));
    for (const row of rows) columns.append(row);
    const { bytes } = await encodeParquet(columns, 'snappy', this.#options.kernel);
    const path = `${partitionDirectory(partitionColumns, partitionValues)}part-${this.ports.ids()}.parquet`;
    await this.store.put(path, bytes);
    const add: AddFile = {
      path: encodePath(path),
      partitionValues,
      size: bytes.length,
      modificationTime: this.nowMs,
      dataChange: true,
      stats: statisticsOf(columns),
      ...more,
    };
    const state = await loadLogState(this.store, checkpointCodec);
    const schema = { type: 'struct' as const, fields: this.fields };
    const isGrown = JSON.stringify(schema) !== state!.metaData.schemaString;
    await this.#commit(async (txnId) =>
      planAppend({
        state: state!,
        files: [add],
        txns: [],
        txnId,
        nowMs: this.nowMs,
        ...(await nextCommitTime(state!, this.store, this.nowMs)),
        engineInfo: 'test',
        ...(isGrown ? { schema } : {}),
      }),
    );
    return add;
  }

  async files(): Promise<AddFile[]> {
    return [...(await loadSnapshot(this.store, checkpointCodec))!.files.values()];
  }

  async rows(): Promise<Row[]> {
    const { metaData, files } = (await loadSnapshot(this.store, checkpointCodec))!;
    return Array.fromAsync(scanTable(this.store, { metaData, files: files.values() }));
  }

  async actions(version: number): Promise<Action[]> {
    const path = commitPath(version);
    return parseActions((await this.store.read(path))!.bytes, path);
  }

  partition(values: PartitionValues): Partial<AddFile> {
    return { partitionValues: values };
  }
}

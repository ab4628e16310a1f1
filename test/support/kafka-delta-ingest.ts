import { parquetWriteBuffer } from 'hyparquet-writer';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { addFile, metaDataAction, protocolAction, schemaString, txnAction } from './actions.ts';

/** A record as the old writer has it: `id` is its row. */
export interface OldRecord {
  partition: number;
  offset: number;
  id: string;
}

/**
 * A writer that keeps to what kafka-delta-ingest does: rows and offsets in one version, `<app id>-<partition>` at the last offset
 * that is in the table, and before each attempt at a commit a look whether the log has it where this writer has left it. Its rows
 * are `{id, partition, offset}`.
 */
export class KafkaDeltaIngest {
  readonly #store: ObjectStore;
  readonly #appId: string;
  readonly #nowMs: () => number;
  readonly #offsets = new Map<number, bigint>();
  #files = 0;

  constructor(store: ObjectStore, { appId, nowMs }: { appId: string; nowMs: () => number }) {
    this.#store = store;
    this.#appId = appId;
    this.#nowMs = nowMs;
  }

  /** Version 0: a table without rows. */
  async createTable({ partitionColumns = [] }: { partitionColumns?: string[] } = {}): Promise<void> {
    const columns = schemaString(['id', 'string'], ['partition', 'long'], ['offset', 'long']);
    await this.#put(0, [protocolAction(), metaDataAction({ schemaString: columns, partitionColumns })]);
  }

  /** `outdated`: the log has other offsets than this writer left there, so that it commits nothing. */
  async write(records: readonly OldRecord[]): Promise<'committed' | 'outdated'> {
    const path = `part-00000-${this.#appId}-${this.#files++}.snappy.parquet`;
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'id', data: records.map(({ id }) => id), type: 'STRING' },
          { name: 'partition', data: records.map(({ partition }) => BigInt(partition)), type: 'INT64' },
          { name: 'offset', data: records.map(({ offset }) => BigInt(offset)), type: 'INT64' },
        ],
      }),
    );
    await this.#store.put(path, bytes);
    const ends = new Map(records.map(({ partition, offset }) => [partition, BigInt(offset)]));
    for (;;) {
      const state = await loadLogState(this.#store, checkpointCodec);
      if (state === undefined) throw new Error('expected a table, found no log');
      for (const partition of ends.keys()) {
        const inLog = state.txns.get(this.#appIdOf(partition))?.version;
        if (inLog !== this.#offsets.get(partition)) return 'outdated';
      }
      const nowMs = this.#nowMs();
      const outcome = await this.#put(state.version + 1, [
        ...[...ends].map(([partition, offset]) => txnAction(this.#appIdOf(partition), offset, { lastUpdated: nowMs })),
        { add: addFile(path, { size: bytes.length, modificationTime: nowMs }) },
      ]);
      if (outcome === 'exists') continue;
      for (const [partition, offset] of ends) this.#offsets.set(partition, offset);
      return 'committed';
    }
  }

  #appIdOf(partition: number): string {
    return `${this.#appId}-${partition}`;
  }

  #put(version: number, actions: Parameters<typeof serializeActions>[0]) {
    const commitInfo = { timestamp: this.#nowMs(), operation: 'STREAMING UPDATE', clientVersion: 'delta-rs.0.26.2' };
    return this.#store.putIfAbsent(commitPath(version), serializeActions([{ commitInfo }, ...actions]));
  }
}

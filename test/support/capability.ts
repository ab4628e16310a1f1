import { formatPorts } from '#adapters/aws/format-wiring.ts';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import { fileEncoder } from '#adapters/kernel/file-encoder.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { dataFileRows } from '#columnar/read/data-file.ts';
import type { CommitResponse } from '#contract/commit-machine.ts';
import { tableUri } from '#contract/environment.ts';
import type { MetricName } from '#contract/metrics.ts';
import { deadLetterTable, type Settings } from '#contract/settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { NotATable } from '#delta/errors.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { fileJoiner } from '#pipeline/coalesce/join-files.ts';
import { agreedLogStore } from '#pipeline/commit/agreed-log-store.ts';
import { type CommitPorts, commitTable } from '#pipeline/commit/commit-table.ts';
import { divertManifests } from '#pipeline/divert/divert-manifests.ts';
import { lakeTableOf } from '#pipeline/ingest/agree-table.ts';
import { batchIngest, type IngestBatch, type IngestOutcome, type IngestPorts } from '#pipeline/ingest/ingest-batch.ts';
import { ingestSettingsOf } from '#pipeline/ingest/ingest-settings.ts';
import { readKafkaEvent } from '#pipeline/ingest/kafka-event.ts';
import { readKinesisEvent } from '#pipeline/ingest/kinesis-event.ts';
import type { TableRecord } from '#pipeline/ledger/ledger.ts';
import { checkpointTable } from '#pipeline/log/checkpoint-table.ts';
import type { TableLog } from '#pipeline/log/table-log.ts';
import { tableSettingsOf } from '#pipeline/table-defaults.ts';
import { type Override, parseSettings } from '../../lib/settings-file.ts';
import { canonicalLines, openedTable } from './canonical-lines.ts';
import { pushedRecords, readRows } from './capability-evidence.ts';
import { memoryCommitEntries } from './memory-commit-entries.ts';
import { type MemoryLedger, memoryLedger } from './memory-ledger.ts';
import { memoryObjectStore } from './memory-object-store.ts';
import { type PushedRecord, SourceLines } from './source-events.ts';

export type { PushedRecord } from './source-events.ts';

/** A row as its canonical JSON reads: decimals, instants and bytes (base64) are text. */
export type ReadRow = Record<string, unknown>;

export interface WorldOptions {
  environment?: string;
  overrides?: readonly Override[];
  /** The settings file, whose folder holds what it names. */
  file?: string;
  /** Objects of tables, where they are not in memory. */
  storeOf?: (table: string) => ObjectStore;
  /** Ports of ingest beyond those of the world, such as registries. */
  ingestPorts?: Partial<IngestPorts>;
}

/** An environment by the text of its settings file, over a ledger and a lake in memory. Throws `SettingsError`. */
export async function lakeWorld(settingsYaml: string, options: WorldOptions = {}): Promise<LakeWorld> {
  const { environment = 'test', overrides = [], file = `config/${environment}.yaml` } = options;
  return new LakeWorld(parseSettings(settingsYaml, { file, environment, overrides }), options);
}

/** Sources, functions and tables of one environment, whose time stands still until a test moves it. */
export class LakeWorld {
  nowMs = Date.UTC(2026, 10, 21, 12);
  /** What is deployed; a test may deploy other settings by `deploy`. */
  settings: Settings;
  readonly ledger: MemoryLedger = memoryLedger();
  readonly entries = memoryCommitEntries();
  readonly stores = new Map<string, ReturnType<typeof memoryObjectStore>>();
  readonly counts: { metric: MetricName; value: number; about: { source?: string; table?: string } }[] = [];
  readonly ingestPorts: IngestPorts;
  readonly lines = new SourceLines();
  readonly #ingests = new Map<string, IngestBatch>();
  readonly #states: CommitPorts['states'] = new Map();
  readonly #described = new Map<string, string>();
  #ids = 0;

  constructor(settings: Settings, { ingestPorts = {}, storeOf }: WorldOptions) {
    this.settings = settings;
    if (storeOf !== undefined) this.storeOf = storeOf as typeof this.storeOf;
    this.ingestPorts = {
      ledger: this.ledger,
      storeOf: this.storeOf,
      lakeTable: async (table) => {
        const state = await loadLogState(this.storeOf(table), checkpointCodec);
        return state && lakeTableOf(state);
      },
      engines: kernelEngines(),
      clock: this.clock,
      ids: this.ids,
      measurements: this.measurements,
      ...ingestPorts,
    };
  }

  readonly clock = (): number => this.nowMs;
  readonly ids = (): string => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`;
  readonly measurements = {
    count: (metric: MetricName, value: number, about: { source?: string; table?: string } = {}): void =>
      void this.counts.push({ metric, value, about }),
  };

  storeOf = (table: string): ReturnType<typeof memoryObjectStore> => {
    const store = this.stores.get(table) ?? memoryObjectStore(this.clock);
    this.stores.set(table, store);
    return store;
  };

  readonly logOf = (tableName: string): TableLog => {
    const objects = this.storeOf(tableName);
    const family = tableSettingsOf(this.settings, tableName).logStore;
    const tablePath = tableUri('lake', tableName);
    const parts = { entries: this.entries, tablePath };
    const logStore =
      family === 'conditional'
        ? conditionalLogStore(objects, parts)
        : dynamodbLogStore({ ...parts, store: objects, ids: this.ids, clock: this.clock });
    const { environment } = this.settings;
    return { objects, logStore: agreedLogStore({ logStore, family, environment, tableName, ledger: this.ledger }) };
  };

  /** What the commit function is made of. */
  get commitPorts(): CommitPorts {
    return {
      ledger: this.ledger,
      settings: this.settings,
      logOf: this.logOf,
      codec: checkpointCodec,
      states: this.#states,
      described: this.#described,
      join: fileJoiner(fileEncoder()),
      clock: this.clock,
      ids: this.ids,
      measurements: this.measurements,
    };
  }

  sourceSettings(source: string): SourceSettings {
    const settings = this.settings.sources[source];
    if (settings === undefined) throw new Error(`expected a source of the settings, got ${source}`);
    return settings;
  }

  /** Deploys other settings: functions start anew. */
  deploy(settingsYaml: string): void {
    const { environment } = this.settings;
    this.settings = parseSettings(settingsYaml, { file: `config/${environment}.yaml`, environment });
    this.#ingests.clear();
  }

  /** Produces records and delivers each to the source's function in one batch: a true event, through its reader. */
  async push(source: string, records: readonly PushedRecord[]): Promise<IngestOutcome> {
    return this.deliver(source, this.produce(source, records));
  }

  /** What an event source mapping would hand over for the records, as the text of a Lambda event. */
  produce(source: string, records: readonly PushedRecord[]): string {
    pushedRecords(records.length);
    return this.lines.event(source, this.sourceSettings(source).origin, records, this.nowMs);
  }

  /** Delivers an event, again if need be. */
  deliver(source: string, event: string): Promise<IngestOutcome> {
    const ingest = this.#ingestOf(source);
    const { origin } = this.sourceSettings(source);
    return ingest((payloads) =>
      origin.kind === 'kafka'
        ? readKafkaEvent(JSON.parse(event), source, origin.topic, payloads)
        : readKinesisEvent(JSON.parse(event), source, payloads),
    );
  }

  #ingestOf(source: string): IngestBatch {
    const ports = { formats: formatPorts(this.settings), ...this.ingestPorts };
    const ingest = this.#ingests.get(source) ?? batchIngest(ingestSettingsOf(this.settings, source), ports);
    this.#ingests.set(source, ingest);
    return ingest;
  }

  /** Waits out every latency, then runs the committer until nothing is left to commit, with checkpoints and diversions that are due. */
  async commit(): Promise<void> {
    const latencies = (await this.tables()).map(({ tableName }) => tableSettingsOf(this.settings, tableName).latencyMs);
    this.nowMs += Math.max(0, ...latencies);
    await this.commitRipe();
  }

  /** Runs the committer for what is ripe at this very moment; a table that cannot be committed leaves the others be. */
  async commitRipe(): Promise<void> {
    const maxRounds = 20;
    for (let round = 0; round < maxRounds; round++) {
      const answers: CommitResponse[] = [];
      const failures: unknown[] = [];
      for (const { tableId } of await this.tables()) {
        await this.#commitTable(tableId).then(
          (answer) => answers.push(answer),
          (failure: unknown) => failures.push(failure),
        );
      }
      if (failures.length > 0) throw failures[0];
      if (!answers.some(({ divertDue }) => divertDue)) return;
    }
    throw new Error(`expected tables to be committed within ${maxRounds} rounds`);
  }

  async #commitTable(tableId: string): Promise<CommitResponse> {
    const owner = this.ids();
    this.ledger.items.leases.set(tableId, { owner, expiresAtS: 0 });
    const answer = await commitTable({ tableId, owner }, this.commitPorts);
    const parts = { ledger: this.ledger, storeOf: this.storeOf, codec: checkpointCodec, ids: this.ids };
    const { clock, measurements, settings } = this;
    if (answer.checkpointDue) await checkpointTable(tableId, { ...parts, clock, measurements });
    if (answer.divertDue) {
      await divertManifests(tableId, {
        ...{ ...parts, settings, clock, measurements },
        readRows: (tableName, path, fields) => dataFileRows(this.storeOf(tableName), path, fields),
        encode: async (columns, compression) => (await encodeParquet(columns, compression)).bytes,
      });
    }
    return answer;
  }

  /** Tables that the ledger knows, those made at run time included. */
  async tables(): Promise<TableRecord[]> {
    return [...this.ledger.items.tables.values()];
  }

  /** Canonical JSON texts of a table's rows, read by its Delta log, sorted; those of an earlier version where asked. */
  async canonicalRows(table: string, version?: number): Promise<string[]> {
    const store = this.storeOf(table);
    const lines = await canonicalLines(store, await openedTable(store, version));
    readRows(lines.length);
    return lines;
  }

  /** As `canonicalRows`, parsed. A table without a log has no rows. */
  async rows(table: string, version?: number): Promise<ReadRow[]> {
    try {
      return (await this.canonicalRows(table, version)).map((line) => JSON.parse(line));
    } catch (error) {
      if (error instanceof NotATable) return [];
      throw error;
    }
  }

  /** Rows of the dead-letter table; `payload` and `key` as UTF-8 text. */
  async deadLetters(table: string = deadLetterTable): Promise<ReadRow[]> {
    const text = (base64: unknown) => (typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString() : base64);
    return (await this.rows(table)).map((row) => ({ ...row, key: text(row.key), payload: text(row.payload) }));
  }

  /** The sum of what was counted for a metric. */
  counted(metric: MetricName): number {
    return this.counts.filter((count) => count.metric === metric).reduce((sum, { value }) => sum + value, 0);
  }
}

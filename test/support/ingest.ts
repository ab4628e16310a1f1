import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import type { MetricName } from '#contract/metrics.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import type { ObjectStore, StoredObject } from '#delta/object-store.ts';
import type { LakeTable } from '#pipeline/ingest/agree-table.ts';
import { batchIngest, type IngestPorts, type ReadBatch } from '#pipeline/ingest/ingest-batch.ts';
import { ingestSettingsOf } from '#pipeline/ingest/ingest-settings.ts';
import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import { comparePositions } from '#pipeline/ledger/position.ts';
import { type MemoryLedger, memoryLedger } from './memory-ledger.ts';
import { memoryObjectStore } from './memory-object-store.ts';
import { rowsOfParquet } from './parquet-rows.ts';

const utf8 = new TextEncoder();

/** A record of source `clicks`; `value` is JSON text, bytes, or null for a tombstone. */
export function record(
  position: string | number,
  value: string | Uint8Array | null,
  more: Partial<SourceRecord> = {},
): SourceRecord {
  return {
    source: 'clicks',
    partition: '0',
    position: String(position),
    timestampMs: 1_700_000_000_000 + Number(String(position).split('.')[0]),
    key: undefined,
    value: value === null ? undefined : typeof value === 'string' ? utf8.encode(value) : value,
    headers: [],
    ...more,
  };
}

export interface IngestWorld {
  ledger: MemoryLedger;
  stores: Map<string, ObjectStore & { objects: Map<string, StoredObject> }>;
  counts: { metric: MetricName; value: number; about: { source?: string; table?: string } }[];
  now: { ms: number };
  ports: IngestPorts;
  lake: Map<string, LakeTable>;
  ingest: (records: readonly SourceRecord[] | ReadBatch, ledger?: Ledger) => ReturnType<ReturnType<typeof batchIngest>>;
  manifests(table: string): Promise<Manifest[]>;
  /** Rows of every staged manifest of a table, in the order of their ordinals, with partition values. */
  rows(table: string): Promise<Record<string, unknown>[]>;
}

type SourceOptions = Partial<{
  tombstones: 'drop' | 'deadLetter' | 'row';
  transforms: Record<string, string>;
  drop: string[];
  route: Record<string, unknown>;
  format: 'json' | 'msgpack' | 'string' | 'int64' | 'bytes';
}>;

/** Ingest of one source `clicks` into table `clicks`, over a ledger and a lake in memory. */
export function ingestWorld(
  table: Record<string, unknown> = {},
  source: SourceOptions = {},
  environment = 'test',
  deadLetters: Record<string, unknown> = {},
): IngestWorld {
  return routedWorld({ clicks: table, dead_letters: deadLetters }, { table: 'clicks', ...source }, environment);
}

/** Ingest of one source `clicks`, over a ledger and a lake in memory. */
export function routedWorld(
  tables: Record<string, Record<string, unknown>>,
  source: SourceOptions & { table?: string },
  environment = 'test',
): IngestWorld {
  const parsed = settingsSchema.parse({
    clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:9092'] } },
    sources: { clicks: { kafka: { cluster: 'broker', topic: 'clicks' }, ...source } },
    tables,
  });
  const ledger = memoryLedger();
  const stores: IngestWorld['stores'] = new Map();
  const counts: IngestWorld['counts'] = [];
  const lake: IngestWorld['lake'] = new Map();
  const now = { ms: 1_700_000_100_000 };
  let lastId = 0;
  const ports: IngestPorts = {
    ledger,
    storeOf: (name) => {
      const store = stores.get(name) ?? memoryObjectStore(() => now.ms);
      stores.set(name, store);
      return store;
    },
    lakeTable: async (name) => lake.get(name),
    engines: kernelEngines(),
    clock: () => now.ms,
    ids: () => `id-${++lastId}`,
    measurements: { count: (metric, value, about) => counts.push({ metric, value, about }) },
  };
  const settings = ingestSettingsOf({ ...parsed, environment }, 'clicks');
  const ingest = batchIngest(settings, ports);
  const manifests = async (name: string): Promise<Manifest[]> => {
    const found = await ledger.tableNamed(name);
    const staged = found === undefined ? [] : await ledger.manifestsOf(found.tableId);
    return staged.sort((left, right) => comparePositions(left.ranges[0]!.from, right.ranges[0]!.from));
  };
  return {
    ledger,
    stores,
    counts,
    now,
    ports,
    lake,
    ingest: (records, other) =>
      (other === undefined ? ingest : batchIngest(settings, { ...ports, ledger: other }))(
        typeof records === 'function' ? records : () => records,
      ),
    manifests,
    async rows(name) {
      const files = (await manifests(name)).flatMap((manifest) => manifest.files);
      const rows = await Promise.all(
        files.map(async ({ path, partitionValues }) => {
          const object = stores.get(name)?.objects.get(path);
          if (object === undefined) throw new Error(`expected the staged file ${path} of ${name}, found none`);
          return (await rowsOfParquet(object.bytes)).map((row) => ({ ...row, ...partitionValues }));
        }),
      );
      return rows.flat();
    },
  };
}

/** The sum of what was counted for a metric. */
export const counted = ({ counts }: IngestWorld, metric: MetricName): number =>
  counts.filter((count) => count.metric === metric).reduce((sum, { value }) => sum + value, 0);

import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { CommitResponse } from '#contract/commit-machine.ts';
import { tableUri } from '#contract/environment.ts';
import type { MetricName } from '#contract/metrics.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import { parseActions, serializeActions } from '#delta/action-json.ts';
import type { Action, AddFile } from '#delta/actions.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { commitPath } from '#delta/log-path.ts';
import { agreedLogStore } from '#pipeline/commit/agreed-log-store.ts';
import type { CommitPorts } from '#pipeline/commit/commit-table.ts';
import { commitTable } from '#pipeline/commit/commit-table.ts';
import type { TableRecord } from '#pipeline/ledger/ledger.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import { schemaString } from './actions.ts';
import { memoryCommitEntries } from './memory-commit-entries.ts';
import { type MemoryLedger, memoryLedger } from './memory-ledger.ts';
import { memoryObjectStore } from './memory-object-store.ts';

export const owner = 'execution:t1';

/** A table `clicks` with id `t1` whose manifests a test stages, over a ledger and a log in memory. */
export class CommitWorld {
  nowMs = 1_700_000_003_000;
  readonly ledger: MemoryLedger = memoryLedger();
  readonly objects = memoryObjectStore(() => this.nowMs);
  readonly entries = memoryCommitEntries();
  readonly counts: { metric: MetricName; value: number; about: { source?: string; table?: string } }[] = [];
  readonly ports: CommitPorts;
  #ids = 0;

  constructor(tableSettings: Record<string, unknown> = {}, more: Partial<CommitPorts> = {}) {
    const { tables } = settingsSchema.parse({
      clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:9092'] } },
      sources: { clicks: { kafka: { cluster: 'broker', topic: 'clicks' }, table: 'clicks' } },
      tables: { clicks: { latency: '2s', ...tableSettings } },
    });
    const ids = () => `id-${++this.#ids}`;
    const clock = () => this.nowMs;
    const tablePath = tableUri('lake', 'clicks');
    const dynamodb = dynamodbLogStore({ store: this.objects, entries: this.entries, tablePath, ids, clock });
    const logStore =
      tableSettings.logStore === 'conditional'
        ? conditionalLogStore(this.objects, { entries: this.entries, tablePath })
        : dynamodb;
    const agreed = {
      ...{ logStore, environment: 'test', tableName: 'clicks', ledger: this.ledger },
      family: tables.clicks!.logStore,
    };
    this.ports = {
      ledger: this.ledger,
      settings: { environment: 'test', tables },
      logOf: () => ({ objects: this.objects, logStore: agreedLogStore(agreed) }),
      codec: checkpointCodec,
      states: new Map(),
      described: new Map(),
      clock,
      ids,
      measurements: { count: (metric, value, about) => this.counts.push({ metric, value, about }) },
      ...more,
    };
  }

  async createTable(record: Partial<TableRecord> = {}): Promise<TableRecord> {
    this.ledger.items.leases.set('t1', { owner, expiresAtS: 0 });
    return this.ledger.createTable({
      tableId: 't1',
      tableName: 'clicks',
      incarnation: 'incarnation-1',
      schemaString: schemaString(['id', 'long']),
      schemaVersion: 1,
      partitionColumns: [],
      logStore: { family: this.ports.settings.tables.clicks!.logStore, sinceVersion: -1 },
      ...record,
    });
  }

  async stage(...manifests: Manifest[]): Promise<void> {
    const outcome = await this.ledger.stage({ moves: [], manifests });
    if (outcome !== 'staged') throw new Error(`expected the manifests to be staged, got ${outcome}`);
  }

  commit(ports: Partial<CommitPorts> = {}): Promise<CommitResponse> {
    return commitTable({ tableId: 't1', owner }, { ...this.ports, ...ports });
  }

  actions(version: number): Action[] {
    const object = this.objects.objects.get(commitPath(version));
    if (object === undefined) throw new Error(`expected version ${version}, found none`);
    return parseActions(object.bytes);
  }

  /** What an outside writer does that puts conditionally, and knows no entries. */
  async write(version: number, actions: readonly Action[]): Promise<void> {
    const outcome = await this.objects.putIfAbsent(commitPath(version), serializeActions(actions));
    if (outcome !== 'created') throw new Error(`expected to write version ${version}, got ${outcome}`);
  }

  adds(version: number): AddFile[] {
    return this.actions(version).flatMap((action) => ('add' in action ? [action.add] : []));
  }

  counted(metric: MetricName): number {
    return this.counts.filter((count) => count.metric === metric).reduce((sum, { value }) => sum + value, 0);
  }
}

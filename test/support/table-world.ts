import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { MetricName } from '#contract/metrics.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action, AddFile } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { encodePath } from '#delta/file-path.ts';
import { commitPath } from '#delta/log-path.ts';
import type { LogStore } from '#delta/log-store.ts';
import { removedTableSettings } from '#pipeline/table-defaults.ts';
import { addFile, metaDataAction, protocolAction, removeFile } from './actions.ts';
import { type MemoryLedger, memoryLedger } from './memory-ledger.ts';
import { memoryObjectStore } from './memory-object-store.ts';

export const dayMs = 86_400_000;

/** A table `clicks` with id `t1` in memory, whose time a test moves: files are put and versions written when it says so. */
export class TableWorld {
  nowMs = Date.UTC(2026, 0, 1);
  version = -1;
  readonly store = memoryObjectStore(() => this.nowMs);
  readonly ledger: MemoryLedger = memoryLedger();
  readonly counts: { metric: MetricName; value: number }[] = [];
  readonly settings = { tables: { clicks: structuredClone(removedTableSettings), dead_letters: removedTableSettings } };
  logStore: LogStore = conditionalLogStore(this.store);
  readonly codec = checkpointCodec;
  readonly ports = {
    ledger: this.ledger,
    settings: this.settings,
    logOf: () => ({ objects: this.store, logStore: this.logStore }),
    codec: checkpointCodec,
    clock: () => this.nowMs,
    measurements: { count: (metric: MetricName, value: number) => this.counts.push({ metric, value }) },
  };

  after(days: number): this {
    this.nowMs += days * dayMs;
    return this;
  }

  /** Puts an object of 100 bytes, which nothing names yet. */
  async file(path: string): Promise<string> {
    await this.store.put(path, new Uint8Array(100));
    return path;
  }

  async create(configuration: Record<string, string> = {}, partitionColumns: string[] = []): Promise<void> {
    await this.commit([protocolAction(), metaDataAction({ configuration, partitionColumns })]);
  }

  async commit(actions: readonly Action[]): Promise<number> {
    this.version += 1;
    const outcome = await this.store.putIfAbsent(commitPath(this.version), serializeActions(actions));
    if (outcome !== 'created') throw new Error(`expected to write version ${this.version}, got ${outcome}`);
    return this.version;
  }

  /** Puts files and commits them, and removes others. */
  async change(
    added: readonly string[],
    removed: readonly string[] = [],
    rest: Partial<AddFile> = {},
  ): Promise<number> {
    for (const path of added) await this.file(path);
    return this.commit([
      ...removed.map((path) => ({ remove: this.removeOf(path) })),
      ...added.map((path) => ({ add: addFile(encodePath(path), { modificationTime: this.nowMs, ...rest }) })),
    ]);
  }

  removeOf(path: string) {
    return removeFile(encodePath(path), { deletionTimestamp: this.nowMs, size: 100 });
  }

  async checkpoint(version = this.version): Promise<void> {
    await writeCheckpoint(this.store, this.codec, version, this.nowMs);
  }

  /** Paths of objects outside the log, sorted. */
  files(): string[] {
    return this.paths().filter((path) => !path.startsWith('_delta_log/'));
  }

  /** Names of files in the log, sorted. */
  logFiles(): string[] {
    return this.paths()
      .filter((path) => path.startsWith('_delta_log/'))
      .map((path) => path.slice('_delta_log/'.length).replace(/^0+(?=\d)/, ''));
  }

  paths(): string[] {
    return [...this.store.objects.keys()].sort();
  }

  counted(metric: MetricName): number {
    return this.counts.filter((count) => count.metric === metric).reduce((sum, { value }) => sum + value, 0);
  }
}

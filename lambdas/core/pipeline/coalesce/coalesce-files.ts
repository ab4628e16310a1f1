import type { Compression } from '#columnar/encode/page-compression.ts';
import { type MetricName, metrics } from '#contract/metrics.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import { isCommittedAs } from '#delta/commit-point.ts';
import type { IndexedColumns } from '#delta/indexed-columns.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSchema, type StructField } from '#delta/schema.ts';
import type { Clock, Ids } from '../clock.ts';
import { dataFilePath, fileLayoutOf } from '../file-properties.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { Manifest, StagedFile } from '../ledger/manifest.ts';
import type { RewrittenFile } from '../optimize/rewrite-files.ts';
import { type CoalesceSettings, planCoalesce } from './coalesce-plan.ts';

export interface JoinJob {
  tableName: string;
  /** Of one partition. */
  files: readonly StagedFile[];
  /** Where the new file goes: a fresh name. */
  path: string;
  /** The table's columns without those it is partitioned by; a file may lack some. */
  fields: readonly StructField[];
  minRowGroupBytes: number;
  compression: Compression;
  /** Columns that get statistics, and names of those that get Bloom filters. */
  indexed: IndexedColumns;
  bloomFilters: readonly string[];
  /** To be asked between one piece of work and the next: throws once it takes too long. */
  goesOn(): void;
}

/**
 * Makes one data file of several. Nothing: they are better left as they are.
 *
 * @throws whatever keeps it from being done; no file is left at `path` then.
 */
export type FileJoiner = (job: JoinJob, store: ObjectStore) => Promise<RewrittenFile | undefined>;

export type CoalescedTable = Pick<TableSettings, 'coalesce' | 'compression' | 'bloomFilters'>;

export interface CoalescePorts {
  store: ObjectStore;
  join: FileJoiner;
  clock: Clock;
  ids: Ids;
  count(metric: MetricName, value: number): void;
}

/** A file that stands for several staged ones. */
interface Coalesced {
  file: StagedFile;
  /** Paths. */
  sources: ReadonlySet<string>;
  madeMs: number;
}

/** One whose sources wait to be settled, and the commit of ours that brought it in. */
interface Committed extends Coalesced {
  version: number;
  txnId: string;
}

/** Vacuum takes what nobody names once it is a day old; an attempt to commit is over minutes after it began. */
const maxReuseMs = 600_000;

/**
 * Small files of what one invocation commits become few, by the rules of docs/model/coalesce.pml: what was made is used as long as
 * every one of its sources is taken still; sources are deleted once this very process was told that its commit is in the log, and
 * has settled the manifests that named them. Whoever dies in between leaves orphans for vacuum.
 */
export class FileCoalescer {
  readonly #table: CoalescedTable;
  readonly #settings: CoalesceSettings;
  readonly #ports: CoalescePorts;
  #made: Coalesced[] = [];
  #committed: Committed[] = [];
  #bytesLeft: number;
  #deadlineMs: number | undefined;
  #hasFailed = false;

  constructor(table: CoalescedTable, ports: CoalescePorts) {
    this.#table = table;
    this.#settings = table.coalesce;
    this.#ports = ports;
    this.#bytesLeft = this.#settings.maxBytes;
  }

  /** The files to add for what is taken. Never fails: what cannot be coalesced is added as it is. */
  async filesFor(taken: readonly Manifest[], record: TableRecord): Promise<StagedFile[]> {
    const files = taken.flatMap((manifest) => manifest.files);
    const nowMs = this.#ports.clock();
    const paths = new Set(files.map(({ path }) => path));
    // What is to take again is in no log, whatever a commit was told: it may come in as it is now.
    this.#committed = this.#committed.filter(({ sources }) => sources.isDisjointFrom(paths));
    this.#made = this.#made.filter(({ sources, madeMs }) => nowMs - madeMs < maxReuseMs && sources.isSubsetOf(paths));
    await this.#coalesce(this.#left(files), record);
    return [...this.#left(files), ...this.#made.map(({ file }) => file)];
  }

  /** What nothing stands for. */
  #left(files: readonly StagedFile[]): StagedFile[] {
    return files.filter(({ path }) => !this.#made.some(({ sources }) => sources.has(path)));
  }

  async #coalesce(files: readonly StagedFile[], record: TableRecord): Promise<void> {
    const { clock, count } = this.#ports;
    if (this.#hasFailed) return;
    const bins = planCoalesce(files, this.#settings, this.#bytesLeft);
    for (const bin of bins) {
      this.#deadlineMs ??= clock() + this.#settings.maxTimeMs;
      if (clock() >= this.#deadlineMs) return;
      try {
        const joined = await this.#join(bin, record, this.#deadlineMs);
        if (joined === undefined) continue;
        this.#made.push(joined);
        this.#bytesLeft -= bin.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        count(metrics.coalescedFiles, bin.length);
      } catch {
        this.#hasFailed = true;
        count(metrics.coalesceFailures, 1);
        return;
      }
    }
  }

  async #join(
    files: readonly StagedFile[],
    { tableName, schemaString, partitionColumns, ...record }: TableRecord,
    deadlineMs: number,
  ): Promise<Coalesced | undefined> {
    const { store, join, clock, ids } = this.#ports;
    const { partitionValues } = files[0] as StagedFile;
    const { compression, bloomFilters } = this.#table;
    const layout = fileLayoutOf(record);
    const job: JoinJob = {
      tableName,
      files,
      ...{ compression, bloomFilters, indexed: layout.indexed },
      path: dataFilePath(layout, partitionColumns, partitionValues, ids),
      fields: parseSchema(schemaString).fields.filter(({ name }) => !partitionColumns.includes(name)),
      minRowGroupBytes: this.#settings.minRowGroupBytes,
      goesOn: () => {
        const lateMs = clock() - deadlineMs;
        if (lateMs > 0)
          throw new Error(`expected to coalesce within ${this.#settings.maxTimeMs} ms, ${lateMs} ms late`);
      },
    };
    const madeMs = clock();
    const joined = await join(job, store);
    if (joined === undefined) return undefined;
    const { path, sizeBytes, rows, stats } = joined;
    const file = { path, sizeBytes, rows, partitionValues, stats, modifiedMs: clock() };
    return { file, sources: new Set(files.map((source) => source.path)), madeMs };
  }

  /** To be told when the log has what `filesFor` answered last, by a commit of this process. */
  committed(version: number, txnId: string): void {
    this.#committed.push(...this.#made.map((made) => ({ ...made, version, txnId })));
    this.#made = [];
  }

  /**
   * To be told when manifests are deleted from the ledger since the log, now at `version`, covers them: the sources that they named
   * are nobody's then. A version that a stray writer has replaced meanwhile is no proof: others may have brought them in as they are.
   */
  async settled(manifests: readonly Manifest[], version: number): Promise<void> {
    if (this.#committed.length === 0) return;
    const settled = new Set(manifests.flatMap(({ files }) => files.map(({ path }) => path)));
    const isSettled = ({ sources }: Committed) => sources.isSubsetOf(settled);
    const done = this.#committed.filter(isSettled);
    this.#committed = this.#committed.filter((committed) => !isSettled(committed));
    try {
      const superfluous: string[] = [];
      for (const committed of done) {
        if (await this.#isInLog(committed, version)) superfluous.push(...committed.sources);
      }
      if (superfluous.length > 0) await this.#ports.store.deleteAll(superfluous);
    } catch {
      this.#ports.count(metrics.coalesceFailures, 1);
    }
  }

  /** Of the latest version it is known already: what is covered since then, that version covers. */
  async #isInLog({ version, txnId }: Committed, latest: number): Promise<boolean> {
    return latest === version || (latest > version && (await isCommittedAs(this.#ports.store, version, txnId)));
  }
}

import { type CommitRequest, type CommitResponse, executionS, leaseS } from '#contract/commit-machine.ts';
import { type MetricName, metrics } from '#contract/metrics.ts';
import type { Settings } from '#contract/settings.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { writerOf } from '#delta/commit-point.ts';
import { nextCommitTime } from '#delta/commit-time.ts';
import type { LogState } from '#delta/log-state.ts';
import { properties, validPropertyOf } from '#delta/properties.ts';
import { parseSchema } from '#delta/schema.ts';
import type { Clock, Ids } from '../clock.ts';
import { FileCoalescer, type FileJoiner } from '../coalesce/coalesce-files.ts';
import type { Ledger, TableRecord } from '../ledger/ledger.ts';
import type { Manifest, StagedFile } from '../ledger/manifest.ts';
import { appIdOf, linesInLog, manifestId, type PlacedManifests, placeManifests } from '../ledger/manifest-line.ts';
import { type LogStates, latestLogState, type TableLog } from '../log/table-log.ts';
import type { Measurements } from '../measurements.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import { agreeWithLog } from './agree-with-log.ts';
import { agreeOnLogStore } from './agreed-log-store.ts';
import type { Catalog } from './catalog.ts';
import { assertOldWriterIsOut, planCommit } from './commit-actions.ts';
import { CommitContentionError, LedgerBehindLogError } from './commit-errors.ts';
import { isContradicted } from './contradicted-columns.ts';
import { dueAtMs, isRipe, stagedIn } from './ripeness.ts';

/** Attempts in a row that others win, or that nobody answers. */
const maxAttempts = 20;
/** What a committer knows is used for as long; then it starts over. */
const maxSnapshotAgeMs = 600_000;
/** Clocks of ingests and committers differ by less. */
const clockSkewMs = 300_000;
/** The machine waits for what is due within a minute; the sweeper starts what is due later. */
const maxWaitS = 60;
/** An execution that has waited commits within as long. */
const lastCommitS = 60;
/** Keeps a version's JSON at some megabytes. */
const limits = { maxFiles: 10_000 };

export const engineInfo = 'Alluvium';

export interface CommitPorts {
  ledger: Ledger;
  settings: Pick<Settings, 'environment' | 'tables'>;
  logOf: (tableName: string) => TableLog;
  codec: CheckpointReader;
  /** Lives as long as the process. */
  states: LogStates;
  /** Absent: nobody looks tables up. */
  catalog?: Catalog;
  /** Schemas that the catalog has been told, by table id; lives as long as the process. */
  described: Map<string, string>;
  /** Absent: files are committed as they were staged. */
  join?: FileJoiner;
  clock: Clock;
  ids: Ids;
  measurements: Measurements;
}

/**
 * One round of a table's commits (docs/architecture.md, "Commit"): what is ripe and continues the log without a gap becomes a
 * version, what the log covers is settled, and the backlog is published. What contradicts the log's columns waits to be
 * diverted. Two at once, a zombie, a lost answer, a death between any two steps: each manifest is in the log once, since before
 * every attempt what the log's txn covers is dropped.
 *
 * @throws {LedgerBehindLogError | SchemaConflictError | CommitContentionError} see there; nothing is lost by any of them.
 */
export async function commitTable(
  { tableId, owner, startedAt }: CommitRequest,
  ports: CommitPorts,
): Promise<CommitResponse> {
  const { ledger, states, clock } = ports;
  const idle = () => ({
    tableId,
    waitS: 0,
    checkpointDue: false,
    divertDue: false,
    version: states.get(tableId)?.version ?? -1,
  });
  const record = await ledger.tableById(tableId);
  if (record === undefined) return idle();
  if ((await ledger.renewLease(tableId, owner, Math.floor(clock() / 1000) + leaseS)) === 'lost') return idle();
  const startedMs = startedAt === undefined ? clock() : Date.parse(startedAt);
  const round = new CommitRound(record, startedMs, ports);
  try {
    return await round.run();
  } catch (error) {
    round.count(metrics.commitFailures, 1);
    throw error;
  }
}

class CommitRound {
  #record: TableRecord;
  /** When the execution began. */
  readonly #startedMs: number;
  readonly #ports: CommitPorts;
  readonly #settings: TableSettings;
  readonly #log: TableLog;
  readonly #coalescer: FileCoalescer | undefined;
  #manifests: Manifest[] = [];
  #readMs = 0;
  /** Manifests behind a gap at the first look: only what still is at the second is stranded. */
  #suspects: ReadonlySet<string> | undefined;
  /**
   * The latest version that is known to be of this table's writers, or that was counted as stray; and its etag, where it was
   * read.
   */
  #judged: { version: number; etag?: string | undefined } | undefined;

  constructor(record: TableRecord, startedMs: number, ports: CommitPorts) {
    this.#record = record;
    this.#startedMs = startedMs;
    this.#ports = ports;
    this.#settings = tableSettingsOf(ports.settings, record.tableName);
    this.#log = ports.logOf(record.tableName);
    this.#judged = ports.states.get(record.tableId);
    this.#coalescer = this.#newCoalescer();
  }

  #newCoalescer(): FileCoalescer | undefined {
    const { join, clock, ids } = this.#ports;
    if (join === undefined || !this.#settings.coalesce.enabled) return undefined;
    const count = (metric: MetricName, value: number) => this.count(metric, value);
    return new FileCoalescer(this.#settings, { store: this.#log.objects, join, clock, ids, count });
  }

  count(metric: MetricName, value: number): void {
    this.#ports.measurements.count(metric, value, { table: this.#record.tableName });
  }

  async run(): Promise<CommitResponse> {
    const before = this.#ports.states.get(this.#record.tableId)?.version;
    await this.#readManifests();
    try {
      return await this.#rounds(before);
    } catch (error) {
      /** A table that cannot be committed holds its sources back all the same, once too much waits. */
      const staged = this.#manifests;
      await this.#publishStaged(staged, dueAtMs(stagedIn(staged), this.#settings)).catch(() => undefined);
      throw error;
    }
  }

  async #rounds(before: number | undefined): Promise<CommitResponse> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if (this.#ports.clock() - this.#readMs > maxSnapshotAgeMs) await this.#readManifests();
      const state = await this.#latestState();
      const placed = await this.#place(state);
      if (placed === undefined) continue;
      await this.#settle(placed.covered, state);

      const dueMs = dueAtMs(stagedIn(placed.taken), this.#settings);
      const nowMs = this.#ports.clock();
      if (dueMs === undefined || !isRipe(dueMs, nowMs)) {
        await this.#publishStaged([...placed.taken, ...placed.waiting, ...placed.stranded], dueMs);
        return this.#respond(placed, { state, before, dueInS: dueMs === undefined ? 0 : (dueMs - nowMs) / 1000 });
      }
      if ((await this.#attempt(state, placed.taken)) === 'committed') attempt = -1;
    }
    throw new CommitContentionError(
      `table ${this.#record.tableName}: expected to commit within ${maxAttempts} attempts`,
    );
  }

  async #readManifests(): Promise<void> {
    this.#readMs = this.#ports.clock();
    this.#manifests = await this.#ports.ledger.manifestsOf(this.#record.tableId);
  }

  /** The latest state; the ledger's record and the catalog then know what it says. */
  async #latestState(): Promise<LogState | undefined> {
    const { ledger, codec, states } = this.#ports;
    const { tableId } = this.#record;
    const state = await latestLogState(tableId, this.#log, codec, states);
    /** Read after the manifests: it has every column that their files have. */
    this.#record = (await ledger.tableById(tableId)) ?? this.#record;
    if (state !== undefined) {
      this.#record = await agreeWithLog(this.#record, state, ledger);
      await this.#describe(state);
      await this.#lookForStray(state);
    }
    return state;
  }

  /** Only a version that others wrote is looked at, and of several the last: a stray writer is found by its next commit. */
  async #lookForStray({ version, etag }: LogState): Promise<void> {
    const isJudged = version === this.#judged?.version && (this.#judged.etag ?? etag) === etag;
    if (!isJudged && (await this.#log.logStore.isStray(version))) await this.#countStray(version);
    this.#judged = { version, etag };
  }

  async #countStray(version: number): Promise<void> {
    const { measurements } = this.#ports;
    const writer = `${await writerOf(this.#log.objects, version)}, version ${version}`;
    measurements.count(metrics.strayWriter, 1, { table: this.#record.tableName, writer });
    this.#judged = { version };
  }

  /** A catalog that cannot be reached is told at the next commit; the commit does not wait for it. */
  async #describe({ metaData }: LogState): Promise<void> {
    const { catalog, described } = this.#ports;
    const { tableId, tableName } = this.#record;
    const { schemaString } = metaData;
    if (catalog === undefined || described.get(tableId) === schemaString) return;
    try {
      await catalog.describe({ tableName, schema: parseSchema(schemaString) });
      described.set(tableId, schemaString);
    } catch {
      this.count(metrics.catalogFailures, 1);
    }
  }

  /** Nothing: something seems stranded that a second look may find the way to. */
  async #place(state: LogState | undefined): Promise<PlacedManifests | undefined> {
    const { environment } = this.#ports.settings;
    const lines = linesInLog(environment, state, this.#record.incarnation);
    const placed = placeManifests(this.#manifests, lines, { ...limits, isHeld: this.#isHeld });
    const suspects = this.#suspects;
    if (suspects === undefined && placed.stranded.length > 0) {
      this.#suspects = new Set(placed.stranded.map(manifestId));
      await this.#readManifests();
      return undefined;
    }
    const stranded = placed.stranded.filter((manifest) => suspects?.has(manifestId(manifest)));
    if (stranded.length > 0) this.count(metrics.strandedManifests, stranded.length);
    return placed;
  }

  /** Its rows are for the divert function to sort. */
  readonly #isHeld = (manifest: Manifest): boolean => isContradicted(manifest, this.#record);

  /** Deletes what the log holds, as the log says: never by memory. */
  async #settle(covered: readonly Manifest[], state: LogState | undefined): Promise<void> {
    if (state === undefined || covered.length === 0) return;
    for (const manifest of covered) this.#assertNotBehind(manifest, state);
    await this.#ports.ledger.deleteManifests(covered);
    const settled = new Set(covered);
    this.#manifests = this.#manifests.filter((manifest) => !settled.has(manifest));
    await this.#coalescer?.settled(covered, state.version);
  }

  #assertNotBehind({ ranges, stagedMs }: Manifest, { txns }: LogState): void {
    for (const range of ranges) {
      const appId = appIdOf(this.#ports.settings.environment, range);
      const { version, lastUpdated } = txns.get(appId) ?? {};
      if (lastUpdated === undefined || stagedMs <= lastUpdated + clockSkewMs) continue;
      this.count(metrics.ledgerBehindLog, 1);
      throw new LedgerBehindLogError(
        `table ${this.#record.tableName}: expected ordinal ${range.ordinal} of ${appId}, staged at ${stagedMs}, to be new, but its log was at ${version} by ${lastUpdated}`,
      );
    }
  }

  async #attempt(state: LogState | undefined, taken: readonly Manifest[]): Promise<'committed' | 'again'> {
    const { clock, ids, settings, ledger } = this.#ports;
    assertOldWriterIsOut(state, this.#record);
    this.#record = await agreeOnLogStore(this.#record, this.#settings.logStore, ledger);
    const files = await this.#filesFor(taken);
    const txnId = ids();
    const nowMs = clock();
    const commitTime = state && (await nextCommitTime(state, this.#log.objects, nowMs));
    const { version, actions } = planCommit({
      environment: settings.environment,
      state,
      record: this.#record,
      settings: this.#settings,
      taken,
      files,
      txnId,
      nowMs,
      ...commitTime,
      engineInfo,
    });
    const outcome = await this.#log.logStore.commit(version, actions, txnId);
    switch (outcome.kind) {
      case 'committed':
        this.#coalescer?.committed(version, txnId);
        this.#countCommit(taken);
        break;
      case 'conflict':
        this.count(metrics.commitConflicts, 1);
        break;
      case 'retryable':
        return 'again';
      default:
        outcome satisfies never;
    }
    if (outcome.kind === 'committed') this.#judged = { version };
    if (outcome.anomaly === 'strayWriter') await this.#countStray(version);
    if (outcome.anomaly === 'tempMissing') this.count(metrics.lostCommits, 1);
    return outcome.kind === 'committed' ? 'committed' : 'again';
  }

  async #filesFor(taken: readonly Manifest[]): Promise<StagedFile[]> {
    return (await this.#coalescer?.filesFor(taken, this.#record)) ?? taken.flatMap(({ files }) => files);
  }

  #countCommit(taken: readonly Manifest[]): void {
    const { rows, oldestArrivalMs = 0 } = stagedIn(taken);
    this.count(metrics.commits, 1);
    this.count(metrics.rowsOut, rows);
    const ranges = taken.flatMap((manifest) => manifest.ranges).filter(({ redriven }) => redriven !== undefined);
    const redriven = ranges.reduce((sum, range) => sum + range.rows, 0);
    if (redriven > 0) this.count(metrics.redrivenRows, redriven);
    this.count(metrics.freshnessMs, Math.max(0, this.#ports.clock() - oldestArrivalMs));
  }

  /** The backlog; `dueMs`: when it is due, nothing where nothing is. */
  async #publishStaged(left: readonly Manifest[], dueMs: number | undefined): Promise<void> {
    const { bytes, oldestArrivalMs } = stagedIn(left);
    await this.#ports.ledger.publishBacklog(this.#record.tableId, {
      stagedBytes: bytes,
      stagedManifests: left.length,
      ...(oldestArrivalMs === undefined ? {} : { oldestArrivalMs }),
      ...(dueMs === undefined ? {} : { dueAtMs: dueMs }),
      publishedMs: this.#ports.clock(),
    });
    this.count(metrics.stagedBytes, bytes);
    this.count(metrics.stagedManifests, left.length);
  }

  #mostWaitS(): number {
    const passedS = (this.#ports.clock() - this.#startedMs) / 1000;
    return Math.min(maxWaitS, executionS - lastCommitS - passedS);
  }

  #respond({ waiting }: PlacedManifests, { state, before, dueInS }: RoundEnd): CommitResponse {
    const version = state?.version ?? -1;
    const ofTable = state && validPropertyOf(state.metaData, properties.checkpointInterval);
    const checkpointInterval = ofTable ?? this.#settings.checkpointInterval;
    const intervals = (reached: number) => Math.floor(Math.max(0, reached) / checkpointInterval);
    return {
      tableId: this.#record.tableId,
      waitS: dueInS > this.#mostWaitS() ? 0 : Math.floor(dueInS),
      checkpointDue: intervals(version) > intervals(before ?? version - 1),
      divertDue: waiting.some(this.#isHeld),
      version,
    };
  }
}

interface RoundEnd {
  state: LogState | undefined;
  /** The version that this process knew before the round. */
  before: number | undefined;
  /** Seconds until what waits is due; 0 where nothing does. */
  dueInS: number;
}

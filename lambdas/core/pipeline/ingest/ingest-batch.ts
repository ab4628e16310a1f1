import { metrics } from '#contract/metrics.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { Clock } from '../clock.ts';
import type { Cursor, CursorMove, TableRecord } from '../ledger/ledger.ts';
import { compareEnds, comparePositions } from '../ledger/position.ts';
import type { Measurements } from '../measurements.ts';
import { AcceptedCursors } from './accepted-cursors.ts';
import type { SeenBacklog } from './assert-not-behind.ts';
import type { BatchEngine, BatchEngines } from './batch-engine.ts';
import { BatchMaker, type BatchMakerPorts } from './batch-maker.ts';
import { type BuiltUnit, buildUnit, maxUnitOpenedBytes } from './build-unit.ts';
import { deadlyReason } from './decode-record.ts';
import { CursorMovedBackError, SourceRecreatedError, StaleAttemptError } from './ingest-errors.ts';
import type { IngestSettings } from './ingest-settings.ts';
import {
  attemptOf,
  begun,
  deathsAlone,
  firstRecords,
  type Intake,
  intakesOf,
  recordCount,
  trimmed,
  withStart,
} from './intake.ts';
import type { PayloadMemory } from './payload-memory.ts';
import { type SourceRecord, sourcePartitionOf } from './source-record.ts';
import { splitBatch } from './split-records.ts';
import { rowsIn } from './table-files.ts';
import type { PlannedFile } from './transaction-plan.ts';

/** Files of a lost attempt are vacuum's after a day; an attempt stages within the hour or not at all. */
const maxAttemptAgeMs = 3_600_000;
/**
 * How often other invocations may get ahead, or answers get lost, before the batch is given back; and for how long: the slowest
 * round more is well inside the function's time-out.
 */
const maxRounds = 5;
const maxRoundsMs = 30_000;
const parallelPuts = 8;
/** Beyond, as where producers aggregate tiny records, a batch becomes several transactions: columns take memory for each row. */
const maxUnitRecords = 65_536;
/** What is taken out of envelopes in one invocation, and one unit more: what is left is delivered again, so that time is not out. */
const maxBatchOpenedBytes = 256 * 1024 * 1024;
/** Beyond as many files of one batch the bill is the fan-out's. */
const wideFanOutFiles = 4;

export interface IngestPorts extends BatchMakerPorts {
  /** The objects of a table. */
  storeOf: (tableName: string) => ObjectStore;
  engines: BatchEngines;
  clock: Clock;
  measurements: Measurements;
}

export interface IngestOutcome {
  /** By source partition, the first record that is not accepted yet: the mapping delivers from there again. Empty: all are. */
  firstUnaccepted: ReadonlyMap<string, SourceRecord>;
}

/** Reads the records of one batch, their payloads into the memory that the batch has. */
export type ReadBatch = (payloads: PayloadMemory) => readonly SourceRecord[];

/** Accepts one batch of a source: everything before the first unaccepted record is in a staged manifest, or was refused by a rule. */
export type IngestBatch = (read: ReadBatch) => Promise<IngestOutcome>;

/**
 * Accepts batches of one source (docs/architecture.md, "Ingest"). A batch fails, with an exception, only when the
 * infrastructure does, when the source is not the one it was (`SourceRecreatedError`), or when the committer is behind
 * (`BackpressureError`).
 */
export function batchIngest(settings: IngestSettings, ports: IngestPorts): IngestBatch {
  const maker = new BatchMaker(settings, ports);
  const accepted = new AcceptedCursors();
  return async (read) => {
    const engine = ports.engines.take();
    let attempt: BatchAttempt | undefined;
    try {
      const { records, left } = splitBatch(read(engine.payloads), await maker.decoder);
      attempt = new BatchAttempt({ settings, ports, maker, accepted, engine }, intakesOf(records));
      return withLeft(await attempt.run(), left);
    } catch (error) {
      countFailure(error, settings, ports);
      await attempt?.forget();
      throw error;
    } finally {
      ports.engines.give(engine);
    }
  };
}

function countFailure(error: unknown, { source }: IngestSettings, { measurements }: IngestPorts): void {
  measurements.count(metrics.ingestFailures, 1, { source });
  if (error instanceof SourceRecreatedError) measurements.count(metrics.sourceRecreated, 1, { source });
}

/** What was not taken apart is delivered again, of each source partition from the first that was not accepted. */
function withLeft({ firstUnaccepted }: IngestOutcome, left: readonly SourceRecord[]): IngestOutcome {
  if (left.length === 0) return { firstUnaccepted };
  const first = new Map(firstUnaccepted);
  for (const record of left) {
    const sourcePartition = sourcePartitionOf(record);
    if (!first.has(sourcePartition)) first.set(sourcePartition, record);
  }
  return { firstUnaccepted: first };
}

interface AttemptParts {
  settings: IngestSettings;
  ports: IngestPorts;
  maker: BatchMaker;
  accepted: AcceptedCursors;
  engine: BatchEngine;
}

class BatchAttempt {
  readonly #settings: IngestSettings;
  readonly #ports: IngestPorts;
  readonly #maker: BatchMaker;
  readonly #accepted: AcceptedCursors;
  readonly #engine: BatchEngine;
  readonly #delivered: readonly Intake[];
  readonly #cursors = new Map<string, Cursor>();
  /** Source partitions whose attempts are counted in the ledger, and of these those where earlier attempts died. */
  readonly #counted = new Set<string>();
  readonly #suspected = new Set<string>();

  constructor({ settings, ports, maker, accepted, engine }: AttemptParts, delivered: readonly Intake[]) {
    this.#settings = settings;
    this.#ports = ports;
    this.#maker = maker;
    this.#accepted = accepted;
    this.#engine = engine;
    this.#delivered = delivered;
  }

  async run(): Promise<IngestOutcome> {
    const { ledger, clock, measurements } = this.#ports;
    /** A failure ends only after every attempt has begun: one that begins later would count as a death. */
    const [idRead, tableRead, backlogRead, ...attempts] = await Promise.allSettled([
      ledger.id(),
      this.#maker.onlyTable?.agree(),
      this.#seeBacklog(this.#maker.onlyTable?.tableId),
      ...this.#delivered.map((intake) => this.#beginAttempt(intake)),
    ]);
    for (const attempt of attempts) settledValue(attempt);
    const ledgerId = settledValue(idRead);
    const table = settledValue(tableRead);
    const backlog = settledValue(backlogRead);
    const wanted = this.#begun(this.#delivered);
    const fresh = this.#trim(wanted);
    const skipped = recordCount(this.#delivered) - recordCount(wanted);
    if (skipped > 0) measurements.count(metrics.recordsSkipped, skipped, this.#source);
    const redelivered = recordCount(wanted) - recordCount(fresh);
    if (redelivered > 0) measurements.count(metrics.recordsRedelivered, redelivered, this.#source);
    const { taken, alone, spared } = attemptOf(fresh, this.#cursors, clock());
    await this.#endAttempts([...spared, ...fresh.filter((intake) => intake.records.length === 0).map(nameOf)]);
    const poison = alone !== undefined && (await this.#isPoison(alone)) ? deadlyReason : undefined;
    await this.#accept(taken, { poison, ledgerId, table, backlog });
    const left = this.#trim(taken).filter(({ records }) => records.length > 0);
    await this.#endAttempts(left.map(nameOf));
    const unaccepted = firstUnaccepted(this.#delivered, taken, spared);
    for (const { sourcePartition, records } of left) unaccepted.set(sourcePartition, records[0] as SourceRecord);
    return { firstUnaccepted: unaccepted };
  }

  get #source() {
    return { source: this.#settings.source };
  }

  async #seeBacklog(tableId: string | undefined): Promise<SeenBacklog | undefined> {
    return tableId === undefined ? undefined : { tableId, backlog: await this.#ports.ledger.backlogOf(tableId) };
  }

  async #beginAttempt({ sourcePartition, records }: Intake): Promise<void> {
    const { ledger } = this.#ports;
    const unchanged = await this.#accepted.unchanged(sourcePartition, ledger);
    if (unchanged !== undefined) {
      this.#knowCursor(unchanged);
      return;
    }
    this.#counted.add(sourcePartition);
    const cursor = await ledger.beginAttempt(sourcePartition, (records[0] as SourceRecord).position);
    if (cursor.attempts > 1) this.#suspected.add(sourcePartition);
    this.#knowCursor(cursor);
  }

  /** Counts an attempt of a record alone: batches around it may be others each time, and begin with records that were accepted. */
  async #isPoison(record: SourceRecord): Promise<boolean> {
    const attempts = await this.#ports.ledger.beginLoneAttempt(sourcePartitionOf(record), record.position);
    return attempts > deathsAlone;
  }

  /** Remembers a cursor, told where its source partition begins. */
  #knowCursor(cursor: Cursor): void {
    this.#cursors.set(cursor.sourcePartition, withStart(cursor, this.#settings.sourceSettings.startingPositions));
  }

  #knowMoved(move: CursorMove): void {
    const { sourcePartition, expectedRevision, next } = move;
    this.#cursors.set(sourcePartition, { sourcePartition, revision: expectedRevision + 1, attempts: 0, ...next });
    if (this.#suspected.has(sourcePartition)) this.#accepted.forget(sourcePartition);
    else this.#accepted.keep(move);
  }

  #begun(intakes: readonly Intake[]): Intake[] {
    return intakes.map((intake) => begun(intake, this.#cursors.get(intake.sourcePartition)));
  }

  #trim(intakes: readonly Intake[]): Intake[] {
    return this.#begun(intakes).map((intake) => trimmed(intake, this.#cursors.get(intake.sourcePartition)));
  }

  /** Stages what is taken, in as many transactions as their limits ask, until every cursor is past it or enough came out of envelopes. */
  async #accept(taken: readonly Intake[], { poison, ledgerId, table, backlog }: Known): Promise<void> {
    const mostRecords = Math.min(recordCount(taken), maxUnitRecords);
    let unitRecords = mostRecords;
    /** Of the next record alone. */
    let refusal = poison;
    let isFirst = true;
    const decoder = await this.#maker.decoder;
    const openedBefore = decoder.openedBytes ?? 0;
    let round = 0;
    let progressMs = this.#ports.clock();
    for (;;) {
      const left = this.#trim(taken).filter(({ records }) => records.length > 0);
      const unitOpenedBefore = decoder.openedBytes ?? 0;
      if (left.length === 0 || unitOpenedBefore - openedBefore >= maxBatchOpenedBytes) return;
      const startedMs = this.#ports.clock();
      if (round === maxRounds || (round > 0 && startedMs - progressMs > maxRoundsMs)) {
        throw new Error(
          `source ${this.#settings.source}: expected a transaction to be accepted within ${maxRounds} rounds and ${maxRoundsMs} ms, got none after ${round} rounds and ${startedMs - progressMs} ms`,
        );
      }
      const unit = firstRecords(left, unitRecords);
      const onlyTable = isFirst ? table : await this.#maker.onlyTable?.agree();
      const onlyBacklog = isFirst ? backlog : undefined;
      isFirst = false;
      const built = await buildUnit(
        { unit, cursors: this.#cursors, engine: this.#engine, poison: refusal, ledgerId, onlyTable, onlyBacklog },
        { settings: this.#settings, ports: this.#ports, maker: this.#maker },
      );
      if (built.plan.kind === 'tooLarge') {
        const isAlone = recordCount(unit) === 1;
        if (isAlone && (built.full === undefined || refusal !== undefined)) {
          throw new Error(`${nameOf(unit[0] as Intake)}: expected a record to fit a transaction`, {
            cause: built.full,
          });
        }
        if (isAlone) refusal = built.full?.message;
        unitRecords = built.fitting ?? Math.ceil(recordCount(unit) / 2);
        continue;
      }
      await this.#writeFiles(built.plan.files, built.encoded);
      const ageMs = this.#ports.clock() - startedMs;
      if (ageMs > maxAttemptAgeMs) {
        throw new StaleAttemptError(
          `expected to stage within ${maxAttemptAgeMs} ms of the attempt's start, got ${ageMs} ms`,
        );
      }
      const outcome = await this.#ports.ledger.stage(built.plan.transaction);
      if (outcome === 'staged') {
        for (const move of built.plan.transaction.moves) this.#knowMoved(move);
        this.#countStaged(unit, built);
        progressMs = this.#ports.clock();
        /** What came before was large: what comes may be as records mostly are. */
        const opened = decoder.openedBytes === undefined ? maxUnitOpenedBytes : decoder.openedBytes - unitOpenedBefore;
        if (refusal !== undefined) unitRecords = mostRecords;
        else if (opened < maxUnitOpenedBytes / 2) unitRecords = Math.min(2 * unitRecords, mostRecords);
        refusal = undefined;
      } else {
        round++;
        refusal = poison;
        await this.#readCursors(unit);
      }
    }
  }

  async #readCursors(intakes: readonly Intake[]): Promise<void> {
    await Promise.all(
      intakes.map(async ({ sourcePartition }) => {
        const known = this.#cursors.get(sourcePartition);
        const cursor = await this.#ports.ledger.readCursor(sourcePartition);
        if (cursor === undefined) this.#cursors.delete(sourcePartition);
        else this.#knowCursor(cursor);
        assertNotMovedBack(sourcePartition, known, this.#cursors.get(sourcePartition));
      }),
    );
  }

  async #writeFiles(files: readonly PlannedFile[], encoded: BuiltUnit['encoded']): Promise<void> {
    for (let first = 0; first < files.length; first += parallelPuts) {
      await Promise.all(files.slice(first, first + parallelPuts).map((file) => this.#writeFile(file, encoded)));
    }
  }

  async #writeFile({ tableName, columns, staged }: PlannedFile, encoded: BuiltUnit['encoded']): Promise<void> {
    const bytes = encoded.get(columns) as Uint8Array;
    await this.#ports.storeOf(tableName).put(staged.path, bytes);
    staged.sizeBytes = bytes.length;
    staged.modifiedMs = this.#ports.clock();
  }

  #countStaged(unit: readonly Intake[], { batches, deadLetters, dropped, alreadyInTables, plan }: BuiltUnit): void {
    const { measurements } = this.#ports;
    measurements.count(metrics.recordsIn, recordCount(unit) - alreadyInTables, this.#source);
    if (alreadyInTables > 0) measurements.count(metrics.recordsRedelivered, alreadyInTables, this.#source);
    for (const batch of batches) {
      const { tableName } = batch.table;
      if (tableName === this.#settings.deadLetters.tableName) continue;
      measurements.count(metrics.rowsStaged, rowsIn(batch), { table: tableName });
      if (batch.ignored === undefined) continue;
      const { rows, columns } = batch.ignored;
      measurements.count(metrics.rowsTrimmed, rows, { table: tableName, columns: columns.join(', ') });
    }
    for (const [table, letters] of Map.groupBy(deadLetters, (deadLetter) => deadLetter.table)) {
      measurements.count(metrics.deadLetters, letters.length, { table });
    }
    if (dropped > 0) measurements.count(metrics.recordsDropped, dropped, this.#source);
    const files = plan.kind === 'fits' ? plan.files.length : 0;
    if (files > wideFanOutFiles) measurements.count(metrics.wideFanOuts, 1, this.#source);
  }

  /** Only deaths add up: a failure that was caught is forgotten, where the ledger can be reached at all. */
  async forget(): Promise<void> {
    await this.#endAttempts(this.#delivered.map(nameOf)).catch(() => undefined);
  }

  async #endAttempts(sourcePartitions: readonly string[]): Promise<void> {
    const counted = sourcePartitions.filter((sourcePartition) => this.#counted.has(sourcePartition));
    await Promise.all(counted.map((sourcePartition) => this.#ports.ledger.endAttempt(sourcePartition)));
  }
}

/** What an invocation found out before it decodes anything. */
interface Known {
  /** Why the records are not to be decoded; absent: they are. */
  poison: string | undefined;
  ledgerId: string;
  /** The record of the source's only table; nothing where a route names them, or while no column is known. */
  table: TableRecord | undefined;
  backlog: SeenBacklog | undefined;
}

function settledValue<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

const nameOf = ({ sourcePartition }: Intake): string => sourcePartition;

/** A batch begins where its cursor was. Behind a cursor that went back since, its records would leave a gap. */
function assertNotMovedBack(sourcePartition: string, known: Cursor | undefined, now: Cursor | undefined): void {
  const compares = { position: compareEnds, start: comparePositions };
  for (const part of ['position', 'start'] as const) {
    const before = known?.[part];
    const after = now?.[part];
    if (before === undefined || (after !== undefined && compares[part](after, before) >= 0)) continue;
    throw new CursorMovedBackError(
      `source partition ${sourcePartition}: expected its cursor at ${before} or later, got ${after ?? 'none'}`,
    );
  }
}

/** Of each source partition, the record after the last one taken, or its first where it was spared. */
function firstUnaccepted(
  delivered: readonly Intake[],
  taken: readonly Intake[],
  spared: readonly string[],
): Map<string, SourceRecord> {
  const left = new Map<string, SourceRecord>();
  for (const { sourcePartition, records } of delivered) {
    if (spared.includes(sourcePartition)) {
      left.set(sourcePartition, records[0] as SourceRecord);
      continue;
    }
    const lastTaken = taken.find((intake) => intake.sourcePartition === sourcePartition)?.records.at(-1);
    const next = lastTaken === undefined ? undefined : records[records.indexOf(lastTaken) + 1];
    if (next !== undefined) left.set(sourcePartition, next);
  }
  return left;
}

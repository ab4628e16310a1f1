import { KernelFull } from '#columnar/kernel/kernel.ts';
import type { Cursor, TableRecord } from '../ledger/ledger.ts';
import { isUpTo, type PositionRun } from '../ledger/position.ts';
import { assertNotBehind, type SeenBacklog } from './assert-not-behind.ts';
import type { BatchEngine } from './batch-engine.ts';
import type { BatchMaker } from './batch-maker.ts';
import type { BatchRows } from './batch-rows.ts';
import type { DeadLetter } from './dead-letter.ts';
import { poisonLetter } from './decode-record.ts';
import { type EncodedFiles, encodeBatches } from './encode-batches.ts';
import type { IngestPorts } from './ingest-batch.ts';
import type { IngestSettings, IngestTable } from './ingest-settings.ts';
import { type Intake, recordCount } from './intake.ts';
import { type SourceRecord, sourcePartitionOf } from './source-record.ts';
import { rowsIn, type TableBatch } from './table-files.ts';
import { TakenRuns } from './taken-runs.ts';
import { mayFit, planTransaction, type Refused, type TransactionPlan } from './transaction-plan.ts';

/** Records that one transaction is to take, and what was found out before any is decoded. */
export interface Unit {
  unit: readonly Intake[];
  cursors: ReadonlyMap<string, Cursor>;
  engine: BatchEngine;
  /** Why the records are not to be decoded; absent: they are. */
  poison: string | undefined;
  ledgerId: string;
  /** The record of the source's only table; nothing where a route names them, or while no column is known. */
  onlyTable: TableRecord | undefined;
  /** Its backlog, where it was read with it. */
  onlyBacklog: SeenBacklog | undefined;
}

export interface UnitParts {
  settings: IngestSettings;
  ports: IngestPorts;
  maker: BatchMaker;
}

export interface BuiltUnit {
  plan: TransactionPlan;
  /** How many of the records there is memory for, where that is why they are too many. */
  fitting?: number;
  /** Where their rows take more memory than there can be. */
  full?: KernelFull;
  encoded: EncodedFiles;
  batches: readonly TableBatch[];
  /** Those that their table did not have yet. */
  deadLetters: readonly DeadLetter[];
  dropped: number;
  /** Records that a take-over had in the table already. */
  alreadyInTables: number;
}

/** What may come out of the envelopes of one unit's records: decoded, it lies in memory as a whole, as several times as much. */
export const maxUnitOpenedBytes = 32 * 1024 * 1024;

const tooLarge: BuiltUnit = {
  plan: { kind: 'tooLarge' },
  encoded: new Map(),
  batches: [],
  deadLetters: [],
  dropped: 0,
  alreadyInTables: 0,
};

/** From records to files and a planned transaction; nothing of it is written yet, but for agreements on columns. */
export async function buildUnit(unit: Unit, parts: UnitParts): Promise<BuiltUnit> {
  const { engine } = unit;
  const mark = engine.mark();
  try {
    return await new UnitBuilder(unit, parts).build();
  } catch (error) {
    if (error instanceof KernelFull) return { ...tooLarge, full: error };
    throw error;
  } finally {
    engine.release(mark);
  }
}

class UnitBuilder {
  readonly #unit: Unit;
  readonly #parts: UnitParts;
  readonly #nowMs: number;
  readonly #someAreInTables: boolean;
  readonly #refused = new Map<string, Refused>();
  readonly #deadLetters: DeadLetter[] = [];
  readonly #taken = new Map<readonly PositionRun[], TakenRuns>();

  constructor(unit: Unit, parts: UnitParts) {
    this.#unit = unit;
    this.#parts = parts;
    this.#nowMs = parts.ports.clock();
    this.#someAreInTables = [...unit.cursors.values()].some(
      ({ floors, taken }) => taken !== undefined || Object.keys(floors).length > 0,
    );
  }

  async build(): Promise<BuiltUnit> {
    const { unit, cursors, engine, ledgerId } = this.#unit;
    const { ports } = this.#parts;
    const { batches, fitting } = await this.#rows();
    if (fitting < recordCount(unit)) return { ...tooLarge, fitting };
    const letters = this.#deadLetters.length === 0 ? undefined : await this.#deadLetterRows();
    const deadLetters = letters?.fresh ?? [];
    for (const { record } of deadLetters) this.#refuse(record, 'deadLetters');
    if (letters !== undefined) batches.push(letters.rows);
    const rowsMade = batches.reduce((sum, batch) => sum + rowsIn(batch), 0);
    const dropped = [...this.#refused.values()].reduce((sum, counts) => sum + counts.dropped, 0);
    const alreadyInTables = recordCount(unit) - rowsMade - dropped;
    const built = { batches, deadLetters, dropped, alreadyInTables };
    if (!mayFit({ taken: unit, batches })) return { ...built, plan: { kind: 'tooLarge' }, encoded: new Map() };
    const encoded = await encodeBatches(batches, engine, (tableName) => this.#tableNamed(tableName).settings);
    const plan = planTransaction({
      taken: unit,
      cursors,
      ledgerId,
      batches,
      refused: this.#refused,
      nowMs: ports.clock(),
      ids: ports.ids,
    });
    return { ...built, plan, encoded };
  }

  #tableNamed(tableName: string): IngestTable {
    const { deadLetters, tableNamed } = this.#parts.settings;
    const found = tableName === deadLetters.tableName ? deadLetters : tableNamed(tableName);
    if (found === undefined) throw new Error(`table ${tableName}: expected it among the settings' tables`);
    return found;
  }

  /** The rows of each table; refuses the unit where a table is behind. */
  async #rows(): Promise<{ batches: TableBatch[]; fitting: number }> {
    const { unit, engine, poison, onlyTable } = this.#unit;
    const { maker, settings } = this.#parts;
    const letterBox = this.#someAreInTables ? await maker.deadLetters.agree() : undefined;
    const records = unit
      .flatMap((intake) => intake.records)
      .filter((record) => letterBox === undefined || !this.#isLoneDeadLetter(record, letterBox));
    if (poison !== undefined) {
      this.#deadLetters.push(...records.map((record) => poisonLetter(record, settings.destination, poison)));
      return { batches: [], fitting: recordCount(unit) };
    }
    const made = await maker.make(records, {
      engine,
      nowMs: this.#nowMs,
      onlyTable,
      isInTable: this.#someAreInTables ? this.#isInTable : undefined,
      admitTable: (tableName, table) => this.#refuseWhenBehind(tableName, table),
      maxOpenedBytes: maxUnitOpenedBytes,
    });
    if (made.fitting < records.length) return { batches: [], fitting: made.fitting };
    const tables = new Map(made.batches.map(({ table }) => [table.tableName, table]));
    for (const deadLetter of made.deadLetters) {
      const table = tables.get(deadLetter.table);
      if (table === undefined || !this.#isBelowFloor(deadLetter.record, table)) this.#deadLetters.push(deadLetter);
    }
    for (const record of made.dropped) this.#refuse(record, 'dropped');
    return { batches: made.batches, fitting: recordCount(unit) };
  }

  /** Rows of the dead letters that their table does not have yet. */
  async #deadLetterRows(): Promise<{ rows: BatchRows; fresh: DeadLetter[] }> {
    const { maker, settings } = this.#parts;
    const { tableName } = settings.deadLetters;
    const known = await maker.deadLetters.agree();
    if (known === undefined) throw new Error(`table ${tableName}: expected its columns to be known`);
    await this.#refuseWhenBehind(tableName, known);
    const fresh = this.#someAreInTables
      ? this.#deadLetters.filter(({ record }) => !this.#isInTable(record, known))
      : this.#deadLetters;
    const rows = await maker.letterRows(known, fresh, this.#nowMs);
    return { rows, fresh };
  }

  #refuse(record: SourceRecord, how: keyof Refused): void {
    const sourcePartition = sourcePartitionOf(record);
    const counts = this.#refused.get(sourcePartition) ?? { deadLetters: 0, dropped: 0 };
    counts[how]++;
    this.#refused.set(sourcePartition, counts);
  }

  /** Whether the table has the record already: by its floor after a take-over, by what it took where a ledger was restored. */
  readonly #isInTable = (record: SourceRecord, { tableId }: TableRecord): boolean => {
    return this.#isBelowFloor(record, { tableId }) || this.#takenRuns(record, tableId)?.has(record.position) === true;
  };

  /** Such a record became a row, or a dead letter, before: it is none of both now, however it reads. */
  #isBelowFloor(record: SourceRecord, { tableId }: Pick<TableRecord, 'tableId'>): boolean {
    const floor = this.#unit.cursors.get(sourcePartitionOf(record))?.floors[tableId];
    return floor !== undefined && isUpTo(record.position, floor);
  }

  /** Whether a transaction of the lost ledger was about this record alone and made it a dead letter, as poison is. */
  #isLoneDeadLetter(record: SourceRecord, { tableId }: TableRecord): boolean {
    return this.#takenRuns(record, tableId)?.hasAlone(record.position) === true;
  }

  #takenRuns(record: SourceRecord, tableId: string): TakenRuns | undefined {
    const runs = this.#unit.cursors.get(sourcePartitionOf(record))?.taken?.[tableId];
    if (runs === undefined) return undefined;
    const known = this.#taken.get(runs) ?? new TakenRuns(runs);
    this.#taken.set(runs, known);
    return known;
  }

  #refuseWhenBehind(tableName: string, table: TableRecord): Promise<void> {
    return assertNotBehind(this.#tableNamed(tableName), table, this.#parts.ports, this.#unit.onlyBacklog);
  }
}

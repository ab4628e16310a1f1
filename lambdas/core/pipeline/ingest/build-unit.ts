import { metrics } from '#contract/metrics.ts';
import type { Cursor, TableRecord } from '../ledger/ledger.ts';
import { comparePositions, isWithin } from '../ledger/position.ts';
import { routeRecord } from '../route/route-records.ts';
import type { BatchEngine } from './batch-engine.ts';
import { BatchRows } from './batch-rows.ts';
import { type DeadLetter, deadLetterRow } from './dead-letter.ts';
import { admitTombstone, poisonLetter, transformed } from './decode-record.ts';
import { type EncodedFiles, encodeBatches } from './encode-batches.ts';
import { inTurns } from './in-turns.ts';
import type { IngestPorts } from './ingest-batch.ts';
import { BackpressureError } from './ingest-errors.ts';
import type { IngestMakers } from './ingest-makers.ts';
import type { IngestSettings, IngestTable } from './ingest-settings.ts';
import { type Intake, recordCount } from './intake.ts';
import { payloadOf, type SourceRecord, sourcePartitionOf } from './source-record.ts';
import { rowsIn, type TableBatch } from './table-files.ts';
import { mayFit, planTransaction, type Refused, type TransactionPlan } from './transaction-plan.ts';
import { UnitPayloads } from './unit-payloads.ts';

/** Tables that are asked about at one time. */
const tablesAtOnce = 16;

/** Records that one transaction is to take, and what was found out before any is decoded. */
export interface Unit {
  unit: readonly Intake[];
  cursors: ReadonlyMap<string, Cursor>;
  engine: BatchEngine;
  /** The records are not to be decoded. */
  poison: boolean;
  ledgerId: string;
  /** The record of the source's only table; nothing where a route names them, or while no column is known. */
  onlyTable: TableRecord | undefined;
}

export interface UnitParts {
  settings: IngestSettings;
  ports: IngestPorts;
  makers: IngestMakers;
}

export interface BuiltUnit {
  plan: TransactionPlan;
  encoded: EncodedFiles;
  batches: readonly TableBatch[];
  /** Those that their table did not have yet. */
  deadLetters: readonly DeadLetter[];
  dropped: number;
  /** Records that a take-over had in the table already. */
  alreadyInTables: number;
}

/** From records to files and a planned transaction; nothing of it is written yet, but for agreements on columns. */
export const buildUnit = (unit: Unit, parts: UnitParts): Promise<BuiltUnit> => new UnitBuilder(unit, parts).build();

class UnitBuilder {
  readonly #unit: Unit;
  readonly #parts: UnitParts;
  readonly #nowMs: number;
  readonly #someAreInTables: boolean;
  readonly #refused = new Map<string, Refused>();
  readonly #deadLetters: DeadLetter[] = [];

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
    const batches = await this.#rows();
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
  async #rows(): Promise<TableBatch[]> {
    const { engine, onlyTable } = this.#unit;
    const { makers, settings } = this.#parts;
    const transforms = await makers.transforms;
    const route = await makers.route;
    const payloads = new UnitPayloads(route !== undefined && !route.readsNoPayload);
    const byTable = await this.#recordsByTable(payloads);
    const tables = await inTurns([...byTable], tablesAtOnce, async ([tableName, records]) => {
      const maker = makers.ofTable(tableName);
      const known = tableName === settings.table?.tableName ? onlyTable : await maker.agree();
      if (known !== undefined) await this.#refuseWhenBehind(tableName, known);
      return { tableName, records, maker, known };
    });
    const batches: TableBatch[] = [];
    for (const { tableName, records, maker, known } of tables) {
      const own = transforms?.(tableName);
      const made = await maker.make(records, {
        engine,
        decode: (record) => transformed(payloads.of(record), record, own, this.#nowMs),
        transforms: own,
        nowMs: this.#nowMs,
        known,
        isInTable: this.#someAreInTables ? this.#isInTable : undefined,
      });
      for (const deadLetter of made.deadLetters) this.#deadLetters.push(deadLetter);
      if (made.batch !== undefined) batches.push(made.batch);
    }
    return batches;
  }

  /** The records that may become rows, by table; those that a rule drops are counted, others become dead letters. */
  async #recordsByTable(payloads: UnitPayloads): Promise<Map<string, SourceRecord[]>> {
    const { unit, poison } = this.#unit;
    const { settings, makers } = this.#parts;
    const { destination, sourceSettings } = settings;
    const route = await makers.route;
    const decoded = (record: SourceRecord) => payloads.of(record);
    const letterBox = this.#someAreInTables ? await makers.deadLetters.agree() : undefined;
    const byTable = new Map<string, SourceRecord[]>();
    const add = (tableName: string, record: SourceRecord) => {
      const records = byTable.get(tableName);
      if (records === undefined) byTable.set(tableName, [record]);
      else records.push(record);
    };
    /** The backlog of the only table is looked at even where none of its records becomes a row. */
    if (settings.table !== undefined) byTable.set(settings.table.tableName, []);
    for (const record of unit.flatMap((intake) => intake.records)) {
      if (letterBox !== undefined && this.#isLoneDeadLetter(record, letterBox)) continue;
      if (poison) {
        this.#deadLetters.push(poisonLetter(record, destination));
        continue;
      }
      const isTombstone = payloadOf(record) === undefined;
      if (isTombstone && sourceSettings.tombstones === 'drop') {
        this.#refuse(record, 'dropped');
        continue;
      }
      const routed =
        route === undefined
          ? ({ kind: 'table', tableName: destination } as const)
          : routeRecord(record, { route, decoded, nowMs: this.#nowMs });
      if (routed.kind === 'dropped') {
        this.#refuse(record, 'dropped');
        continue;
      }
      const admission = isTombstone
        ? admitTombstone(record, sourceSettings, routed.kind === 'table' ? routed.tableName : destination)
        : 'admitted';
      if (typeof admission === 'object') this.#deadLetters.push(admission);
      else if (routed.kind === 'failure') {
        const { error, message, path } = routed;
        this.#deadLetters.push({ record, table: destination, error, message, path });
      } else add(routed.tableName, record);
    }
    return byTable;
  }

  /** Rows of the dead letters that their table does not have yet. */
  async #deadLetterRows(): Promise<{ rows: BatchRows; fresh: DeadLetter[] }> {
    const { makers, settings } = this.#parts;
    const { tableName } = settings.deadLetters;
    const known = await makers.deadLetters.agree();
    if (known === undefined) throw new Error(`table ${tableName}: expected its columns to be known`);
    await this.#refuseWhenBehind(tableName, known);
    const fresh = this.#someAreInTables
      ? this.#deadLetters.filter(({ record }) => !this.#isInTable(record, known))
      : this.#deadLetters;
    const rows = new BatchRows(known);
    for (const deadLetter of fresh) {
      const misfit = rows.add(deadLetterRow(deadLetter), deadLetter.record);
      if (misfit !== undefined) throw misfit;
    }
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
    const { floors, taken } = this.#unit.cursors.get(sourcePartitionOf(record)) ?? {};
    const floor = floors?.[tableId];
    if (floor !== undefined && comparePositions(record.position, floor) <= 0) return true;
    return taken?.[tableId]?.some((run) => isWithin(record.position, run)) ?? false;
  };

  /** Whether a transaction of the lost ledger was about this record alone and made it a dead letter, as poison is. */
  #isLoneDeadLetter(record: SourceRecord, { tableId }: TableRecord): boolean {
    const runs = this.#unit.cursors.get(sourcePartitionOf(record))?.taken?.[tableId] ?? [];
    return runs.some(({ from, to }) => from === to && to === record.position);
  }

  async #refuseWhenBehind(tableName: string, { tableId }: TableRecord): Promise<void> {
    const { ledger, measurements } = this.#parts.ports;
    const { settings } = this.#tableNamed(tableName);
    const backlog = await ledger.backlogOf(tableId);
    if (backlog === undefined) return;
    const { stagedBytes, stagedManifests } = backlog;
    if (stagedBytes <= settings.maxStagedBytes && stagedManifests <= settings.maxStagedManifests) return;
    measurements.count(metrics.batchesRefused, 1, { table: tableName });
    throw new BackpressureError(
      `table ${tableName}: expected at most ${settings.maxStagedBytes} bytes in ${settings.maxStagedManifests} manifests to wait for the committer, got ${stagedBytes} bytes in ${stagedManifests}`,
    );
  }
}

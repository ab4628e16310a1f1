import { parseSchema, type StructType } from '#delta/schema.ts';
import type { DecodedRecord } from '#formats/decoded-value.ts';
import { type RowOf, rowCoercion } from '../coerce/coerce-row.ts';
import { Misfit } from '../coerce/misfit.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { RecordTransforms } from '../transform/transform-record.ts';
import { type Agreement, agreeOnTable } from './agree-table.ts';
import type { BatchEngine } from './batch-engine.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { DecodedPayload } from './decode-record.ts';
import { fileRows } from './file-rows.ts';
import type { IngestTable } from './ingest-settings.ts';
import { ParsedRows } from './parsed-rows.ts';
import { positionFields, positionTexts } from './position-columns.ts';
import { Shape } from './shape.ts';
import { payloadOf, type SourceRecord } from './source-record.ts';
import { withEpochUnits } from './table-columns.ts';
import type { TableBatch } from './table-files.ts';
import type { UnfiledRows } from './unfiled-rows.ts';

/** What rows are made with, and what is known when they are. */
export interface RowMaking {
  engine: BatchEngine;
  /** Whether the engine's scanner reads such payloads. */
  isScannable: boolean;
  decode: (record: SourceRecord) => DecodedPayload;
  /** What `decode` does to payloads; nothing where they become rows as they are. */
  transforms: RecordTransforms | undefined;
  nowMs: number;
  /** The table's record as this invocation read it; nothing while no column is known. */
  known: TableRecord | undefined;
  /** Whether the table has a record already; absent where it has none of them. */
  isInTable: ((record: SourceRecord, table: TableRecord) => boolean) | undefined;
}

export interface TableRows {
  /** Nothing while no column of the table is known. */
  batch: TableBatch | undefined;
  /** In the order of the records. */
  deadLetters: DeadLetter[];
}

/** The rule for rows of one schema, the same from batch to batch. */
interface Rule {
  schema: StructType;
  rowOf: RowOf;
  reserved: ReadonlySet<string>;
  /** Position columns, where the table has them. */
  positions: readonly { place: number; textOf: (record: SourceRecord) => string }[];
}

type Refusal = Pick<DeadLetter, 'error' | 'message' | 'path'>;

/** A row for each record, but for those that are refused. */
interface MadeRows {
  rows: UnfiledRows;
  refused: Map<number, Refusal>;
  /** Payloads with a field that has no column. */
  unknown: DecodedRecord[];
}

/** Growth stops where a schema's text would pass this: records full of new names must not burst the ledger's items. */
const maxSchemaLength = 200_000;
const rememberedRules = 8;

/** Makes rows of one table, growing its schema by what records bring where that is allowed. */
export class TableRowMaker {
  readonly #table: IngestTable;
  readonly #agreement: Agreement;
  /** By schema text. */
  readonly #rules = new Map<string, Rule>();

  constructor(table: IngestTable, agreement: Agreement) {
    this.#table = table;
    this.#agreement = agreement;
  }

  /** The table's record, with whatever `shape` brings; nothing while no column is known. */
  agree(shape?: Shape): Promise<TableRecord | undefined> {
    const grow = (schema: StructType): StructType => {
      const grown = shape?.growStruct(schema) ?? schema;
      return grown !== schema && JSON.stringify(grown).length > maxSchemaLength ? schema : grown;
    };
    const { tableName, settings, declared } = this.#table;
    return agreeOnTable({ tableName, settings, declared, grow }, this.#agreement);
  }

  /**
   * Rows in the order of their records. Records that do not fit come back as dead letters; of those that fit, what the table has
   * already is left out.
   */
  async make(records: readonly SourceRecord[], making: RowMaking): Promise<TableRows> {
    const { engine, decode, known } = making;
    const mayGrow = this.#table.settings.evolution === 'add';
    const table = known ?? (records.length > 0 && mayGrow ? await this.agree(shapeOf(records, decode)) : undefined);
    if (table === undefined) return { batch: undefined, deadLetters: this.#lettersWithoutColumns(records, decode) };
    const mark = engine.mark();
    const made = this.#rowsOf(records, table, making);
    if (!mayGrow || made.unknown.length === 0) return this.#fileRows(records, made, table, making);
    const shape = new Shape();
    for (const payload of made.unknown) shape.observeRecord(payload);
    const grown = (await this.agree(shape)) ?? table;
    if (grown.schemaString === table.schemaString) return this.#fileRows(records, made, grown, making);
    engine.release(mark);
    return this.#fileRows(records, this.#rowsOf(records, grown, making), grown, making);
  }

  #rowsOf(
    records: readonly SourceRecord[],
    table: TableRecord,
    { engine, isScannable, decode, transforms, nowMs }: RowMaking,
  ): MadeRows {
    const { schema, rowOf, reserved, positions } = this.#ruleOf(table);
    const onColumns = transforms?.onColumns(schema);
    const payloads = records.map(payloadOf);
    let rows: UnfiledRows;
    if (!isScannable || (transforms !== undefined && onColumns === undefined))
      rows = new ParsedRows(schema, records.length);
    else {
      const scanned = engine.scan(onColumns?.schema ?? schema, reserved, payloads, onColumns?.captures);
      onColumns?.finish(scanned, records, nowMs);
      rows = scanned;
    }
    const refused: MadeRows['refused'] = new Map();
    const unknown: DecodedRecord[] = [];
    for (const row of withTombstones(rows, payloads)) {
      const record = records[row] as SourceRecord;
      const decoded = decode(record);
      const made = decoded.kind === 'failure' ? decoded : rowOf(decoded.payload, record);
      if (Array.isArray(made)) rows.put(row, made);
      else {
        refused.set(row, made);
        if (made.error === 'UnknownColumn' && decoded.kind === 'payload' && decoded.payload !== undefined) {
          unknown.push(decoded.payload);
        }
      }
    }
    for (const { place, textOf } of positions) {
      for (let row = 0; row < rows.length; row++) rows.putText(place, row, textOf(records[row] as SourceRecord));
    }
    return { rows, refused, unknown };
  }

  #fileRows(
    records: readonly SourceRecord[],
    { rows, refused }: MadeRows,
    table: TableRecord,
    { isInTable }: RowMaking,
  ): TableRows {
    const kept = new Int32Array(rows.length);
    let count = 0;
    for (let row = 0; row < rows.length; row++) {
      if (refused.size > 0 && refused.has(row)) continue;
      if (isInTable?.(records[row] as SourceRecord, table)) continue;
      kept[count++] = row;
    }
    const { batch, misfits } = fileRows(table, rows, records, kept.subarray(0, count));
    for (const { row, misfit } of misfits) refused.set(row, misfit);
    const deadLetters = [...refused]
      .sort(([left], [right]) => left - right)
      .map(([row, refusal]) => this.#deadLetter(records[row] as SourceRecord, refusal));
    return { batch, deadLetters };
  }

  #lettersWithoutColumns(records: readonly SourceRecord[], decode: RowMaking['decode']): DeadLetter[] {
    const misfit = new Misfit(
      'NoColumns',
      'expected a field whose type can be told, since the table has no columns yet',
      '$',
    );
    return records.map((record) => {
      const decoded = decode(record);
      return this.#deadLetter(record, decoded.kind === 'failure' ? decoded : misfit);
    });
  }

  #ruleOf({ schemaString }: TableRecord): Rule {
    let rule = this.#rules.get(schemaString);
    if (rule === undefined) {
      if (this.#rules.size >= rememberedRules) this.#rules.clear();
      const schema = withEpochUnits(parseSchema(schemaString), this.#table.settings.schema);
      const { positionColumns } = this.#table;
      const placeOf = (name: string) => schema.fields.findIndex((field) => field.name === name);
      rule = {
        schema,
        rowOf: rowCoercion(schema, positionColumns),
        reserved: new Set(positionColumns ? positionFields.map(({ name }) => name) : []),
        positions: positionColumns ? positionTexts.map(({ name, textOf }) => ({ place: placeOf(name), textOf })) : [],
      };
      this.#rules.set(schemaString, rule);
    }
    return rule;
  }

  #deadLetter(record: SourceRecord, { error, message, path }: Refusal): DeadLetter {
    return { record, table: this.#table.tableName, error, message, path };
  }
}

/** Rows for the parser: those that were left to it, and those of tombstones, which lack whatever the table must have. */
function withTombstones({ unscanned }: UnfiledRows, payloads: readonly unknown[]): Iterable<number> {
  const tombstones: number[] = [];
  for (let row = payloads.indexOf(undefined); row >= 0; row = payloads.indexOf(undefined, row + 1))
    tombstones.push(row);
  return tombstones.length === 0 ? unscanned : new Set([...unscanned, ...tombstones]);
}

function shapeOf(records: readonly SourceRecord[], decode: RowMaking['decode']): Shape {
  const shape = new Shape();
  for (const record of records) {
    const decoded = decode(record);
    if (decoded.kind === 'payload' && decoded.payload !== undefined) shape.observeRecord(decoded.payload);
  }
  return shape;
}

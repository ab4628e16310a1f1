import { parseSchema, type StructType } from '#delta/schema.ts';
import type { DecodedRecord } from '#formats/decoded-value.ts';
import type { PayloadType } from '#formats/payload-decoder.ts';
import { type RowOf, rowCoercion } from '../coerce/coerce-row.ts';
import { Misfit } from '../coerce/misfit.ts';
import type { CoercionOptions } from '../coerce/rule.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { ChangeCause } from '../ledger/schema-change.ts';
import type { RecordTransforms } from '../transform/transform-record.ts';
import { type Agreement, agreeOnTable } from './agree-table.ts';
import type { BatchEngine } from './batch-engine.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { DecodedPayload } from './decode-record.ts';
import { fileRows } from './file-rows.ts';
import { type Growth, growthByTypes, growthByValues, notGrown } from './grow-columns.ts';
import { causeOf } from './growth-cause.ts';
import { IgnoredFields } from './ignored-fields.ts';
import type { IngestTable } from './ingest-settings.ts';
import { ParsedRows } from './parsed-rows.ts';
import { positionFields, positionTexts } from './position-columns.ts';
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
  /** Columns of payloads' schemas that the schema has taken in, as far as it does. */
  considered: WeakSet<StructType>;
  ignored: IgnoredFields;
  /** Position columns, where the table has them. */
  positions: readonly { place: number; textOf: (record: SourceRecord) => string }[];
}

type Refusal = Pick<DeadLetter, 'error' | 'message' | 'path'>;

/** A row for each record, but for those that are refused. */
interface MadeRows {
  rows: UnfiledRows;
  refused: Map<number, Refusal>;
  /** Those with a field that has no column. */
  unknown: (TypedRecord & { row: number })[];
  ignored: IgnoredFields['found'];
}

/** A record with what it was decoded to, as transforms left it. */
interface TypedRecord {
  record: SourceRecord;
  payload: DecodedRecord;
  type: PayloadType | undefined;
}

const rememberedRules = 8;

/** Makes rows of one table, growing its schema by what records bring where that is allowed. */
export class TableRowMaker {
  readonly #table: IngestTable;
  readonly #agreement: Agreement;
  /** Whether a cap lets the table be made, where it was not there when it was last asked for. */
  #mayBeMade = true;
  #tableId: string | undefined;
  /** By schema text. */
  readonly #rules = new Map<string, Rule>();

  constructor(table: IngestTable, agreement: Agreement) {
    this.#table = table;
    this.#agreement = agreement;
  }

  /** The table's id, once its record has been read. */
  get tableId(): string | undefined {
    return this.#tableId;
  }

  /** The table's record; nothing while no column is known. */
  agree(): Promise<TableRecord | undefined> {
    return this.#agreeOn((schema) => schema, undefined);
  }

  async #agreeOn(grow: Growth, cause: ChangeCause | undefined): Promise<TableRecord | undefined> {
    const { tableName, settings, declared, cap } = this.#table;
    const agreed = await agreeOnTable({ tableName, settings, declared, grow, cause, cap }, this.#agreement);
    this.#mayBeMade = agreed !== 'full';
    const record = agreed === 'full' ? undefined : agreed;
    this.#tableId = record?.tableId;
    return record;
  }

  /**
   * Rows in the order of their records. Records that do not fit come back as dead letters; of those that fit, what the table has
   * already is left out.
   */
  async make(records: readonly SourceRecord[], asked: RowMaking): Promise<TableRows> {
    const making = asked.isScannable ? asked : { ...asked, decode: remembered(asked.decode) };
    const { engine, decode, known } = making;
    const { settings } = this.#table;
    const mayGrow = settings.evolution === 'add' && records.length > 0;
    const table = mayGrow ? await this.#withColumnsFor(records, making) : known;
    if (table === undefined) {
      return { batch: undefined, deadLetters: this.#lettersWithoutColumns(records, decode) };
    }
    const mark = engine.mark();
    const made = this.#rowsOf(records, table, making);
    if (!mayGrow || made.unknown.length === 0) return this.#fileRows(records, made, table, making);
    const growth = growthByValues(
      made.unknown.map(({ payload }) => payload),
      settings,
    );
    const grown = (await this.#agreeOn(growth, causeOf(made.unknown))) ?? table;
    if (grown.schemaString === table.schemaString) {
      return this.#fileRows(records, this.#explained(made, grown), grown, making);
    }
    engine.release(mark);
    const anew = this.#explained(this.#rowsOf(records, grown, making), grown);
    return this.#fileRows(records, anew, grown, making);
  }

  /** The table's record with the columns that payloads' schemas tell; those of payloads without one, where the table is new. */
  async #withColumnsFor(
    records: readonly SourceRecord[],
    { isScannable, decode, transforms, known }: RowMaking,
  ): Promise<TableRecord | undefined> {
    const { settings } = this.#table;
    if (isScannable && known !== undefined) return known;
    const decoded = records.flatMap((record): TypedRecord[] => {
      const { payload, type } = { payload: undefined, type: undefined, ...decode(record) };
      return payload === undefined ? [] : [{ record, payload, type }];
    });
    const byType = Map.groupBy(
      decoded.filter(({ type }) => type?.columns !== undefined),
      ({ type }) => type?.columns as StructType,
    );
    if (byType.size === 0) {
      const payloads = decoded.map(({ payload }) => payload);
      return known ?? this.#agreeOn(growthByValues(payloads, settings), causeOf(decoded));
    }
    const considered = known && this.#ruleOf(known).considered;
    const news = [...byType].filter(([columns]) => considered?.has(columns) !== true);
    if (known !== undefined && news.length === 0) return known;
    const types = news.map(([columns]) => transforms?.columns(columns) ?? columns);
    const byTypes = growthByTypes(types, settings);
    /** What transforms make is told by values: a new table has it from the beginning, and may be partitioned by it. */
    const isMade = known === undefined && transforms !== undefined;
    const made = decoded.map(({ payload }) => payload);
    const byValues: Growth = isMade ? growthByValues(made, settings) : (schema) => schema;
    const growth: Growth = (schema, rules) => byValues(byTypes(schema, rules), rules);
    const agreed = await this.#agreeOn(growth, causeOf(news.flatMap(([, own]) => own)));
    if (agreed !== undefined) for (const [columns] of news) this.#ruleOf(agreed).considered.add(columns);
    return agreed;
  }

  /** Records whose fields a growing table has no column for are told why. */
  #explained(made: MadeRows, { schemaString }: TableRecord): MadeRows {
    const schema = parseSchema(schemaString);
    for (const { row, payload } of made.unknown) {
      const { path } = made.refused.get(row) as Refusal;
      const misfit = notGrown(payload, schema, this.#table.settings);
      if (misfit !== undefined) made.refused.set(row, { error: misfit.error, message: misfit.message, path });
    }
    return made;
  }

  #rowsOf(
    records: readonly SourceRecord[],
    table: TableRecord,
    { engine, isScannable, decode, transforms, nowMs }: RowMaking,
  ): MadeRows {
    const { schema, rowOf, reserved, positions, ignored } = this.#ruleOf(table);
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
    const unknown: MadeRows['unknown'] = [];
    ignored.clear();
    for (const row of withTombstones(rows, payloads)) {
      const record = records[row] as SourceRecord;
      const decoded = decode(record);
      const made = decoded.kind === 'failure' ? decoded : rowOf(decoded.payload, record);
      if (Array.isArray(made)) rows.put(row, made);
      else {
        refused.set(row, made);
        if (made.error === 'UnknownColumn' && decoded.kind === 'payload' && decoded.payload !== undefined) {
          unknown.push({ row, record, payload: decoded.payload, type: decoded.type });
        }
      }
      if (!Array.isArray(made)) ignored.forgetRow();
      else ignored.endRow();
    }
    for (const { place, textOf } of positions) {
      for (let row = 0; row < rows.length; row++) rows.putText(place, row, textOf(records[row] as SourceRecord));
    }
    return { rows, refused, unknown, ignored: ignored.found };
  }

  #fileRows(
    records: readonly SourceRecord[],
    { rows, refused, ignored }: MadeRows,
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
    return { batch: { ...batch, ignored }, deadLetters };
  }

  #lettersWithoutColumns(records: readonly SourceRecord[], decode: RowMaking['decode']): DeadLetter[] {
    const { declared, settings } = this.#table;
    const misfitOf = ({ payload, type }: Extract<DecodedPayload, { kind: 'payload' }>): Misfit => {
      if (!this.#mayBeMade) return tooManyTables(this.#table);
      const isGrowing = settings.evolution === 'add' && payload !== undefined;
      const limited = isGrowing ? notGrown(payload, declared, settings, type?.columns) : undefined;
      return limited === undefined ? noColumns(this.#table) : new Misfit(limited.error, limited.message, '$');
    };
    return records.map((record) => {
      const decoded = decode(record);
      return this.#deadLetter(record, decoded.kind === 'failure' ? decoded : misfitOf(decoded));
    });
  }

  #ruleOf({ schemaString }: TableRecord): Rule {
    let rule = this.#rules.get(schemaString);
    if (rule === undefined) {
      if (this.#rules.size >= rememberedRules) this.#rules.clear();
      const schema = withEpochUnits(parseSchema(schemaString), this.#table.settings.schema);
      const { positionColumns } = this.#table;
      const { evolution, nanoseconds } = this.#table.settings;
      const ignored = new IgnoredFields();
      const options: CoercionOptions = {
        truncatesNanoseconds: nanoseconds === 'truncate',
        ...(evolution === 'freeze' ? { ignoreField: (name: string) => ignored.add(name) } : {}),
      };
      const placeOf = (name: string) => schema.fields.findIndex((field) => field.name === name);
      rule = {
        schema,
        rowOf: rowCoercion(schema, positionColumns, options),
        considered: new WeakSet(),
        ignored,
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

const noColumns = ({ settings: { evolution } }: IngestTable): Misfit =>
  new Misfit(
    'NoColumns',
    evolution === 'add'
      ? 'expected a field whose type can be told, since the table has no columns yet'
      : `expected the settings to declare the table's schema: it has no columns yet, and evolution: ${evolution} adds none`,
    '$',
  );

const tooManyTables = ({ tableName, cap }: IngestTable): Misfit =>
  new Misfit(
    'TooManyTables',
    `expected at most ${cap?.limit} tables to be made by the route of source ${cap?.counter} (maxNewTables), got ${tableName} beyond them`,
    '',
  );

/** Rows for the parser: those that were left to it, and those of tombstones, which lack whatever the table must have. */
function withTombstones({ unscanned }: UnfiledRows, payloads: readonly unknown[]): Iterable<number> {
  const tombstones: number[] = [];
  for (let row = payloads.indexOf(undefined); row >= 0; row = payloads.indexOf(undefined, row + 1))
    tombstones.push(row);
  return tombstones.length === 0 ? unscanned : new Set([...unscanned, ...tombstones]);
}

/** Payloads that are not scanned are asked for again: for their types, for rows, for rows of more columns. */
function remembered(decode: RowMaking['decode']): RowMaking['decode'] {
  const known = new Map<SourceRecord, DecodedPayload>();
  return (record) => {
    const decoded = known.get(record) ?? decode(record);
    known.set(record, decoded);
    return decoded;
  };
}

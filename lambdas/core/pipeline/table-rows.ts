import { parseSchema, type StructType } from '#delta/schema.ts';
import type { DecodedRecord } from '#formats/decoded-value.ts';
import { type Agreement, agreeOnTable } from './agree-table.ts';
import { BatchRows } from './batch-rows.ts';
import { type RowOf, rowCoercion } from './coerce-row.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { IngestTable } from './ingest-settings.ts';
import type { TableRecord } from './ledger.ts';
import { Misfit } from './misfit.ts';
import { Shape } from './shape.ts';
import type { SourceRecord } from './source-record.ts';
import { withEpochUnits } from './table-columns.ts';

export interface Payload {
  record: SourceRecord;
  /** Nothing: a tombstone that becomes a row of nulls. */
  payload: DecodedRecord | undefined;
}

export type IsInTable = (record: SourceRecord, table: TableRecord) => boolean;

export interface TableRows {
  /** Nothing while no column of the table is known. */
  rows: BatchRows | undefined;
  deadLetters: DeadLetter[];
}

/** Growth stops where a schema's text would pass this: records full of new names must not burst the ledger's items. */
const maxSchemaLength = 200_000;
const rememberedRules = 8;

/** Makes rows of one table, growing its schema by what records bring where that is allowed. */
export class TableRowMaker {
  readonly #table: IngestTable;
  readonly #agreement: Agreement;
  /** By schema text: the same from batch to batch. */
  readonly #rules = new Map<string, RowOf>();

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
   * `known`: the table's record as this invocation read it. Records that do not fit come back as dead letters; of those that
   * fit, what `isInTable` says the table has already is left out.
   */
  async make(payloads: readonly Payload[], known: TableRecord | undefined, isInTable: IsInTable): Promise<TableRows> {
    const mayGrow = this.#table.settings.evolution === 'add';
    const table = known ?? (payloads.length > 0 && mayGrow ? await this.agree(shapeOf(payloads)) : undefined);
    if (table === undefined) {
      const misfit = new Misfit(
        'NoColumns',
        'expected a field whose type can be told, since the table has no columns yet',
        '$',
      );
      return { rows: undefined, deadLetters: payloads.map(({ record }) => this.#deadLetter(record, misfit)) };
    }
    const outcomes = this.#rowsOf(payloads, table);
    const unknown = payloads.filter((_, index) => {
      const outcome = outcomes[index];
      return outcome instanceof Misfit && outcome.error === 'UnknownColumn';
    });
    if (!mayGrow || unknown.length === 0) return this.#gather(payloads, outcomes, table, isInTable);
    const grown = (await this.agree(shapeOf(unknown))) ?? table;
    const unchanged = grown.schemaString === table.schemaString;
    return this.#gather(payloads, unchanged ? outcomes : this.#rowsOf(payloads, grown), grown, isInTable);
  }

  #rowsOf(payloads: readonly Payload[], table: TableRecord): ReturnType<RowOf>[] {
    const rowOf = this.#ruleOf(table);
    return payloads.map(({ record, payload }) => rowOf(payload, record));
  }

  #gather(
    payloads: readonly Payload[],
    outcomes: readonly ReturnType<RowOf>[],
    table: TableRecord,
    isInTable: IsInTable,
  ): TableRows {
    const rows = new BatchRows(table);
    const deadLetters: DeadLetter[] = [];
    for (const [index, { record }] of payloads.entries()) {
      const outcome = outcomes[index] as ReturnType<RowOf>;
      if (!(outcome instanceof Misfit) && isInTable(record, table)) continue;
      const misfit = outcome instanceof Misfit ? outcome : rows.add(outcome, record);
      if (misfit !== undefined) deadLetters.push(this.#deadLetter(record, misfit));
    }
    return { rows, deadLetters };
  }

  #ruleOf({ schemaString }: TableRecord): RowOf {
    let rule = this.#rules.get(schemaString);
    if (rule === undefined) {
      if (this.#rules.size >= rememberedRules) this.#rules.clear();
      const schema = withEpochUnits(parseSchema(schemaString), this.#table.settings.schema);
      rule = rowCoercion(schema, this.#table.positionColumns);
      this.#rules.set(schemaString, rule);
    }
    return rule;
  }

  #deadLetter(record: SourceRecord, { error, message, path }: Misfit): DeadLetter {
    return { record, table: this.#table.tableName, error, message, path };
  }
}

function shapeOf(payloads: readonly Payload[]): Shape {
  const shape = new Shape();
  for (const { payload } of payloads) if (payload !== undefined) shape.observeRecord(payload);
  return shape;
}

import type { DataFileRows, Row } from '#columnar/read/data-file.ts';
import { type DataType, parseSchema, type StructField, type StructType } from '#delta/schema.ts';
import { textToValue, type Value } from '#delta/value.ts';
import { isPartitionedBy, writtenFields } from '../commit/contradicted-columns.ts';
import { BatchRows } from '../ingest/batch-rows.ts';
import { divertedValues, inColumns } from '../ingest/dead-letter.ts';
import { positionFields } from '../ingest/position-columns.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { Manifest, ManifestRange, StagedFile } from '../ledger/manifest.ts';
import { originOf } from '../ledger/redriven.ts';
import { columnValueOf, jsonOf } from './read-value.ts';

/** What becomes of the rows of a manifest whose files may contradict their table. */
export interface SortedRows {
  /** Files without a contradicted column, partitioned as the table is: they stay as they are. */
  files: StagedFile[];
  /** Rows without a value in one, for files of the table as it is. */
  rows: BatchRows;
  /** The others. */
  deadLetters: BatchRows;
}

export interface SortInput {
  manifest: Manifest;
  table: TableRecord;
  deadLetterTable: TableRecord;
  /** Rows of `table` say in columns where they came from. */
  positionColumns: boolean;
  readRows: (tableName: string, path: string, fields: readonly StructField[]) => Promise<DataFileRows>;
}

const utf8 = new TextEncoder();

/** Reads a manifest's files, and tells rows that fit the table's columns as they are agreed now from those that do not. */
export async function sortRows(input: SortInput): Promise<SortedRows> {
  const { manifest, table, deadLetterTable, readRows } = input;
  const schema = parseSchema(table.schemaString);
  const { written, otherwise } = writtenFields(manifest, table, schema);
  const sorted: SortedRows = { files: [], rows: new BatchRows(table), deadLetters: new BatchRows(deadLetterTable) };
  const letterSchema = parseSchema(deadLetterTable.schemaString);
  const homes = new Homes(input);
  for (const file of manifest.files) {
    const isIn = (columns: ReadonlySet<string>, { name }: StructField) =>
      columns.has(name) || table.partitionColumns.some((column) => column.toLowerCase() === name.toLowerCase());
    const { columns, rows } = await readRows(table.tableName, file.path, written);
    if (isPartitionedBy(file, table.partitionColumns) && !otherwise.some((field) => isIn(columns, field))) {
      for (const row of rows) homes.of(row);
      sorted.files.push(file);
      continue;
    }
    const constants = partitionConstants(file, written);
    for (const [index, stored] of rows.entries()) {
      const row = { ...constants, ...stored };
      const home = homes.of(row);
      const contradicted = otherwise.find(({ name }) => (row[name] ?? null) !== null);
      let fault = contradicted && {
        message: messageOf(contradicted, schema, home.range),
        path: `$.${contradicted.name}`,
      };
      if (fault === undefined) {
        const values = written.map((field) => (otherwise.includes(field) ? null : columnOf(row, field)));
        fault = sorted.rows.add(values, recordAt(home.range, manifest));
      }
      if (fault === undefined) continue;
      const letter = divertedValues({
        source: originOf(home.range).source,
        partition: home.partition,
        position: home.position,
        payload: utf8.encode(jsonOf(row, payloadType(written, input))),
        table: table.tableName,
        message: fault.message,
        path: fault.path,
        rowId: `${file.path}#${index}`,
      });
      const misfit = sorted.deadLetters.add(inColumns(letter, letterSchema), recordAt(home.range, manifest));
      if (misfit !== undefined) throw misfit;
    }
  }
  return sorted;
}

const columnOf = (row: Row, { name, type }: StructField) => columnValueOf(row[name] ?? null, type);

/** Partition values are not in the file; a file from before a partition column changed its type reads them as they were. */
const partitionConstants = ({ partitionValues }: StagedFile, written: readonly StructField[]): Record<string, Value> =>
  Object.fromEntries(
    written.flatMap(({ name, type }) => {
      const key = Object.keys(partitionValues).find((column) => column.toLowerCase() === name.toLowerCase());
      return key === undefined ? [] : [[name, textToValue(partitionValues[key] ?? null, type)]];
    }),
  );

const positionNames = positionFields.map(({ name }) => name);

/** Position columns are the dead letter's own. */
const payloadType = (written: readonly StructField[], { positionColumns }: SortInput): StructType => ({
  type: 'struct',
  fields: written.filter(({ name }) => !positionColumns || !positionNames.includes(name)),
});

function messageOf({ name, type }: StructField, { fields }: StructType, { from, to }: ManifestRange): string {
  const now = fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
  const text = (of: DataType | undefined) => (typeof of === 'string' ? of : JSON.stringify(of));
  return `expected column ${name} as the table's log has it, ${text(now?.type)}, got ${text(type)}; accepted between positions ${from} and ${to}`;
}

/** Stands for the record that a row came from, as far as files and manifests ask. */
function recordAt({ sourcePartition, from }: ManifestRange, { oldestArrivalMs }: Manifest): SourceRecord {
  const slash = sourcePartition.indexOf('/');
  return {
    source: sourcePartition.slice(0, slash),
    partition: sourcePartition.slice(slash + 1),
    position: from,
    timestampMs: oldestArrivalMs,
    key: undefined,
    value: undefined,
    headers: [],
  };
}

interface Home {
  range: ManifestRange;
  partition: string | undefined;
  position: string | undefined;
}

/** Where rows came from: by their own columns, else by the manifest's ranges, each for as many rows as it has. */
class Homes {
  readonly #ranges: readonly ManifestRange[];
  readonly #positionColumns: boolean;
  readonly #counted = new Map<ManifestRange, number>();

  constructor({ manifest, positionColumns }: SortInput) {
    this.#ranges = manifest.ranges;
    this.#positionColumns = positionColumns;
  }

  of({ _source, _partition, _position }: Row): Home {
    if (this.#positionColumns && typeof _partition === 'string' && typeof _position === 'string') {
      const own = this.#ranges.find((range) => {
        const { source, partition } = originOf(range);
        return source === _source && partition === _partition;
      });
      if (own !== undefined) return { range: own, partition: _partition, position: _position };
    }
    const isOpen = (range: ManifestRange) => (this.#counted.get(range) ?? 0) < range.rows;
    const range = this.#ranges.find(isOpen) ?? (this.#ranges[0] as ManifestRange);
    this.#counted.set(range, (this.#counted.get(range) ?? 0) + 1);
    const isAlone = this.#ranges.length === 1;
    return { range, partition: isAlone ? originOf(range).partition : undefined, position: undefined };
  }
}

import { columnKeyOf } from '#contract/column-name.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import type { LogState } from '#delta/log-state.ts';
import { protocolFor } from '#delta/protocol.ts';
import { type DataType, parseSchema, type StructField, type StructType, serializeSchema } from '#delta/schema.ts';
import { addColumns, type Widening } from '#delta/schema-growth.ts';
import type { Ids } from '../clock.ts';
import { columnFeaturesOf, filePropertiesOf, wideningIn } from '../file-properties.ts';
import type { Ledger, TableCap, TableRecord } from '../ledger/ledger.ts';
import { type ChangeCause, changeOf, type SchemaChange, withChanges } from '../ledger/schema-change.ts';
import { SettingsError } from './ingest-errors.ts';
import { positionFields } from './position-columns.ts';

/** Others may win the race for the next schema version this often before something is wrong. */
const maxRaces = 50;

/** A table that the lake's log already has when the ledger first hears of it. */
export interface LakeTable {
  /** `metaData.id`. */
  incarnation: string;
  schemaString: string;
  partitionColumns: readonly string[];
  /** Table properties. */
  configuration: Readonly<Record<string, string>>;
  /** Of its protocol. */
  readerFeatures?: string[] | undefined;
}

export const lakeTableOf = ({ metaData, protocol }: Pick<LogState, 'metaData' | 'protocol'>): LakeTable => {
  const { id: incarnation, schemaString, partitionColumns, configuration } = metaData;
  return { incarnation, schemaString, partitionColumns, configuration, readerFeatures: protocol.readerFeatures };
};

export interface Agreement {
  ledger: Ledger;
  ids: Ids;
  /** What the lake's log says of a table; nothing where there is no log. */
  lakeTable: (tableName: string) => Promise<LakeTable | undefined>;
}

export interface WantedTable {
  tableName: string;
  settings: Pick<TableSettings, 'partitionBy' | 'properties' | 'logStore'>;
  /** Columns that the table must have whatever its records say: declared ones, position columns. */
  declared: StructType;
  /** What the table is counted under where it is new; absent where the settings name it. */
  cap?: TableCap | undefined;
  /** Adds what records need to a schema; answers its argument where there is nothing to add. */
  grow: (schema: StructType, rules: GrowthRules) => StructType;
  /** Whose records those are; absent where `grow` adds nothing. */
  cause?: ChangeCause | undefined;
}

/** What a table lets its columns become. */
export interface GrowthRules {
  widening: Widening;
  /** Whether columns may be of `timestamp_ntz`, which takes a feature of the table's protocol. */
  hasLocalTimes: boolean;
  /** Keys of columns that keep their types whatever others do: the log has values of partition columns as texts of their type. */
  fixed: ReadonlySet<string>;
}

/** Before version 0 is written, the protocol is made for the columns. */
const anyColumns: GrowthRules = { widening: 'never', hasLocalTimes: true, fixed: new Set() };

const rulesOf = (record: TableRecord): GrowthRules => ({
  widening: wideningIn(record),
  hasLocalTimes: record.features?.includes('timestampNtz') ?? false,
  fixed: new Set(record.partitionColumns.map(columnKeyOf)),
});

/**
 * The table's record in the ledger, with every column that settings and records ask for: made or grown there first, so that no
 * two ingests and no file ever disagree on a column. Nothing while no column is known; `full` where the ledger does not know the
 * table, and its cap lets no more be made.
 *
 * @throws {SettingsError} where settings contradict the live table.
 */
export async function agreeOnTable(
  wanted: WantedTable,
  agreement: Agreement,
): Promise<TableRecord | 'full' | undefined> {
  const { ledger } = agreement;
  let record = await ledger.tableNamed(wanted.tableName);
  for (let race = 0; race < maxRaces; race++) {
    if (record === undefined) {
      const { cap } = wanted;
      if (cap !== undefined && (await ledger.tablesCounted(cap.counter)) >= cap.limit) {
        /** Another may have made it meanwhile, as the last one. */
        record = await ledger.tableNamed(wanted.tableName);
        if (record === undefined) return 'full';
        continue;
      }
      const first = await firstRecord(wanted, agreement);
      if (first === undefined) return undefined;
      const created = cap === undefined ? await ledger.createTable(first) : await ledger.createCountedTable(first, cap);
      if (created === 'full') return 'full';
      record = created;
    }
    assertPartitioning(record, wanted);
    const schema = parseSchema(record.schemaString);
    const rules = rulesOf(record);
    if (wanted.grow(withDeclared(schema, wanted, rules), rules) === schema) return record;
    const inLake = await withLakeColumns(schema, record, agreement);
    const declared = withDeclared(inLake, wanted, rules);
    const grown = wanted.grow(declared, rules);
    const schemaVersion = record.schemaVersion + 1;
    const changes = changesOf({ before: inLake, declared, grown }, schemaVersion, wanted);
    const next = {
      ...record,
      schemaString: serializeSchema(grown),
      schemaVersion,
      ...withChanges(record.changes, changes),
    };
    record = await ledger.updateTable(next, record.schemaVersion);
  }
  throw new Error(`table ${wanted.tableName}: expected to agree on its columns within ${maxRaces} rounds`);
}

interface Steps {
  before: StructType;
  /** With what settings declare. */
  declared: StructType;
  /** With what records brought, too. */
  grown: StructType;
}

function changesOf({ before, declared, grown }: Steps, schemaVersion: number, { cause }: WantedTable): SchemaChange[] {
  const bySettings = changeOf(addColumns(before, declared, 'any'), schemaVersion, { kind: 'settings' });
  const byRecords = cause === undefined ? [] : changeOf(addColumns(declared, grown, 'any'), schemaVersion, cause);
  return [...bySettings, ...byRecords];
}

async function firstRecord(wanted: WantedTable, { ids, lakeTable }: Agreement): Promise<TableRecord | undefined> {
  const logStore = { family: wanted.settings.logStore, sinceVersion: -1 };
  const inLake = await lakeTable(wanted.tableName);
  if (inLake !== undefined) {
    return {
      tableId: ids(),
      tableName: wanted.tableName,
      incarnation: inLake.incarnation,
      schemaString: inLake.schemaString,
      schemaVersion: 1,
      partitionColumns: [...inLake.partitionColumns],
      ...filePropertiesOf(inLake.configuration),
      ...columnFeaturesOf(inLake),
      logStore,
    };
  }
  const grown = wanted.grow(wanted.declared, anyColumns);
  const schema = withPartitionColumns(grown, wanted.settings.partitionBy);
  const partitionColumns = partitionNames(schema, wanted.settings.partitionBy);
  const names = schema.fields.map(({ name }) => name);
  if (names.every(isPositionColumn) || names.every((name) => partitionColumns.includes(name))) return undefined;
  return {
    tableId: ids(),
    tableName: wanted.tableName,
    incarnation: ids(),
    schemaString: serializeSchema(schema),
    schemaVersion: 1,
    partitionColumns,
    ...filePropertiesOf(wanted.settings.properties),
    ...columnFeaturesOf(protocolFor(schema, wanted.settings.properties)),
    ...withChanges(undefined, changesOf({ before: nothing, declared: wanted.declared, grown }, 1, wanted)),
    logStore,
  };
}

const nothing: StructType = { type: 'struct', fields: [] };

const isPositionColumn = (name: string): boolean => positionFields.some((field) => field.name === name);

/** The schema with columns that settings declare; the same object where it has them all. */
function withDeclared(
  schema: StructType,
  { tableName, declared }: WantedTable,
  { widening, fixed }: GrowthRules,
): StructType {
  const isFixed = ({ name }: StructField): boolean => fixed.has(columnKeyOf(name));
  const parts: [fields: StructField[], widening: Widening][] = [
    [declared.fields.filter(isFixed), widening === 'never' ? 'never' : 'read'],
    [declared.fields.filter((field) => !isFixed(field)), widening],
  ];
  let merged = schema;
  for (const [fields, own] of parts) {
    const growth = addColumns(merged, { type: 'struct', fields }, own);
    if (growth.kind === 'conflict') {
      throw new SettingsError(
        `table ${tableName}: expected the settings to declare ${growth.path} as the table has it, ${text(growth.existing)}, got ${text(growth.wanted)}`,
      );
    }
    if (growth.kind === 'grown') merged = growth.schema;
  }
  return merged;
}

/**
 * The schema with columns that others have added to the lake's table: asked before it grows, so that a name which they gave a
 * type keeps it.
 */
async function withLakeColumns(
  schema: StructType,
  { tableName, incarnation }: TableRecord,
  { lakeTable }: Agreement,
): Promise<StructType> {
  const inLake = await lakeTable(tableName);
  if (inLake?.incarnation !== incarnation) return schema;
  const widens = columnFeaturesOf(inLake).features?.includes('typeWidening');
  const growth = addColumns(schema, parseSchema(inLake.schemaString), widens ? 'any' : 'never');
  return growth.kind === 'grown' ? growth.schema : schema;
}

const text = (type: DataType): string => (typeof type === 'string' ? type : JSON.stringify(type));

/** Partition columns that no record has shown yet are strings. */
function withPartitionColumns(schema: StructType, partitionBy: readonly string[]): StructType {
  const known = new Set(schema.fields.map(({ name }) => columnKeyOf(name)));
  const added = partitionBy
    .filter((name) => !known.has(columnKeyOf(name)))
    .map((name): StructField => ({ name, type: 'string', nullable: true, metadata: {} }));
  return added.length === 0 ? schema : { type: 'struct', fields: [...schema.fields, ...added] };
}

/** Partition columns as the schema writes them. */
const partitionNames = (schema: StructType, partitionBy: readonly string[]): string[] =>
  partitionBy.map((name) => schema.fields.find((field) => columnKeyOf(field.name) === columnKeyOf(name))?.name ?? name);

function assertPartitioning({ partitionColumns }: TableRecord, { tableName, settings }: WantedTable): void {
  const same =
    partitionColumns.length === settings.partitionBy.length &&
    partitionColumns.every((name, index) => columnKeyOf(name) === columnKeyOf(settings.partitionBy[index] as string));
  if (!same) {
    throw new SettingsError(
      `table ${tableName}: expected partitionBy to be as the table is, [${partitionColumns.join(', ')}], got [${settings.partitionBy.join(', ')}]`,
    );
  }
}

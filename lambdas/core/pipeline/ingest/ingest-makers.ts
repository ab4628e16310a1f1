import { loadRoute } from '../route/load-route.ts';
import type { RecordRoute } from '../route/record-route.ts';
import { loadTransforms, type TransformsOf } from '../transform/load-transforms.ts';
import type { IngestPorts } from './ingest-batch.ts';
import type { IngestSettings } from './ingest-settings.ts';
import { TableRowMaker } from './table-rows.ts';

/** What makes rows of one source's records, from batch to batch. */
export interface IngestMakers {
  /** Of the source's only table; nothing where a route names them. */
  readonly onlyTable: TableRowMaker | undefined;
  readonly deadLetters: TableRowMaker;
  readonly route: Promise<RecordRoute | undefined>;
  readonly transforms: Promise<TransformsOf | undefined>;
  /** Of a table that the settings know. */
  ofTable(tableName: string): TableRowMaker;
}

/** Tables whose makers are kept, with what they have learned of payloads. */
const mostKept = 2_000;

export function ingestMakers(settings: IngestSettings, { ledger, ids, lakeTable }: IngestPorts): IngestMakers {
  const agreement = { ledger, ids, lakeTable };
  const byName = new Map<string, TableRowMaker>();
  const { table, tableNamed, sourceSettings } = settings;
  const ofTable = (tableName: string): TableRowMaker => {
    const known = byName.get(tableName);
    if (known !== undefined) return known;
    const wanted = table?.tableName === tableName ? table : tableNamed(tableName);
    if (wanted === undefined) throw new Error(`table ${tableName}: expected a route to name tables that settings know`);
    const made = new TableRowMaker(wanted, agreement);
    if (byName.size >= mostKept) byName.clear();
    byName.set(tableName, made);
    return made;
  };
  const makers = {
    onlyTable: table === undefined ? undefined : ofTable(table.tableName),
    deadLetters: new TableRowMaker(settings.deadLetters, agreement),
    route: loadRoute(sourceSettings, (tableName) => tableNamed(tableName) !== undefined),
    transforms: loadTransforms(sourceSettings),
    ofTable,
  };
  makers.route.catch(() => undefined);
  makers.transforms.catch(() => undefined);
  return makers;
}

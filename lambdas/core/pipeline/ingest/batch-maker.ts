import type { FormatPorts } from '#formats/format-ports.ts';
import type { PayloadDecoder } from '#formats/payload-decoder.ts';
import { payloadDecoder } from '#formats/payload-formats.ts';
import type { Ids } from '../clock.ts';
import type { Ledger, TableRecord } from '../ledger/ledger.ts';
import { loadRoute } from '../route/load-route.ts';
import type { SourceRoute } from '../route/source-route.ts';
import type { LetterTransforms } from '../transform/letter-transforms.ts';
import { loadLetterTransforms, loadTransforms, type TransformsOf } from '../transform/load-transforms.ts';
import type { Agreement, LakeTable } from './agree-table.ts';
import type { BatchEngine } from './batch-engine.ts';
import type { BatchRows } from './batch-rows.ts';
import type { DeadLetter } from './dead-letter.ts';
import { admitTombstone, transformed } from './decode-record.ts';
import { inTurns } from './in-turns.ts';
import type { IngestSettings } from './ingest-settings.ts';
import { letterRows } from './letter-rows.ts';
import { payloadOf, type SourceRecord } from './source-record.ts';
import type { TableBatch } from './table-files.ts';
import { TableRowMaker } from './table-rows.ts';
import { UnitPayloads } from './unit-payloads.ts';

export interface BatchMakerPorts {
  ledger: Ledger;
  ids: Ids;
  /** What the lake's log says of a table; nothing where there is no log. */
  lakeTable: (tableName: string) => Promise<LakeTable | undefined>;
  /** Registries and schema files; absent where no source's format asks for them. */
  formats?: FormatPorts;
}

/** What rows of one unit are made with. */
export interface BatchMaking {
  engine: BatchEngine;
  nowMs: number;
  /** The record of the source's only table as it was just read; absent where a route names them, or while no column is known. */
  onlyTable?: TableRecord | undefined;
  /** Whether a table has a record already; absent where none has any of them. */
  isInTable?: ((record: SourceRecord, table: TableRecord) => boolean) | undefined;
  /** Asked of each table that there is before rows are made for it; throws where it may get none now. */
  admitTable?: (tableName: string, table: TableRecord) => Promise<void>;
  /** What may come out of records' envelopes; absent: whatever does. */
  maxOpenedBytes?: number;
}

/** What became of records: of each one row, one dead letter, nothing by a rule, or nothing since its table has it. */
export interface MadeBatches {
  /** How many of the records there is memory for; where it is not all, nothing was made of any. */
  fitting: number;
  batches: TableBatch[];
  deadLetters: DeadLetter[];
  dropped: SourceRecord[];
  /** What was to become rows of a table, dead letters among it. */
  byTable: ReadonlyMap<string, readonly SourceRecord[]>;
}

const none = (what: string) => (name: string) => {
  throw new Error(`expected ${what} ${name}, but this process was given none`);
};
const noFormats: FormatPorts = { registryOf: none('registry'), schemaFile: none('schema file') };

const isTombstone = (record: SourceRecord): boolean => payloadOf(record) === undefined;

/** Tables whose row makers are kept, with what they have learned of payloads. */
const mostKept = 2_000;
/** Tables that are asked about at one time. */
const tablesAtOnce = 16;

/** Makes rows of one source's records: decoded, routed, transformed, as columns of their tables. The same from batch to batch. */
export class BatchMaker {
  /** Of the source's only table; nothing where a route names them. */
  readonly onlyTable: TableRowMaker | undefined;
  readonly deadLetters: TableRowMaker;
  /** Of the source's payloads. */
  readonly decoder: Promise<PayloadDecoder>;
  readonly #settings: IngestSettings;
  readonly #agreement: Agreement;
  readonly #route: Promise<SourceRoute | undefined>;
  readonly #transforms: Promise<TransformsOf | undefined>;
  readonly #letterTransforms: Promise<LetterTransforms | undefined>;
  readonly #makers = new Map<string, TableRowMaker>();

  constructor(settings: IngestSettings, { ledger, ids, lakeTable, formats = noFormats }: BatchMakerPorts) {
    this.#settings = settings;
    this.#agreement = { ledger, ids, lakeTable };
    const { table, sourceSettings } = settings;
    this.onlyTable = table === undefined ? undefined : new TableRowMaker(table, this.#agreement);
    this.deadLetters = new TableRowMaker(settings.deadLetters, this.#agreement);
    this.#route = loadRoute(sourceSettings, settings.refusalOf);
    this.#transforms = loadTransforms(sourceSettings);
    this.#letterTransforms = loadLetterTransforms(sourceSettings);
    this.decoder = payloadDecoder(sourceSettings.format, formats, sourceSettings.envelope);
    for (const loading of [this.#route, this.#transforms, this.#letterTransforms, this.decoder])
      loading.catch(() => undefined);
  }

  async make(records: readonly SourceRecord[], making: BatchMaking): Promise<MadeBatches> {
    const transforms = await this.#transforms;
    const { payloads, fitting } = await this.#payloadsOf(records, making.maxOpenedBytes ?? Number.POSITIVE_INFINITY);
    if (fitting < records.length) return { fitting, batches: [], deadLetters: [], dropped: [], byTable: new Map() };
    const { byTable, deadLetters, dropped } = await this.#routed(records, payloads, making);
    const tables = await inTurns([...byTable], tablesAtOnce, async ([tableName, own]) => {
      const maker = this.#makerOf(tableName);
      const known = maker === this.onlyTable ? making.onlyTable : await maker.agree();
      if (known !== undefined) await making.admitTable?.(tableName, known);
      return { tableName, own, maker, known };
    });
    const batches: TableBatch[] = [];
    for (const { tableName, own, maker, known } of tables) {
      const { engine, nowMs, isInTable } = making;
      const ownTransforms = transforms?.(tableName);
      const made = await maker.make(own, {
        engine,
        isScannable: payloads.areScannable,
        decode: (record) => transformed(payloads.of(record), record, ownTransforms, nowMs),
        transforms: ownTransforms,
        nowMs,
        known,
        isInTable,
      });
      if (made.batch !== undefined) batches.push(made.batch);
      /** What a table that is not there was named would be as many names as there are records. */
      const table = made.batch === undefined ? this.#settings.destination : tableName;
      for (const deadLetter of made.deadLetters) deadLetters.push({ ...deadLetter, table });
    }
    return { fitting, batches, deadLetters, dropped, byTable };
  }

  /** Rows of dead letters, for their table as it is agreed. */
  async letterRows(table: TableRecord, letters: readonly DeadLetter[], nowMs: number): Promise<BatchRows> {
    const decoder = await this.decoder;
    const transforms = await this.#letterTransforms;
    /** Payloads that say nothing of a schema are read for expressions alone. */
    const isRead = transforms !== undefined || !this.#areScannable;
    const decoded = ({ value }: SourceRecord) => (value === undefined || !isRead ? undefined : decoder.decode(value));
    return letterRows(table, letters, { route: this.#settings.destination, decoded, transforms, nowMs });
  }

  #makerOf(tableName: string): TableRowMaker {
    const { table, tableNamed } = this.#settings;
    if (tableName === table?.tableName) return this.onlyTable as TableRowMaker;
    const known = this.#makers.get(tableName);
    if (known !== undefined) return known;
    const wanted = tableNamed(tableName);
    if (wanted === undefined) throw new Error(`table ${tableName}: expected a route to name tables that settings know`);
    const made = new TableRowMaker(wanted, this.#agreement);
    if (this.#makers.size >= mostKept) this.#makers.clear();
    this.#makers.set(tableName, made);
    return made;
  }

  /** JSON as it stands. */
  get #areScannable(): boolean {
    const { format, envelope } = this.#settings.sourceSettings;
    return format.kind === 'json' && format.framing === 'none' && envelope.length === 0;
  }

  async #payloadsOf(records: readonly SourceRecord[], maxOpenedBytes: number) {
    const decoder = await this.decoder;
    const route = await this.#route;
    const areScannable = this.#areScannable;
    const isRead = route?.isDecoding(areScannable) === true;
    const payloads = new UnitPayloads(decoder, { areScannable, areKept: isRead || !areScannable });
    const fitting = areScannable ? records.length : await payloads.prepare(records, maxOpenedBytes);
    return { payloads, fitting };
  }

  /** Where records go, in their order; tombstones by the source's policy. */
  async #routed(records: readonly SourceRecord[], payloads: UnitPayloads, { engine, nowMs }: BatchMaking) {
    const { destination, sourceSettings, table } = this.#settings;
    const route = await this.#route;
    const byTable = new Map<string, SourceRecord[]>();
    const deadLetters: DeadLetter[] = [];
    const dropped: SourceRecord[] = [];
    if (route === undefined && !records.some(isTombstone)) {
      return { byTable: new Map([[destination, records]]), deadLetters, dropped };
    }
    /** Whether the only table is behind is asked even where none of its records becomes a row. */
    if (table !== undefined) byTable.set(table.tableName, []);
    const mark = engine.mark();
    const decoded = (record: SourceRecord) => payloads.of(record);
    const routeOf =
      route?.routing(records, { engine, areScannable: payloads.areScannable, decoded, nowMs }) ??
      (() => ({ kind: 'table', tableName: destination }) as const);
    for (const [row, record] of records.entries()) {
      const hasNoValue = isTombstone(record);
      const routed = hasNoValue && sourceSettings.tombstones === 'drop' ? ({ kind: 'dropped' } as const) : routeOf(row);
      if (routed.kind === 'dropped') {
        dropped.push(record);
        continue;
      }
      const admission = hasNoValue
        ? admitTombstone(record, sourceSettings, routed.kind === 'table' ? routed.tableName : destination)
        : 'admitted';
      if (admission === 'dropped') dropped.push(record);
      else if (typeof admission === 'object') deadLetters.push(admission);
      else if (routed.kind === 'failure') {
        const { error, message, path } = routed;
        deadLetters.push({ record, table: destination, error, message, path });
      } else {
        const own = byTable.get(routed.tableName);
        if (own === undefined) byTable.set(routed.tableName, [record]);
        else own.push(record);
      }
    }
    engine.release(mark);
    return { byTable, deadLetters, dropped };
  }
}

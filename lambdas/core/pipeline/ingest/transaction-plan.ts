import { statisticsOf } from '#columnar/vector/statistics.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import type { Ids } from '../clock.ts';
import { dataFilePath, fileLayoutOf } from '../file-properties.ts';
import { bundleLimits } from '../ledger/bundles.ts';
import type { Cursor, CursorMove, Transaction } from '../ledger/ledger.ts';
import type { Manifest, ManifestRange, StagedFile } from '../ledger/manifest.ts';
import { compareEnds, comparePositions, type Position, type PositionRun } from '../ledger/position.ts';
import { fingerprintOf } from './fingerprint.ts';
import { endOf, type Intake } from './intake.ts';
import type { SourceRecord } from './source-record.ts';
import type { FileRows, TableBatch } from './table-files.ts';

/** DynamoDB's limits for a transaction, and for a manifest the part of an item's 400 KB that it may take. */
export const transactionLimits = { items: 100, bytes: 3_800_000, manifestBytes: 300_000 } as const;

/** A manifest of all of them can be replaced in a transaction that moves them beside two manifests: a diversion, a staging anew. */
const mostCursors = transactionLimits.items - 2;

/** What the ledger takes beyond the items of one transaction, as a bundle. */
const bundled = { cursors: 80, ofOneTable: bundleLimits.ofOneTable } as const;

/** Whether the ledger takes so many cursors with manifests of tables, as many of each. */
const takesItems = (cursors: number, ofTables: readonly number[]): boolean => {
  const manifests = ofTables.reduce((sum, own) => sum + own, 0);
  if (cursors <= mostCursors && cursors + manifests <= transactionLimits.items) return true;
  return cursors <= bundled.cursors && ofTables.every((own) => own <= bundled.ofOneTable);
};

const rememberedBatchEnds = 16;
/** What became of a source partition's records beside rows. */
export interface Refused {
  deadLetters: number;
  dropped: number;
}

export interface TransactionInput {
  taken: readonly Intake[];
  cursors: ReadonlyMap<string, Cursor>;
  ledgerId: string;
  /** The tables' rows, those of dead letters included. */
  batches: readonly TableBatch[];
  refused: ReadonlyMap<string, Refused>;
  nowMs: number;
  ids: Ids;
}

/** A data file to be put before the transaction: its size and time are filled in when it is. */
export interface PlannedFile {
  tableName: string;
  columns: FileColumns;
  staged: StagedFile;
}

export type TransactionPlan = { kind: 'fits'; transaction: Transaction; files: PlannedFile[] } | { kind: 'tooLarge' };

/** One transaction for all that is taken: a move of every cursor, and manifests with consecutive ordinals. */
export function planTransaction(input: TransactionInput): TransactionPlan {
  const ordinals = new Ordinals(input);
  const ranges = new Ranges(input, ordinals);
  const files: PlannedFile[] = [];
  const manifests: Manifest[] = [];
  for (const batch of input.batches) {
    const planned = batch.files.map((rows) => ({ rows, file: planFile(batch, rows, input) }));
    const pieces = piecesOf(planned, ranges.bytesFor(batch));
    if (pieces === undefined) return { kind: 'tooLarge' };
    for (const piece of pieces) {
      manifests.push({
        tableId: batch.table.tableId,
        incarnation: batch.table.incarnation,
        ranges: ranges.of(
          batch,
          piece.map(({ rows }) => rows),
        ),
        files: piece.map(({ file }) => file.staged),
        oldestArrivalMs: Math.min(batch.oldestArrivalMs, input.nowMs),
        newestArrivalMs: Math.min(batch.newestArrivalMs, input.nowMs),
        stagedMs: input.nowMs,
        schemaVersion: batch.table.schemaVersion,
      });
    }
    files.push(...planned.map(({ file }) => file));
  }
  const moves = input.taken.map((intake) => moveOf(intake, input, ordinals));
  const bytes = bytesOf(manifests) + moves.reduce((sum, move) => sum + moveBytes(move), 0);
  const ofTables = [...Map.groupBy(manifests, ({ tableId }) => tableId).values()].map((own) => own.length);
  if (!takesItems(moves.length, ofTables) || bytes > transactionLimits.bytes) return { kind: 'tooLarge' };
  return { kind: 'fits', transaction: { moves, manifests }, files };
}

/** The ledger packs what tables have beyond a cursor, and takes as much of it. */
const mostTakenBytes = 390_000;

function moveBytes({ next: { taken, ...next }, ...move }: CursorMove): number {
  const takenBytes = taken === undefined ? 0 : Math.min(bytesOf(taken), mostTakenBytes);
  return bytesOf({ ...move, next }) + takenBytes;
}

/** What a staged file takes in a transaction beside its partition values, whatever its statistics. */
const leastFileBytes = 120;

/** Whether a transaction may hold so much: what can be told before files are made in vain. */
export function mayFit({ taken, batches }: Pick<TransactionInput, 'taken' | 'batches'>): boolean {
  const files = batches.flatMap((batch) => batch.files);
  const bytes = files.reduce((sum, { partitionValues }) => sum + leastFileBytes + bytesOf(partitionValues), 0);
  const ofTables = batches.filter((batch) => batch.files.length > 0).map(() => 1);
  return takesItems(taken.length, ofTables) && bytes <= transactionLimits.bytes;
}

const utf8 = new TextEncoder();
const bytesOf = (value: unknown): number => utf8.encode(JSON.stringify(value)).length;

/** Room for a file's size and time, and for what surrounds files and ranges in an item. */
const fileMarginBytes = 60;
const manifestMarginBytes = 500;

/** Statistics of a file, where its table wants them of thousands of columns, have to leave room for others: beyond, they are its rows alone. */
const maxStatsBytes = 100_000;

/** A file under a name that no other attempt uses. */
export function planFile(
  { table }: TableBatch,
  { columns, partitionValues }: FileRows,
  { ids }: Pick<TransactionInput, 'ids'>,
): PlannedFile {
  const layout = fileLayoutOf(table);
  const path = dataFilePath(layout, table.partitionColumns, partitionValues, ids);
  const full = statisticsOf(columns, layout.indexed);
  const stats = bytesOf(full) > maxStatsBytes ? JSON.stringify({ numRecords: columns.rows }) : full;
  return {
    tableName: table.tableName,
    columns,
    staged: { path, sizeBytes: 0, rows: columns.rows, partitionValues, stats, modifiedMs: 0 },
  };
}

/** The files of a table, in manifests that keep their limit; nothing where one file is too much. */
function piecesOf<T extends { file: PlannedFile }>(files: readonly T[], rangeBytes: number): T[][] | undefined {
  const room = transactionLimits.manifestBytes - manifestMarginBytes - rangeBytes;
  const pieces: T[][] = [];
  let left = 0;
  for (const file of files) {
    const bytes = bytesOf(file.file.staged) + fileMarginBytes;
    if (bytes > room) return undefined;
    if (bytes > left) {
      pieces.push([]);
      left = room;
    }
    pieces.at(-1)?.push(file);
    left -= bytes;
  }
  return pieces;
}

/** The next ordinals of each source partition, table by table. */
class Ordinals {
  readonly #bySourcePartition: Map<string, Cursor['ordinals']>;
  readonly #ledgerId: string;

  constructor({ taken, cursors, ledgerId }: TransactionInput) {
    this.#ledgerId = ledgerId;
    this.#bySourcePartition = new Map(
      taken.map(({ sourcePartition }) => [sourcePartition, { ...cursors.get(sourcePartition)?.ordinals }]),
    );
  }

  /** Counts from 1 for another incarnation of the table, or another ledger. */
  next(sourcePartition: string, { tableId, incarnation }: TableBatch['table']): number {
    const ordinals = this.of(sourcePartition);
    const last = ordinals[tableId];
    const continues = last?.incarnation === incarnation && last.ledgerId === this.#ledgerId;
    const ordinal = continues ? last.ordinal + 1 : 1;
    ordinals[tableId] = { incarnation, ledgerId: this.#ledgerId, ordinal };
    return ordinal;
  }

  of(sourcePartition: string): Cursor['ordinals'] {
    return this.#bySourcePartition.get(sourcePartition) as Cursor['ordinals'];
  }
}

class Ranges {
  readonly #positions: Map<string, { from: string; to: string }>;
  readonly #input: TransactionInput;
  readonly #ordinals: Ordinals;
  /** Source partitions whose refused records a manifest has told of. */
  readonly #told = new Set<string>();

  constructor(input: TransactionInput, ordinals: Ordinals) {
    this.#input = input;
    this.#ordinals = ordinals;
    this.#positions = new Map(
      input.taken.map((intake) => {
        const from = (intake.records[0] as SourceRecord).position;
        /** A transaction of one record is told by ends that are written alike. */
        return [intake.sourcePartition, { from, to: intake.records.length === 1 ? from : endOf(intake) }];
      }),
    );
  }

  of({ table }: TableBatch, files: readonly FileRows[]): ManifestRange[] {
    const rows = new Map<string, number>();
    for (const file of files) {
      for (const [sourcePartition, count] of file.rowsBySourcePartition) {
        rows.set(sourcePartition, (rows.get(sourcePartition) ?? 0) + count);
      }
    }
    return [...rows]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([sourcePartition, count]) => ({
        sourcePartition,
        ledgerId: this.#input.ledgerId,
        ordinal: this.#ordinals.next(sourcePartition, table),
        revision: (this.#input.cursors.get(sourcePartition)?.revision ?? 0) + 1,
        ...(this.#positions.get(sourcePartition) as { from: string; to: string }),
        rows: count,
        ...this.#tell(sourcePartition),
      }));
  }

  #tell(sourcePartition: string): Partial<Refused> {
    const refused = this.#input.refused.get(sourcePartition);
    if (refused === undefined || this.#told.has(sourcePartition)) return {};
    this.#told.add(sourcePartition);
    return refused;
  }

  /** What the ranges of one manifest take at most. */
  bytesFor(batch: TableBatch): number {
    const sourcePartitions = new Set(batch.files.flatMap((file) => [...file.rowsBySourcePartition.keys()]));
    return [...sourcePartitions].reduce(
      (sum, sourcePartition) => sum + 250 + bytesOf([sourcePartition, this.#positions.get(sourcePartition)]),
      0,
    );
  }
}

function moveOf(intake: Intake, { cursors }: TransactionInput, ordinals: Ordinals): CursorMove {
  const { sourcePartition, records } = intake;
  const position = endOf(intake);
  const cursor = cursors.get(sourcePartition);
  const last = records.at(-1) as SourceRecord;
  return {
    sourcePartition,
    expectedRevision: cursor?.revision ?? 0,
    next: {
      position,
      ...(cursor?.start === undefined ? {} : { start: cursor.start }),
      ordinals: ordinals.of(sourcePartition),
      floors: cursor?.floors ?? {},
      ...takenBeyond(position, cursor),
      greatestTimestampMs: records.reduce(
        (greatest, { timestampMs }) => Math.max(greatest, timestampMs),
        cursor?.greatestTimestampMs ?? 0,
      ),
      batchEnds: [...(cursor?.batchEnds ?? []), { position: last.position, fingerprint: fingerprintOf(last) }].slice(
        -rememberedBatchEnds,
      ),
    },
  };
}

/**
 * What tables have beyond the cursor's new position, and of what is behind it, what reading from the cursor's start has not brought
 * them; nothing once it is past all that they had.
 */
function takenBeyond(position: Position, cursor: Cursor | undefined): Pick<Cursor, 'taken'> {
  const { start, ordinals = {} } = cursor ?? {};
  const isUntold = (tableId: string, from: Position) =>
    ordinals[tableId] === undefined || (start !== undefined && comparePositions(from, start) < 0);
  const left = Object.entries(cursor?.taken ?? {})
    .map(([tableId, runs]): [string, PositionRun[]] => [
      tableId,
      runs.filter(({ from, to }) => compareEnds(to, position) > 0 || isUntold(tableId, from)),
    ])
    .filter(([, runs]) => runs.length > 0);
  return left.length === 0 ? {} : { taken: Object.fromEntries(left) };
}

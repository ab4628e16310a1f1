import type { Compression } from '#columnar/encode/page-compression.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import { metrics } from '#contract/metrics.ts';
import type { Settings } from '#contract/settings.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { Clock, Ids } from '../clock.ts';
import { CommitContentionError } from '../commit/commit-errors.ts';
import { isContradicted } from '../commit/contradicted-columns.ts';
import { agreeOnTable, type LakeTable, lakeTableOf } from '../ingest/agree-table.ts';
import type { BatchRows } from '../ingest/batch-rows.ts';
import { StaleAttemptError } from '../ingest/ingest-errors.ts';
import { deadLettersOf, hasPositionColumns } from '../ingest/ingest-settings.ts';
import { planFile } from '../ingest/transaction-plan.ts';
import type { Cursor, CursorMove, Ledger, TableRecord, Transaction } from '../ledger/ledger.ts';
import type { Manifest, ManifestRange, StagedFile } from '../ledger/manifest.ts';
import { linesInLog, manifestId, placeManifests } from '../ledger/manifest-line.ts';
import { originOf } from '../ledger/redriven.ts';
import type { Measurements } from '../measurements.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import { inLineOrder } from './restage.ts';
import { type SortedRows, type SortInput, sortRows } from './sort-rows.ts';
import { stayingMove } from './staying-move.ts';

export interface DivertPorts {
  ledger: Ledger;
  settings: Pick<Settings, 'environment' | 'sources' | 'tables'>;
  storeOf: (tableName: string) => ObjectStore;
  codec: CheckpointReader;
  /** Rows of a staged file, by the fields that it has. */
  readRows: SortInput['readRows'];
  encode: (columns: FileColumns, compression: Compression) => Promise<Uint8Array>;
  clock: Clock;
  ids: Ids;
  measurements: Measurements;
}

export interface Diverted {
  manifests: number;
  deadLetters: number;
}

/** Ingests may move the cursors meanwhile this often, or answers get lost, before it is left to the next invocation. */
const maxRounds = 20;
/** Files of a lost attempt are vacuum's after a day; an attempt stages within the hour or not at all. */
const maxAttemptAgeMs = 3_600_000;

/**
 * Takes what contradicts a table's log out of the way of its commits. Each manifest whose files may hold a column that the log has
 * with another type is replaced, at its place in line, by one without the rows that have a value there; those become dead letters, in
 * one transaction. Files of a table that others have partitioned anew are written again by its partitions. Two at once, a lost
 * answer and a death between any two steps leave orphans at most.
 *
 * No commit can bring in meanwhile what is diverted: record, manifests and log are read in this order, so that any later state of the
 * log is followed, in whoever commits, by a look at a record that holds the manifest back.
 */
export async function divertManifests(tableId: string, ports: DivertPorts): Promise<Diverted> {
  const { ledger, settings, codec, storeOf, measurements } = ports;
  const diverted: Diverted = { manifests: 0, deadLetters: 0 };
  const table = await ledger.tableById(tableId);
  if (table === undefined) return diverted;
  const manifests = await ledger.manifestsOf(tableId);
  const state = await loadLogState(storeOf(table.tableName), codec);
  const lines = linesInLog(settings.environment, state, table.incarnation);
  const { taken, waiting } = placeManifests(manifests, lines, { maxFiles: Number.POSITIVE_INFINITY });
  const held = [...taken, ...waiting].filter((manifest) => isContradicted(manifest, table));
  if (held.length === 0) return diverted;
  for (const manifest of inLineOrder(held)) {
    const deadLetterTable = await agreedDeadLetters(manifest, ports);
    const letters = await divertOne(manifest, { table, deadLetterTable }, ports);
    if (letters === undefined) continue;
    diverted.manifests++;
    diverted.deadLetters += letters;
    measurements.count(metrics.divertedManifests, 1, { table: table.tableName });
    if (letters > 0) measurements.count(metrics.deadLetters, letters, { table: table.tableName });
  }
  return diverted;
}

/** The table of dead letters of the manifest's source. */
async function agreedDeadLetters(
  { ranges }: Manifest,
  { ledger, settings, ids, storeOf, codec }: DivertPorts,
): Promise<TableRecord> {
  const { source } = originOf(ranges[0] as ManifestRange);
  const wanted = deadLettersOf(settings, source);
  const lakeTable = async (tableName: string): Promise<LakeTable | undefined> => {
    const state = await loadLogState(storeOf(tableName), codec);
    return state && lakeTableOf(state);
  };
  const record = await agreeOnTable({ ...wanted, grow: (schema) => schema }, { ledger, ids, lakeTable });
  if (typeof record !== 'object') throw new Error(`table ${wanted.tableName}: expected its columns to be known`);
  return record;
}

interface Tables {
  table: TableRecord;
  deadLetterTable: TableRecord;
}

/** Answers how many rows became dead letters; nothing where another invocation was first. */
async function divertOne(manifest: Manifest, tables: Tables, ports: DivertPorts): Promise<number | undefined> {
  const { ledger, settings, clock, readRows } = ports;
  const startedMs = clock();
  const positionColumns = hasPositionColumns(settings, tables.table.tableName);
  const sorted = await sortRows({ ...tables, manifest, positionColumns, readRows });
  const files = [...sorted.files, ...(await writeFiles(sorted.rows, ports))];
  const letterFiles = await writeFiles(sorted.deadLetters, ports);
  const letters = rowsBySourcePartition(sorted.deadLetters);
  const replaced = replacementOf(manifest, files, letters, tables.table);
  const ledgerId = await ledger.id();

  for (let round = 0; round < maxRounds; round++) {
    const cursors = await Promise.all(
      manifest.ranges.map(
        async ({ sourcePartition }) => [sourcePartition, await ledger.readCursor(sourcePartition)] as const,
      ),
    );
    /** Looked at after the cursors: whoever diverts it from now on moves them. */
    const present = (await ledger.manifestsOf(manifest.tableId)).find(
      (other) => manifestId(other) === manifestId(manifest),
    );
    if (present?.schemaVersion !== manifest.schemaVersion) {
      const isOurs = round > 0 && present !== undefined && sameFiles(present, replaced);
      return isOurs ? letterCount(sorted) : undefined;
    }
    if (clock() - startedMs > maxAttemptAgeMs) {
      throw new StaleAttemptError(
        `table ${tables.table.tableName}: expected to divert a manifest within ${maxAttemptAgeMs} ms, got ${clock() - startedMs} ms`,
      );
    }
    const transaction = transactionOf({
      manifest,
      replaced,
      letters,
      letterFiles,
      cursors: new Map(cursors),
      ledgerId,
      deadLetterTable: tables.deadLetterTable,
      nowMs: clock(),
    });
    if ((await ledger.stage(transaction)) === 'staged') return letterCount(sorted);
  }
  throw new CommitContentionError(
    `table ${tables.table.tableName}: expected to divert ${manifestId(manifest)} within ${maxRounds} rounds`,
  );
}

const letterCount = ({ deadLetters }: SortedRows): number =>
  deadLetters.files.reduce((sum, { columns }) => sum + columns.rows, 0);

const sameFiles = (left: Manifest, right: Manifest): boolean =>
  left.files.map(({ path }) => path).join() === right.files.map(({ path }) => path).join();

function rowsBySourcePartition(rows: BatchRows): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [sourcePartition, count] of rows.files.flatMap((file) => [...file.rowsBySourcePartition])) {
    counts.set(sourcePartition, (counts.get(sourcePartition) ?? 0) + count);
  }
  return counts;
}

async function writeFiles(
  rows: BatchRows,
  { settings, storeOf, encode, clock, ids }: DivertPorts,
): Promise<StagedFile[]> {
  const { table } = rows;
  const { compression } = tableSettingsOf(settings, table.tableName);
  const written: StagedFile[] = [];
  for (const file of rows.files) {
    const { columns, staged } = planFile(rows, file, { ids });
    const bytes = await encode(columns, compression);
    await storeOf(table.tableName).put(staged.path, bytes);
    written.push({ ...staged, sizeBytes: bytes.length, modifiedMs: clock() });
  }
  return written;
}

/** What stands at the manifest's place in line afterwards: what fits, of the table's columns as they are agreed now. */
function replacementOf(
  manifest: Manifest,
  files: StagedFile[],
  letters: ReadonlyMap<string, number>,
  { schemaVersion }: TableRecord,
): Manifest {
  const ranges = manifest.ranges.map((range): ManifestRange => {
    const count = letters.get(range.sourcePartition) ?? 0;
    if (count === 0) return range;
    return { ...range, rows: range.rows - count, deadLetters: (range.deadLetters ?? 0) + count };
  });
  return { ...manifest, ranges, files, schemaVersion };
}

interface DiversionParts {
  manifest: Manifest;
  replaced: Manifest;
  letters: ReadonlyMap<string, number>;
  letterFiles: StagedFile[];
  cursors: ReadonlyMap<string, Cursor | undefined>;
  ledgerId: string;
  deadLetterTable: TableRecord;
  nowMs: number;
}

/** All cursors move, though none accepts anything: of two transactions that divert one manifest, one is refused. */
function transactionOf(parts: DiversionParts): Transaction {
  const { manifest, replaced, letters, letterFiles, cursors, ledgerId, deadLetterTable, nowMs } = parts;
  const { tableId, incarnation, schemaVersion } = deadLetterTable;
  const moves = manifest.ranges.map(({ sourcePartition }) =>
    stayingMove(sourcePartition, cursors.get(sourcePartition)),
  );
  const ranges = manifest.ranges.flatMap(({ sourcePartition, from, to }): ManifestRange[] => {
    const rows = letters.get(sourcePartition);
    if (rows === undefined) return [];
    const move = moves.find((candidate) => candidate.sourcePartition === sourcePartition) as CursorMove;
    const { ordinals } = move.next;
    const last = ordinals[tableId];
    const continues = last?.incarnation === incarnation && last.ledgerId === ledgerId;
    const ordinal = continues ? last.ordinal + 1 : 1;
    ordinals[tableId] = { incarnation, ledgerId, ordinal };
    return [{ sourcePartition, ledgerId, ordinal, revision: move.expectedRevision + 1, from, to, rows }];
  });
  const staged: Manifest[] =
    ranges.length === 0
      ? []
      : [{ ...manifest, tableId, incarnation, ranges, files: letterFiles, stagedMs: nowMs, schemaVersion }];
  return { moves, manifests: staged, replaced: [replaced] };
}

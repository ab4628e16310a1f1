import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { columnsOf, type ParquetColumn, shapeOf } from '../footer/parquet-columns.ts';
import { type FooterGroup, type ParquetFooter, readTail } from '../footer/parquet-footer.ts';
import { type IndexBytes, indexesOf } from './copied-index.ts';
import { calendarOf } from './key-values.ts';
import { giveBack, readWhole } from './read-whole.ts';

/** Files of up to this are read whole, by one request rather than two. */
const smallFileBytes = 1024 * 1024;
/** Of all files together, what stays in memory between the first look at them and the copying; the rest is read again. */
const maxKept = { smallFilesBytes: 4 * 1024 * 1024, footersBytes: 2 * 1024 * 1024 };
const parallelReads = 8;
/** Behind the footer: its length and the magic. */
const trailerBytes = 8;

/** A Parquet file to copy from, and what its footer says of it. There may be thousands: nothing of the footer itself is kept. */
export interface CopySource {
  /** Each read answers memory of its own: it is given back once it is written. */
  file: RangedFile;
  /** Its columns; one and the same for files that are stored alike. */
  columns: readonly ParquetColumn[];
  rows: number;
  rowGroups: number;
  /** `calendarOf` it. */
  calendar: string;
  /** Of its page indexes; absent where it has none for all of its chunks. */
  indexBytes: number | undefined;
  /** Row groups to copy, up to `to` (exclusive); absent: all. */
  part?: { from: number; to: number };
  /** So many of its last bytes are read to open it. */
  lastBytes: number;
  /** These, where there was room for them. */
  kept: Uint8Array | undefined;
}

/** A file about to be copied. */
export interface OpenedSource {
  source: CopySource;
  footer: ParquetFooter;
  /** Those to copy. */
  groups: readonly FooterGroup[];
  /** Absent where none are wanted. */
  indexes: IndexBytes | undefined;
  /** The last of its bytes: what `readRange` answers of them are views. */
  last: Uint8Array;
  readRange: RangedFile['readRange'];
}

/** Looks into files, a few at a time; answers in their order. */
export async function findSources(files: readonly RangedFile[]): Promise<CopySource[]> {
  const sources: CopySource[] = new Array(files.length);
  const columnsIn = sharedColumns();
  const left = { ...maxKept };
  let next = 0;
  const reader = async () => {
    while (next < files.length) {
      const index = next++;
      const file = files[index]!;
      const { sizeBytes } = file;
      const isSmall = sizeBytes <= smallFileBytes;
      const isKept = isSmall && sizeBytes <= left.smallFilesBytes;
      if (isKept) left.smallFilesBytes -= sizeBytes;
      const { footer, tail, tailStart } = await readTail(file, isKept ? sizeBytes : undefined);
      const range = indexesOf(footer.groups);
      const indexBytes = range && range.end - range.start;
      const lastBytes = isSmall ? sizeBytes : footer.bytes.length + trailerBytes + (indexBytes ?? 0);
      const isEndKept = !isSmall && sizeBytes - lastBytes >= tailStart && lastBytes <= left.footersBytes;
      if (isEndKept) left.footersBytes -= lastBytes;
      sources[index] = {
        file,
        columns: columnsIn(footer),
        rows: footer.rows,
        rowGroups: footer.groups.length,
        calendar: calendarOf(footer),
        ...{ indexBytes, lastBytes },
        kept: isKept ? tail : isEndKept ? tail.slice(-lastBytes) : undefined,
      };
      if (!isKept) giveBack(tail);
    }
  };
  await Promise.all(Array.from({ length: parallelReads }, reader));
  return sources;
}

/** Answers equal columns for footers that say the same. */
function sharedColumns(): (footer: ParquetFooter) => readonly ParquetColumn[] {
  const bySchema = new Map<string, readonly ParquetColumn[]>();
  const byShape = new Map<string, readonly ParquetColumn[]>();
  return (footer) => {
    const key = keyOf(footer.schema);
    let columns = bySchema.get(key);
    if (columns === undefined) {
      const own = columnsOf(footer.elements);
      const shape = shapeOf(own);
      columns = byShape.get(shape) ?? own;
      byShape.set(shape, columns);
      bySchema.set(key, columns);
    }
    return columns;
  };
}

/** Equal for equal bytes alone. */
const keyOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1');

/** Reads the source's footer again, or for the first time since it was kept. */
export async function openSource(
  source: CopySource,
  { wantsIndexes }: { wantsIndexes: boolean },
): Promise<OpenedSource> {
  const { file, lastBytes, part } = source;
  const start = file.sizeBytes - lastBytes;
  const last = source.kept ?? (await readWhole(file, start, file.sizeBytes));
  const readRange: RangedFile['readRange'] = async (from, to) =>
    from >= start ? last.subarray(from - start, to - start) : file.readRange(from, to);
  const known = { ...file, readRange };
  const { footer } = await readTail(known, lastBytes);
  const range = wantsIndexes ? indexesOf(footer.groups) : undefined;
  const indexes = range && { start: range.start, bytes: await readWhole(known, range.start, range.end) };
  const groups = footer.groups.slice(part?.from, part?.to);
  return { source, footer, groups, indexes, last, readRange };
}

/** Gives the source's memory back. */
export function closeSource({ source, last }: OpenedSource): void {
  source.kept = undefined;
  giveBack(last);
}

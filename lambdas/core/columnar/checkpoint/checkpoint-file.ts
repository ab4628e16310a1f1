import {
  type ColumnMetaData,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet';
import { getTreePath } from 'hyparquet/src/schema.js';
import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { CorruptLog } from '#delta/errors.ts';
import { exactParsers, withRawDecimals } from '../read/exact-values.ts';
import { LeafPages } from '../read/leaf-pages.ts';
import { type NodeReader, nodeReader } from './group-rows.ts';

/** The file's end that is fetched first: most footers are smaller. */
const footerFetchBytes = 65_536;
/** Chunks so close to each other are fetched at once. */
const greatestGapBytes = 4_096;

/** A Parquet file of actions whose footer has been read. */
export interface CheckpointFile {
  file: RangedFile;
  metadata: FileMetaData;
  /** The schema by which values are read: decimals are what is stored. */
  tree: SchemaTree;
  /** The schema as the file has it. */
  annotated: SchemaTree;
}

/** @throws {CorruptLog} when the file is no Parquet file. */
export async function openCheckpointFile(file: RangedFile): Promise<CheckpointFile> {
  const buffer = {
    byteLength: file.sizeBytes,
    async slice(start: number, end = file.sizeBytes) {
      const bytes = await file.readRange(start, end);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
  try {
    const parsers = exactParsers as ParquetParsers;
    const stored = await parquetMetadataAsync(buffer, { initialFetchSize: footerFetchBytes, parsers });
    const metadata = withRawDecimals(stored);
    return { file, metadata, tree: parquetSchema(metadata), annotated: parquetSchema(stored) };
  } catch (cause) {
    if (cause instanceof CorruptLog) throw cause;
    throw new CorruptLog(`${file.path}: expected a checkpoint in Parquet`, { cause });
  }
}

/** The node at a path; `undefined` where the file has none. */
export function nodeAt(tree: SchemaTree, path: readonly string[]): SchemaTree | undefined {
  let node: SchemaTree | undefined = tree;
  for (const name of path) node = node?.children.find(({ element }) => element.name === name);
  return node;
}

/** Column chunks of one row group, fetched as they are asked for, and kept. */
export class GroupChunks {
  readonly group: RowGroup;
  readonly #open: CheckpointFile;
  readonly #chunks = new Map<string, { bytes: Uint8Array; metaData: ColumnMetaData }>();

  constructor(open: CheckpointFile, group: RowGroup) {
    this.#open = open;
    this.group = group;
  }

  /** @throws {CorruptLog} where there is less of the file than its footer says. */
  async fetch(isWanted: (path: readonly string[]) => boolean): Promise<void> {
    const { file } = this.#open;
    const wanted = this.group.columns.flatMap(({ meta_data: metaData }) => {
      if (metaData === undefined || !isWanted(metaData.path_in_schema)) return [];
      return this.#chunks.has(keyOf(metaData.path_in_schema)) ? [] : [{ metaData, ...placeOf(metaData) }];
    });
    const ranges: { start: number; end: number }[] = [];
    for (const { start, end } of wanted.toSorted((left, right) => left.start - right.start)) {
      const last = ranges.at(-1);
      if (last !== undefined && start - last.end <= greatestGapBytes) last.end = Math.max(last.end, end);
      else ranges.push({ start, end });
    }
    const fetched = await Promise.all(
      ranges.map(async ({ start, end }) => ({ start, end, bytes: await file.readRange(start, end) })),
    );
    for (const { metaData, start, end } of wanted) {
      const range = fetched.find((candidate) => candidate.start <= start && end <= candidate.end)!;
      const bytes = range.bytes.subarray(start - range.start, end - range.start);
      if (bytes.length !== end - start) {
        throw new CorruptLog(`${file.path}: expected ${end - start} bytes from ${start}, got ${bytes.length}`);
      }
      this.#chunks.set(keyOf(metaData.path_in_schema), { bytes, metaData });
    }
  }

  /** Reads a node's rows from what was fetched below it; `undefined` where nothing was. */
  reader(node: SchemaTree): NodeReader | undefined {
    return nodeReader(node, (path) => {
      const chunk = this.#chunks.get(keyOf(path));
      return chunk && new LeafPages(chunk.bytes, chunk.metaData, getTreePath(this.#open.tree, [...path]));
    });
  }
}

const keyOf = (path: readonly string[]): string => path.join('\n');

/** Where the bytes of a row group lie. */
export function groupRange({ columns }: RowGroup): { start: number; end: number } {
  const places = columns.flatMap(({ meta_data: metaData }) => (metaData === undefined ? [] : [placeOf(metaData)]));
  return { start: Math.min(...places.map(({ start }) => start)), end: Math.max(...places.map(({ end }) => end)) };
}

/** Where a chunk's pages lie. Some writers say 0 for a dictionary that is not there. */
function placeOf(metaData: ColumnMetaData): { start: number; end: number } {
  const { data_page_offset: data, dictionary_page_offset: dictionary } = metaData;
  const start = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
  return { start, end: start + Number(metaData.total_compressed_size) };
}

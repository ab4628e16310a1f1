import type { Kernel } from '../kernel/kernel.ts';
import { wordBytes } from '../kernel/kernel-arrays.ts';
import { bloomFilter } from './bloom-filter.ts';
import { type StoredBounds, storedBounds } from './chunk-statistics.ts';
import type { Leaf } from './leaf.ts';
import { PageBodies } from './page-bodies.ts';
import type { Compression } from './page-compression.ts';
import { compressPages, type RawPage } from './page-compression.ts';
import { dataPageHeader, dictionaryPageHeader, encodings } from './page-header.ts';
import { type PageRange, pageRanges } from './page-layout.ts';
import { type PreparedLeaf, prepareLeaves } from './prepared-leaf.ts';

/** A data page as it is stored: `offset` counts from its chunk's start. */
export interface StoredPage {
  range: PageRange;
  offset: number;
  /** Header included. */
  sizeBytes: number;
  bounds: StoredBounds | undefined;
}

/** A leaf of one row group as it is stored. */
export interface ColumnChunk {
  leaf: Pick<Leaf, 'path' | 'type'>;
  codec: number;
  /** Bytes of the dictionary's page, 0 where there is none. */
  dictionaryBytes: number;
  /** Headers and bodies in turn. */
  bytes: readonly Uint8Array[];
  sizeBytes: number;
  uncompressedBytes: number;
  entries: number;
  nulls: number;
  bounds: StoredBounds | undefined;
  pages: readonly StoredPage[];
  /** Header included. */
  bloomFilter: Uint8Array | undefined;
}

export interface ChunkOptions {
  rows: number;
  compression: Compression;
  hasBloomFilter: boolean;
}

export function encodeChunk(kernel: Kernel, leaf: Leaf, options: ChunkOptions): ColumnChunk {
  const prepared = leaf.column?.prepared ?? (prepareLeaves(kernel, [leaf])[0] as PreparedLeaf);
  const { values, dictionary, extremes } = prepared;
  const bodies = new PageBodies(kernel, leaf, prepared);
  const ranges = pageRanges(kernel, leaf, options.rows, bodies.valueBytes);
  const raw: RawPage[] = ranges.map((range) => ({ bytes: bodies.dataPage(range), isPacked: dictionary !== undefined }));
  if (dictionary !== undefined) raw.unshift({ bytes: bodies.dictionaryPage(), isPacked: false });
  const { codec, pages: stored } = compressPages(raw, options.compression);
  const sizesOf = (index: number) => ({ uncompressed: raw[index]!.bytes.length, stored: stored[index]!.length });

  const bounds = extremes === undefined ? undefined : storedBounds(leaf.type, extremes);
  const bytes: Uint8Array[] = [];
  const pages: StoredPage[] = [];
  let sizeBytes = 0;
  const append = (header: Uint8Array, body: Uint8Array): number => {
    bytes.push(header, body);
    sizeBytes += header.length + body.length;
    return header.length + body.length;
  };
  let dictionaryBytes = 0;
  if (dictionary !== undefined) {
    const header = dictionaryPageHeader(sizesOf(0), dictionary.values.count);
    dictionaryBytes = append(header, stored[0] as Uint8Array);
  }
  const encoding = dictionary === undefined ? encodings.plain : encodings.dictionary;
  const firstPage = stored.length - ranges.length;
  for (const [index, range] of ranges.entries()) {
    const header = dataPageHeader(sizesOf(firstPage + index), range.entries, encoding);
    const offset = sizeBytes;
    const pageBytes = append(header, stored[firstPage + index] as Uint8Array);
    const isOnly = ranges.length === 1;
    const pageBounds = isOnly ? bounds : boundsOf(leaf, prepared, range);
    pages.push({ range, offset, sizeBytes: pageBytes, bounds: pageBounds });
  }
  const entries = leaf.levels?.entries ?? options.rows;
  const bodyBytes = (all: readonly Uint8Array[]) => all.reduce((sum, { length }) => sum + length, 0);
  return {
    leaf: { path: leaf.path, type: leaf.type },
    codec,
    dictionaryBytes,
    bytes,
    sizeBytes,
    uncompressedBytes: sizeBytes - bodyBytes(stored) + bodyBytes(raw.map((page) => page.bytes)),
    entries,
    nulls: entries - values.count,
    bounds,
    pages,
    bloomFilter: options.hasBloomFilter ? bloomFilter(kernel, dictionary?.values ?? values) : undefined,
  };
}

function boundsOf(leaf: Leaf, { values, dictionary }: PreparedLeaf, range: PageRange): StoredBounds | undefined {
  if (range.values === 0) return undefined;
  const extremes =
    dictionary === undefined
      ? values.extremes(range.firstValue, range.values)
      : dictionary.values.extremesAt(dictionary.indices + range.firstValue * wordBytes, range.values);
  return extremes === undefined ? undefined : storedBounds(leaf.type, extremes);
}

import type { StructField } from '#delta/schema.ts';
import type { SharedKernel } from '../kernel/kernel.ts';
import type { Bounds } from '../vector/column.ts';
import { leavesOf, vectorColumns } from '../vector/vector-column.ts';
import { type PlacedVector, vectorAt } from '../vector/vector-places.ts';
import type { ColumnChunk } from './column-chunk.ts';
import type { Compression } from './encode-parquet.ts';
import { encodeChunks } from './parquet-encoder.ts';

/** Columns of one file, for the other thread to encode. */
export interface ColumnsJob {
  id: number;
  fields: readonly StructField[];
  vectors: readonly PlacedVector[];
  rows: number;
  compression: Compression;
  bloomFilters: readonly string[];
  /** The stretch of memory that it may use. */
  start: number;
  end: number;
}

/** For each column its chunks, and the bounds of its leaves that are in no list. */
export interface EncodedColumns {
  chunks: ColumnChunk[][];
  bounds: (Bounds | undefined)[][];
}

export type JobAnswer = { id: number; encoded: EncodedColumns } | { id: number; failure: string };

export function encodeJob(kernel: SharedKernel, job: ColumnsJob): EncodedColumns {
  kernel.enter(job.start, job.end);
  const made = job.fields.map(({ type }, index) => ({
    type,
    vector: vectorAt(kernel, job.vectors[index] as PlacedVector),
  }));
  const columns = vectorColumns(kernel, made);
  const bounds = columns.map((column) => [...leavesOf([column])].map((leaf) => leaf.bounds()));
  const chunks = encodeChunks({ ...job, columns }, job.compression, kernel, new Set(job.bloomFilters));
  return { chunks: chunks.map((leaves) => leaves.map(detached)), bounds };
}

/** The chunk without views of anything larger, so that it can be handed over. */
function detached(chunk: ColumnChunk): ColumnChunk {
  const bytes = new Uint8Array(chunk.sizeBytes);
  let end = 0;
  for (const piece of chunk.bytes) {
    bytes.set(piece, end);
    end += piece.length;
  }
  return {
    ...chunk,
    bytes: [bytes],
    bounds: copied(chunk.bounds),
    pages: chunk.pages.map((page) => ({ ...page, bounds: copied(page.bounds) })),
    bloomFilter: chunk.bloomFilter && Uint8Array.from(chunk.bloomFilter),
  };
}

function copied(bounds: ColumnChunk['bounds']): ColumnChunk['bounds'] {
  return bounds && { ...bounds, least: Uint8Array.from(bounds.least), greatest: Uint8Array.from(bounds.greatest) };
}

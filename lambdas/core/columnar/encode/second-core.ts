import { Worker } from 'node:worker_threads';
import { secondCoreFile } from '#contract/environment.ts';
import type { SharedKernel } from '../kernel/kernel.ts';
import type { FileColumns } from '../vector/vector.ts';
import { leavesOf, VectorColumn } from '../vector/vector-column.ts';
import { type PlacedVector, placesOf } from '../vector/vector-places.ts';
import type { ColumnChunk } from './column-chunk.ts';
import type { Compression } from './encode-parquet.ts';
import { encodeChunks, encodesType } from './parquet-encoder.ts';
import type { ColumnsJob, EncodedColumns, JobAnswer } from './second-core-job.ts';

/** Fewer rows are encoded before another thread has heard of them. */
const fewRows = 1_000;
/** What encoding takes of memory: so much for each row of a column, and so many times its texts. */
const bytesPerRow = 128;
const timesTexts = 3;
const spareBytes = 8 << 20;
/** So many files may be of one batch that their stretches fill the memory: then one thread goes on alone. */
const mostBytes = 2 ** 30;
/** Of so many rows a column's texts are measured. */
const sampledRows = 64;
/** What a value takes, as against a byte of text. */
const valueWeight = 16;

/** What the thread runs: beside this file as it stands, or beside the bundle that this is part of. */
const threadFile = import.meta.url.endsWith('/second-core.ts') ? 'second-core-worker.ts' : secondCoreFile;

/** Some columns of a file. */
type Part = Omit<FileColumns, 'columns'> & { columns: readonly VectorColumn[] };

interface Share {
  /** Places of the columns in the file. */
  places: number[];
  weight: number;
  textBytes: number;
}

/** A second thread on a kernel's memory, which encodes about half of a file's columns. It does not keep the process alive. */
export class SecondCore {
  readonly #kernel: SharedKernel;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (answer: JobAnswer) => void>();
  #isReady = false;
  #jobs = 0;

  constructor(kernel: SharedKernel) {
    this.#kernel = kernel;
    this.#worker = new Worker(new URL(threadFile, import.meta.url), { workerData: kernel.parts });
    this.#worker.on('message', (message: 'ready' | JobAnswer) => {
      if (message === 'ready') this.#isReady = true;
      else this.#answer(message);
    });
    this.#worker.on('error', (error) => this.#end(String(error)));
    this.#worker.on('exit', (code) => this.#end(`the thread ended with ${code}`));
    this.#worker.unref();
  }

  /** Whether it takes columns yet: its thread begins when it is made. */
  get isReady(): boolean {
    return this.#isReady;
  }

  async close(): Promise<void> {
    this.#isReady = false;
    await this.#worker.terminate();
  }

  /**
   * The chunks of each column; nothing for columns that are not worth the trouble. What it takes of the kernel's memory is left
   * there. Columns that the other thread fails with are encoded here.
   */
  async encode(
    file: FileColumns,
    compression: Compression,
    bloomFilters: readonly string[],
  ): Promise<ColumnChunk[][] | undefined> {
    const { fields, rows } = file;
    const columns = file.columns.filter((column) => column instanceof VectorColumn);
    if (!this.#isReady || rows < fewRows || columns.length < 2 || columns.length < fields.length) return undefined;
    if (!fields.every(({ type }) => encodesType(type))) return undefined;
    const [here, there] = sharesOf(columns);
    const pick = (places: readonly number[]): Part => ({
      fields: places.map((place) => fields[place] as FileColumns['fields'][number]),
      columns: places.map((place) => columns[place] as VectorColumn),
      rows,
    });
    const [own, other] = [pick(here.places), pick(there.places)];
    const vectors = other.columns.map((column) => placesOf(this.#kernel, column.vector()));
    if (vectors.some((vector) => vector === undefined)) return undefined;
    const length = spareBytes + there.places.length * rows * bytesPerRow + there.textBytes * timesTexts;
    if (this.#kernel.mark() + length > mostBytes) return undefined;
    const start = this.#kernel.allocate(length);
    const answer = this.#ask({
      ...{ id: this.#jobs++, fields: other.fields, vectors: vectors as PlacedVector[], rows, compression },
      ...{ bloomFilters, start, end: start + length },
    });
    const encode = (part: Part) => encodeChunks(part, compression, this.#kernel, new Set(bloomFilters));
    for (const column of other.columns) column.isElsewhere = true;
    const chunks: ColumnChunk[][] = [];
    const put = (places: readonly number[], encoded: readonly ColumnChunk[][]) => {
      for (const [index, place] of places.entries()) chunks[place] = encoded[index] as ColumnChunk[];
    };
    let encoded: EncodedColumns | undefined;
    try {
      put(here.places, encode(own));
    } finally {
      // Until it has answered, the memory is the other thread's too.
      encoded = await answer;
    }
    for (const column of other.columns) column.isElsewhere = false;
    if (encoded === undefined) put(there.places, encode(other));
    else {
      for (const [index, column] of other.columns.entries()) column.take(encoded.bounds[index] ?? []);
      put(there.places, encoded.chunks);
    }
    return chunks;
  }

  /** Nothing where the other thread has failed. */
  #ask(job: ColumnsJob): Promise<EncodedColumns | undefined> {
    return new Promise((resolve) => {
      this.#waiting.set(job.id, (answer) => resolve('encoded' in answer ? answer.encoded : undefined));
      // A job that waits is what the process lives for.
      this.#worker.ref();
      this.#worker.postMessage(job);
    });
  }

  /** No answer comes any more. */
  #end(failure: string): void {
    this.#isReady = false;
    for (const id of this.#waiting.keys()) this.#answer({ id, failure });
  }

  #answer(answer: JobAnswer): void {
    const resolve = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    resolve?.(answer);
  }
}

/** Columns by halves, about as much to do in each. */
function sharesOf(columns: readonly VectorColumn[]): [here: Share, there: Share] {
  const shares: [Share, Share] = [
    { places: [], weight: 0, textBytes: 0 },
    { places: [], weight: 0, textBytes: 0 },
  ];
  const weighed = columns.map((column, place) => {
    const textBytes = textBytesOf(column);
    return { place, textBytes, weight: textBytes + [...leavesOf([column])].length * column.length * valueWeight };
  });
  for (const { place, textBytes, weight } of weighed.toSorted((left, right) => right.weight - left.weight)) {
    const share = shares[0].weight <= shares[1].weight ? shares[0] : shares[1];
    share.places.push(place);
    share.weight += weight;
    share.textBytes += textBytes;
  }
  for (const { places } of shares) places.sort((left, right) => left - right);
  return shares;
}

/** Bytes of a column's texts, by a sample of its rows. */
function textBytesOf(column: VectorColumn): number {
  let bytes = 0;
  for (const leaf of leavesOf([column])) {
    const vector = leaf.vector();
    if (vector.kind !== 'bytes') continue;
    const { length, validity, starts, ends } = vector;
    const step = Math.max(1, Math.floor(length / sampledRows));
    let sampled = 0;
    for (let row = 0; row < length; row += step) {
      const isThere = validity === undefined || ((validity[row >> 3] as number) >> (row & 7)) & 1;
      if (isThere) sampled += (ends[row] as number) - (starts[row] as number);
    }
    bytes += sampled * step;
  }
  return bytes;
}

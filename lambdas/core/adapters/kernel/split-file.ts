import type { Compression } from '#columnar/encode/page-compression.ts';
import { encodeChunks, encodesType, layOutFile, type RowGroup } from '#columnar/encode/parquet-encoder.ts';
import type { Kernel } from '#columnar/kernel/kernel.ts';
import { type ColumnPart, JoinedColumn, partOf } from '#columnar/vector/joined-column.ts';
import type { FileColumns, MadeColumn } from '#columnar/vector/vector.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import type { Pending } from './second-core.ts';

/** What a row group is made with, whoever makes it. */
export interface Encoding {
  fields: readonly StructField[];
  compression: Compression;
  bloomFilters: readonly string[];
}

export interface SplitFileParts {
  kernel: Kernel;
  types: readonly DataType[];
  length: number;
  /** Nothing where all of the file's rows are the second core's. */
  here: { columns: readonly MadeColumn[]; rows: number } | undefined;
  /** Asks the second core for its row group. */
  askThere: (encoding: Encoding) => Pending<'encode'>;
  /** The columns of all rows, made here. */
  allHere: () => readonly MadeColumn[];
}

const files = new WeakMap<readonly MadeColumn[], SplitFile>();

/** The file that these are the columns of, where its rows are on two cores. */
export const splitFileOf = ({ columns }: FileColumns): SplitFile | undefined => files.get(columns);

/** Whether two cores can make files of a table. */
export const isSplittable = ({ fields }: StructType): boolean =>
  fields.length > 0 && fields.every(({ type }) => encodesType(type));

/** A file of a row group from each core. */
export class SplitFile {
  /** Their statistics are known once the file is encoded. */
  readonly columns: readonly JoinedColumn[];
  readonly #parts: SplitFileParts;
  #encoded: readonly (readonly ColumnPart[])[] | undefined;

  constructor(parts: SplitFileParts) {
    this.#parts = parts;
    this.columns = parts.types.map((type, place) => new JoinedColumn(type, parts.length, () => this.#partsOf(place)));
    files.set(this.columns, this);
  }

  /** Both cores at the same time; this one alone where the other fails. */
  encode(encoding: Encoding): Uint8Array {
    const { length, here, askThere, allHere } = this.#parts;
    const answer = askThere(encoding);
    const groups = here === undefined ? [] : [this.#group(here, encoding)];
    const there = answer();
    const made =
      there === undefined ? [this.#group({ columns: allHere(), rows: length }, encoding)] : [...groups, there];
    this.#encoded = made.map(({ columns }) => columns);
    return layOutFile(encoding.fields, made);
  }

  #group(
    { columns, rows }: { columns: readonly MadeColumn[]; rows: number },
    { fields, compression, bloomFilters }: Encoding,
  ): RowGroup & { columns: readonly ColumnPart[] } {
    const chunks = encodeChunks({ fields, columns, rows }, compression, this.#parts.kernel, new Set(bloomFilters));
    return { rows, leaves: chunks.flat(), columns: columns.map(partOf) };
  }

  #partsOf(place: number): readonly ColumnPart[] {
    if (this.#encoded === undefined)
      throw new Error('expected a file of two cores to be encoded before its statistics');
    return this.#encoded.map((columns) => columns[place] as ColumnPart);
  }
}

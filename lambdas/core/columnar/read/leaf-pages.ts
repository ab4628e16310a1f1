import type { ColumnMetaData, DecodedArray, ParquetParsers, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { convert, convertWithDictionary, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { getMaxDefinitionLevel } from 'hyparquet/src/schema.js';
import { exactParsers } from './exact-values.ts';
import { pageCompressors } from './page-compressors.ts';

/** One data page: levels as Parquet has them, and the values that are not null. */
export interface LeafPage {
  levels: number;
  /** Empty: every value is there. */
  definition: ArrayLike<number>;
  /** Empty unless the leaf is inside something repeated. */
  repetition: ArrayLike<number>;
  values: ArrayLike<unknown>;
}

const parsers: ParquetParsers = {
  ...DEFAULT_PARSERS,
  ...exactParsers,
  // Buffers decode short texts several times as fast as a TextDecoder does.
  stringFromBytes: (bytes) => bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
};

/** The pages of one column chunk, decoded one at a time. */
export class LeafPages {
  readonly maxDefinition: number;
  readonly #chunk: Uint8Array;
  readonly #metaData: ColumnMetaData;
  readonly #schemaPath: SchemaTree[];
  readonly #reader: { view: DataView; offset: number };
  #dictionary: DecodedArray | undefined;
  #levelsLeft: number;

  /** `schemaPath` leads from the schema's root to the leaf. */
  constructor(chunk: Uint8Array, metaData: ColumnMetaData, schemaPath: SchemaTree[]) {
    this.#chunk = chunk;
    this.#metaData = metaData;
    this.#schemaPath = schemaPath;
    this.#reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset: 0 };
    this.#levelsLeft = Number(metaData.num_values);
    this.maxDefinition = getMaxDefinitionLevel(schemaPath);
  }

  /**
   * The next data page; `undefined` after the last.
   *
   * @throws {Error} when the pages are not what the chunk's metadata and their own headers say.
   */
  next(): LeafPage | undefined {
    const { type, codec, path_in_schema: pathInSchema } = this.#metaData;
    const { element } = this.#schemaPath.at(-1) as SchemaTree;
    const decoder = { pathInSchema, type, element, schemaPath: this.#schemaPath, codec, parsers, utf8: true };
    while (this.#levelsLeft > 0) {
      const header = parquetHeader(this.#reader);
      const { compressed_page_size: storedBytes, uncompressed_page_size: plainBytes } = header;
      const stored = this.#chunk.subarray(this.#reader.offset, this.#reader.offset + storedBytes);
      this.#reader.offset += storedBytes;
      const plain = () => decompressPage(stored, plainBytes, codec, pageCompressors);
      if (header.dictionary_page_header !== undefined) {
        const { buffer, byteOffset, byteLength } = plain();
        const reader = { view: new DataView(buffer, byteOffset, byteLength), offset: 0 };
        const { num_values: entries } = header.dictionary_page_header;
        this.#dictionary = convert(readPlain(reader, type, entries, element.type_length), decoder);
        continue;
      }
      const { data_page_header: v1, data_page_header_v2: v2 } = header;
      const dataHeader = v1 ?? v2;
      if (dataHeader === undefined) {
        throw new Error(`${pathInSchema.join('.')}: expected ${this.#levelsLeft} more values, got a ${header.type}`);
      }
      const page =
        v1 === undefined
          ? readDataPageV2(stored, header, { ...decoder, compressors: pageCompressors })
          : readDataPage(plain(), v1, decoder);
      const levels = dataHeader.num_values;
      this.#levelsLeft -= levels;
      if (levels === 0) continue;
      return {
        levels,
        definition: page.definitionLevels ?? [],
        repetition: page.repetitionLevels,
        values: convertWithDictionary(page.dataPage, this.#dictionary, dataHeader.encoding, decoder),
      };
    }
    return undefined;
  }
}

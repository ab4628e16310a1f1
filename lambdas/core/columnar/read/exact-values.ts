import type { FileMetaData, ParquetParsers, RowGroup } from 'hyparquet';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Timestamps as microseconds since 1970, dates as days since 1970, texts with every character they have. */
export const exactParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (ms) => BigInt(ms) * 1000n,
  timestampFromMicroseconds: (us) => BigInt(us),
  timestampFromNanoseconds: (ns) => floorDivide(ns, 1000n),
  dateFromDays: (days) => days,
  stringFromBytes: (bytes) => bytes && utf8.decode(bytes),
  jsonFromBytes: (bytes) => bytes && utf8.decode(bytes),
};

/** The same file with decimals as they are stored, since the library would make doubles of them. */
export function withRawDecimals(metadata: FileMetaData): FileMetaData {
  return {
    ...metadata,
    schema: metadata.schema.map((element) => {
      if (element.converted_type !== 'DECIMAL' && element.logical_type?.type !== 'DECIMAL') return element;
      const { converted_type: _converted, logical_type: _logical, ...raw } = element;
      return raw;
    }),
  };
}

/** The same file with maps as groups of a repeated group, since the library would make texts of their keys. */
export function withPlainMaps(metadata: FileMetaData): FileMetaData {
  return {
    ...metadata,
    schema: metadata.schema.map((element) => {
      if (element.converted_type !== 'MAP') return element;
      const { converted_type: _converted, ...plain } = element;
      return plain;
    }),
  };
}

/**
 * What a field is called where the library reads it. It joins the names of a path by dots, and keeps values in objects by their names:
 * so spelled no two paths are one, and no name means something to JavaScript.
 */
export const plainName = (name: string): string => `_${name.replaceAll('%', '%25').replaceAll('.', '%2E')}`;

/** One row group of the file, as a file with plain names. */
export const withPlainNames = (metadata: FileMetaData, group: RowGroup): FileMetaData => ({
  ...metadata,
  schema: metadata.schema.map((element) => ({ ...element, name: plainName(element.name) })),
  row_groups: [
    {
      ...group,
      columns: group.columns.map((column) => {
        const path = column.meta_data?.path_in_schema.map(plainName);
        return path === undefined ? column : { ...column, meta_data: { ...column.meta_data!, path_in_schema: path } };
      }),
    },
  ],
});

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** `yyyy-MM-dd` of days since 1970; years past 9999 and before 0 have a sign and six digits. */
export const dateText = (days: number): string =>
  new Date(days * 86_400_000).toISOString().slice(0, -'T00:00:00.000Z'.length);

/** `yyyy-MM-ddTHH:mm:ss.SSSZ`, microseconds cut off towards the past. */
export const millisecondText = (us: bigint): string => new Date(Number(floorDivide(us, 1000n))).toISOString();

/** `yyyy-MM-ddTHH:mm:ss.ffffff`, exact. */
export function microsecondText(us: bigint): string {
  const seconds = floorDivide(us, 1_000_000n);
  const fraction = (us - seconds * 1_000_000n).toString().padStart(6, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length)}.${fraction}`;
}

import type { FileMetaData, ParquetParsers } from 'hyparquet';

const utf8 = new TextDecoder();

/** Timestamps as microseconds since 1970, dates as days since 1970, JSON as its text. */
export const exactParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (ms) => BigInt(ms) * 1000n,
  timestampFromMicroseconds: (us) => BigInt(us),
  timestampFromNanoseconds: (ns) => floorDivide(ns, 1000n),
  dateFromDays: (days) => days,
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

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** `yyyy-MM-dd` of days since 1970. */
export const dateText = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);

/** `yyyy-MM-ddTHH:mm:ss.SSSZ`, microseconds cut off towards the past. */
export const millisecondText = (us: bigint): string => new Date(Number(floorDivide(us, 1000n))).toISOString();

import type { RangedFile } from './checkpoint-codec.ts';
import { CorruptLog } from './errors.ts';

/** A file of a checkpoint whose failures are told apart: those of its store are outages, whatever else fails is damage. */
export interface WatchedFile extends RangedFile {
  /** What to throw in place of an error that came while the file was read. */
  asDamage(error: unknown): unknown;
}

export function watched(file: RangedFile): WatchedFile {
  let outage: { error: unknown } | undefined;
  return {
    ...file,
    async readRange(start, end) {
      try {
        return await file.readRange(start, end);
      } catch (error) {
        outage = { error };
        throw error;
      }
    },
    asDamage(error) {
      if (outage !== undefined) return outage.error;
      if (error instanceof CorruptLog) return error;
      return new CorruptLog(`${file.path}: expected a whole Parquet file of a checkpoint`, { cause: error });
    },
  };
}

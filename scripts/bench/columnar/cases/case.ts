import type { Records } from '../records.ts';

/** Base64 in, one Parquet file out: its bytes. Nothing for a case that only reads. */
export type Once = () => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** Loads what the case needs, outside the timing. */
export type Prepare = (records: Records) => Once | Promise<Once>;

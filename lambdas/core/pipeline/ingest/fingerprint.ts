import type { SourceRecord } from './source-record.ts';

/** Tells a record from another at the same position: two FNV-1a hashes over timestamp, key and value, as text. */
export function fingerprintOf({ timestampMs, key, value }: SourceRecord): string {
  const stamp = new Uint8Array(new Float64Array([timestampMs]).buffer);
  return [0x811c9dc5, 0x050c5d1f]
    .map((seed) => [stamp, key, value].reduce((hash, bytes) => hashBytes(hash, bytes), seed))
    .map((hash) => (hash >>> 0).toString(16).padStart(8, '0'))
    .join('');
}

function hashBytes(seed: number, bytes: Uint8Array | undefined): number {
  let hash = Math.imul(seed ^ (bytes === undefined ? 0xff : 0x01), 0x01000193);
  for (let index = 0; index < (bytes?.length ?? 0); index++) {
    hash = Math.imul(hash ^ ((bytes as Uint8Array)[index] as number), 0x01000193);
  }
  return hash;
}

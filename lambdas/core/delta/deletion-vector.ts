import crc32 from 'crc-32';
import type { DeletionVector } from './actions.ts';
import { CorruptLog, MissingDataFile } from './errors.ts';
import { type AbsoluteLocator, locateFile } from './file-location.ts';
import { decodePath } from './file-path.ts';
import type { ObjectStore } from './object-store.ts';
import { valuesOfRoaringArray } from './roaring-bitmap.ts';
import { decodeZ85 } from './z85.ts';

/** Characters of a UUID in Z85, at the end of a relative vector's `pathOrInlineDv`. */
const uuidCharacters = 20;

/**
 * Where a vector's bytes lie: `u` is relative to the table, made of a random prefix and a UUID, `p` absolute; `undefined` for
 * an inline one (PROTOCOL.md, "Deletion Vectors: Derived Fields").
 */
export function deletionVectorPath({ storageType, pathOrInlineDv }: DeletionVector): string | undefined {
  switch (storageType) {
    case 'i':
      return undefined;
    case 'p':
      return decodePath(pathOrInlineDv);
    case 'u': {
      const prefix = pathOrInlineDv.slice(0, -uuidCharacters);
      const name = `deletion_vector_${uuidText(decodeZ85(pathOrInlineDv.slice(-uuidCharacters)))}.bin`;
      return prefix === '' ? name : `${prefix}/${name}`;
    }
    default:
      storageType satisfies never;
      throw new CorruptLog(`expected a deletion vector's storageType to be u, i or p, got ${storageType}`);
  }
}

function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Positions of the rows that a vector deletes from its file, ascending, counted from 0.
 *
 * @throws {MissingDataFile} when the vector's file is not there.
 * @throws {CorruptLog} when its bytes contradict their checksum, its size, or its cardinality.
 */
export async function deletedPositions(
  store: ObjectStore,
  vector: DeletionVector,
  locate?: AbsoluteLocator,
): Promise<number[]> {
  const path = deletionVectorPath(vector);
  const bytes = path === undefined ? inlineBytes(vector) : await storedBytes(store, path, vector, locate);
  const where = path ?? 'an inline deletion vector';
  const positions = positionsIn(bytes, where);
  if (positions.length !== vector.cardinality) {
    throw new CorruptLog(`${where}: expected ${vector.cardinality} deleted rows, got ${positions.length}`);
  }
  return positions;
}

function positionsIn(bytes: Uint8Array, where: string): number[] {
  try {
    return valuesOfRoaringArray(bytes);
  } catch (cause) {
    throw new CorruptLog(`${where}: expected a bitmap of deleted rows`, { cause });
  }
}

function inlineBytes({ pathOrInlineDv, sizeInBytes }: DeletionVector): Uint8Array {
  const bytes = decodeZ85(pathOrInlineDv);
  if (bytes.length < sizeInBytes) {
    throw new CorruptLog(`an inline deletion vector: expected ${sizeInBytes} bytes, got ${bytes.length}`);
  }
  return bytes.subarray(0, sizeInBytes);
}

/** In a file, each vector is its size, its bytes and their CRC-32, numbers most significant byte first. */
async function storedBytes(
  store: ObjectStore,
  path: string,
  { offset = 1, sizeInBytes }: DeletionVector,
  locate: AbsoluteLocator | undefined,
): Promise<Uint8Array> {
  const found = locateFile(store, path, locate);
  const framed = await found.store.readRange(found.path, offset, offset + 4 + sizeInBytes + 4);
  if (framed === undefined) throw new MissingDataFile(`${path}: expected the deletion vector that the log names`);
  if (framed.length < sizeInBytes + 8) {
    throw new CorruptLog(`${path}: expected ${sizeInBytes} bytes at ${offset}, the file ends before`);
  }
  const view = new DataView(framed.buffer, framed.byteOffset, framed.byteLength);
  if (view.getInt32(0) !== sizeInBytes) {
    throw new CorruptLog(`${path}: expected ${sizeInBytes} bytes at ${offset}, the file says ${view.getInt32(0)}`);
  }
  const bytes = framed.subarray(4, 4 + sizeInBytes);
  if (crc32.buf(bytes) !== view.getInt32(4 + sizeInBytes)) {
    throw new CorruptLog(`${path}: expected the bytes at ${offset} to agree with their CRC-32, they do not`);
  }
  return bytes;
}
